"""GET /page-images/{page}/{doc_id}: a page of the file of a document as it looks."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Query
from fastapi.responses import Response

from assistant.answer.links import PAGE_IMAGES
from assistant.errors import DocumentNotFoundError
from assistant.protocols import LiveAssistant, PageDrawer
from assistant.server.problem_details import problem_responses
from assistant.server.schemas import Json

_PICTURE: dict[int | str, Json] = {200: {"description": "The picture of the page.", "content": {"image/jpeg": {}}}}


def add_page_images(app: FastAPI, live: LiveAssistant, drawer: PageDrawer | None) -> None:
    """Add GET /page-images/{page}/{doc_id} to `app`; without `drawer` no page can be drawn."""

    @app.get(
        PAGE_IMAGES + "{page}/{doc_id:path}",
        summary="Draw an original page",
        response_class=Response,
        responses=_PICTURE | problem_responses(401, 404, 422),
    )
    def page_image(
        doc_id: Annotated[str, Path(description="The id of the document.")],
        page: Annotated[int, Path(ge=1, description="The number of the page.")],
        start: Annotated[int | None, Query(ge=0, description="The offset of a quote to mark, in characters.")] = None,
        end: Annotated[int | None, Query(ge=0, description="The offset of the end of the quote, exclusive.")] = None,
    ) -> Response:
        """Return a page of the file of a document as it looks, with a quote marked in it."""
        with live.pinned() as assistant:
            found = assistant.document(doc_id)
        marked = start is not None and end is not None and start < end <= len(found.text)
        picture = drawer and drawer.draw(found, page, *((start, end) if marked else ()))
        if not picture:
            raise DocumentNotFoundError(f"Page {page} of {doc_id} cannot be drawn.", "The text of the page is shown.")
        return Response(picture, media_type="image/jpeg")
