"""GET /documents/{doc_id}, the page of a document, and /ui, the style sheets, scripts and icons of all pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from assistant.answer.links import DOCUMENT_PAGES
from assistant.errors import DocumentNotFoundError
from assistant.html.assets import STATIC
from assistant.html.document_page import document_page, not_found_page, parse_span
from assistant.html.strings import Strings, choose
from assistant.protocols import LiveAssistant, PageDrawer
from assistant.server.audit import Audit
from assistant.server.problem_details import problem_responses
from assistant.server.routes.page_pictures import add_page_images
from assistant.server.schemas import Json

_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_PAGE: Json = {"text/html": {"example": "<!doctype html>…"}}
_NOT_AN_ID = problem_responses(404)[404]
"""The response to a path that cannot be the id of a document; that to an unknown id is a page."""
_RESPONSES: dict[int | str, Json] = {
    200: {"description": "The page of the document.", "content": _PAGE},
    404: {"description": "The document is not in the index.", "content": _NOT_AN_ID["content"] | _PAGE},
}


def add_pages(
    app: FastAPI, live: LiveAssistant, audit: Audit, origins: Sequence[str], drawer: PageDrawer | None
) -> None:
    """Add GET /documents/{doc_id}, its original pages, and the files under /ui to `app`.

    A page may be framed by the chat, which pages of `origins` may frame in turn.
    """
    policy = " ".join([_CONTENT_POLICY, *origins])

    @app.get(
        DOCUMENT_PAGES + "{doc_id:path}",
        summary="Show a document",
        response_class=HTMLResponse,
        responses=_RESPONSES | problem_responses(401, 422),
    )
    def document(
        request: Request,
        doc_id: Annotated[str, Path(description="The id of the document.")],
        start: Annotated[str | None, Query(description="The offset of a quote to mark, in characters.")] = None,
        end: Annotated[str | None, Query(description="The offset of the end of the quote, exclusive.")] = None,
        page: Annotated[int | None, Query(ge=1, description="The number of an original page to show.")] = None,
        panel: Annotated[bool, Query(description="Whether the page is shown in the panel beside the chat.")] = False,
    ) -> HTMLResponse:
        """Return a page with the cleaned text of a document and a quote marked in it.

        Offsets that do not fit the text mark nothing, and the page says so.
        """
        strings = _strings(request)
        root = str(request.scope.get("root_path", ""))
        try:
            with live.pinned() as assistant:
                found = assistant.document(doc_id)
        except DocumentNotFoundError:
            return _html(not_found_page(strings, root=root), policy, status=404)
        audit.visitor(request, "page").opened(found.doc_id)
        try:
            span, note = parse_span(start, end, found), None
        except ValueError:
            span, note = None, strings.bad_quote
        shown = None
        if drawer is not None and drawer.has(found):
            shown = min(page or found.page_at(span.start if span else 0) or 1, len(found.pages))
        made = document_page(found, span, strings, root=root, note=note, panel=panel, original=shown)
        return _html(made, policy)

    add_page_images(app, live, drawer)
    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")


def _strings(request: Request) -> Strings:
    return choose(request.query_params.get("lang"), request.headers.get("accept-language"))


def _html(page: str, policy: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": policy, "Vary": "Accept-Language"}
    return HTMLResponse(page, status, headers)
