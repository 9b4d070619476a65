"""The web application: routes of our own, then the chat mounted at "/".

Endpoints that answer questions hand the work to threads (request_queue.py); the others do not block.
Errors are application/problem+json with "detail" and "hint" (problem_details.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from assistant.answer.links import DOCUMENT_PAGES
from assistant.chat.gradio_page import mount_chat
from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.html.assets import STATIC
from assistant.html.document_page import document_page, not_found_page, parse_span
from assistant.html.strings import Strings, choose
from assistant.protocols import LiveAssistant
from assistant.server.feedback import Feedback
from assistant.server.listen import Server, address, bind
from assistant.server.middleware.access import Access
from assistant.server.middleware.guard import BODY_S, Guard
from assistant.server.middleware.proxies import Proxies
from assistant.server.openapi_examples import HEALTH, READINESS
from assistant.server.problem_details import LATER_S, RefusedError, described, problem, problem_responses, refusal
from assistant.server.prometheus import counted, exposition
from assistant.server.request_queue import PAUSE_S, RequestQueue
from assistant.server.routes.ask_api import add_api
from assistant.server.routes.chat_api import chat_routes
from assistant.server.routes.mcp_api import add_tools
from assistant.server.routes.openai_api import add_openai
from assistant.server.routes.widget import add_widget
from assistant.server.schemas import Json
from assistant.server.suggestions import Suggestions
from assistant.settings import ServeSettings
from assistant.text.visible import visible

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
REFRESH_S = 2
"""So often is looked whether the index has a new generation."""
KEEP_ALIVE_S = 75
"""A connection lasts longer than a refused client is told to wait, or its next request could meet the closing."""
SEE = "See /api/openapi.json for what is accepted."
_log = logging.getLogger(__name__)


class Readiness:
    """Whether a question can be answered now: set once a first search went through encoder and index."""

    def __init__(self) -> None:
        self.ready = False
        self.problem = "The encoder is being loaded."

    def check(self, live: LiveAssistant) -> None:
        """Search once, so that the first visitor does not wait for what loads lazily."""
        try:
            with live.pinned() as assistant:
                assistant.search("ready", k=1)
                self.ready = True
                assistant.check_model()
        except Exception as error:
            _log.exception("The first search failed")
            self.problem = f"The first search failed: {error}"


async def _keep_current(live: LiveAssistant, refresh_s: float) -> None:
    """Go over to each new generation of the index."""
    loop = asyncio.get_running_loop()
    said = ""
    while True:
        await asyncio.sleep(refresh_s)
        try:
            if await loop.run_in_executor(None, live.refresh):
                _log.info("A new generation of the index is in use")
            said = ""
        except AssistantError as error:  # the one before goes on
            if str(error) != said:
                _log.warning("The new generation of the index cannot be used: %s %s", error, error.hint)
            said = str(error)


def create_app(
    live: LiveAssistant,
    settings: ServeSettings,
    *,
    body_s: float = BODY_S,
    pause_s: float = PAUSE_S,
    refresh_s: float = REFRESH_S,
) -> FastAPI:
    """Routes over an open assistant, and the chat at "/"; ratings are kept beside its index.

    In seconds: a request's body must arrive within `body_s`, whoever waits for an answer gets a sign of life every
    `pause_s`, and a new generation of the index is looked for every `refresh_s`.
    """
    readiness = Readiness()
    queue = RequestQueue(settings, pause_s=pause_s)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        check = asyncio.get_running_loop().run_in_executor(None, readiness.check, live)
        keeping = asyncio.create_task(_keep_current(live, refresh_s))
        async with tools.run():
            yield
        keeping.cancel()
        queue.close()
        await check

    # No interactive API pages: they load their scripts from the internet.
    app = FastAPI(
        title="Document assistant",
        version=version("document-assistant"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _add_errors(app)
    _add_health(app, live, readiness)
    add_api(app, live, queue)
    add_openai(app, live, queue)
    tools = add_tools(app, live, queue, settings)
    _add_pages(app, live)
    with live.pinned() as assistant:
        feedback = Feedback(assistant.store)
    app.include_router(chat_routes(feedback, Suggestions(live)))
    add_widget(app, settings)
    _add_nothing(app)
    _add_middleware(app, settings, body_s)
    mount_chat(app, live, feedback.remember, counted)
    return app


def _add_middleware(app: FastAPI, settings: ServeSettings, body_s: float) -> None:
    """The last one added is the first to see a request."""
    app.add_middleware(Access, settings=settings)
    # Without one of the parent's, Gradio would answer any origin, with credentials.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Mcp-Protocol-Version", "X-API-Key", "X-Request-ID"],
        expose_headers=["Retry-After", "X-Request-ID"],
    )
    app.add_middleware(Guard, origins=settings.origins, body_s=body_s)
    app.add_middleware(
        Proxies,
        trusted=settings.trusted_proxies,
        root_path=settings.root_path,
        sign_in_header=settings.sign_in_header,
    )


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(AssistantError)
    @app.exception_handler(RefusedError)
    def expected(_: Request, error: Exception) -> JSONResponse:
        return refusal(described(error))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return problem(400, "The body is not valid JSON.", SEE)
        # Names of fields may be the caller's own.
        where = visible(".".join(str(part) for part in first["loc"][1:]))[:100] or "the body"
        return problem(422, f"{where}: {first['msg']}.", SEE)

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> JSONResponse:
        return refusal(RefusedError(error.status_code, f"{error.detail}", SEE, headers=dict(error.headers or {})))


def _add_health(app: FastAPI, live: LiveAssistant, readiness: Readiness) -> None:
    @app.get("/healthz", responses=_example(HEALTH))
    def healthz() -> Json:
        """The process is up."""
        return {"status": "ok"}

    @app.get("/readyz", responses=_example(READINESS) | problem_responses(503))
    def readyz() -> Json:
        """The index is open and the encoder is loaded; the "answerer" is the model's if it answered when last asked."""
        if not readiness.ready:
            raise RefusedError(503, readiness.problem, "Ask again in a few seconds.", LATER_S)
        with live.pinned() as assistant:
            manifest = assistant.manifest
            return {
                "status": "ready",
                "documents": manifest.documents,
                "chunks": manifest.chunks,
                "generation": manifest.generation,
                "answerer": "model" if assistant.model and not assistant.model_failure else "extractive",
                "model": assistant.model,
                "model_failure": assistant.model_failure,
            }

    @app.get("/metrics", response_class=PlainTextResponse, responses=_FIGURES | problem_responses(401))
    def metrics() -> Response:
        """Counts and times for Prometheus."""
        return exposition()


_FIGURES: dict[int | str, Json] = {
    200: {
        "description": "The figures.",
        "content": {"text/plain": {"example": 'assistant_questions_total{outcome="answered"} 12.0\n'}},
    }
}
_PAGE: Json = {"text/html": {"example": "<!doctype html>…"}}
_NOTHING = problem_responses(404)[404]  # of a path that can be no id
_PAGES: dict[int | str, Json] = {
    200: {"description": "The page.", "content": _PAGE},
    404: {"description": "A page that says that there is no such document.", "content": _NOTHING["content"] | _PAGE},
}


def _example(example: Json) -> dict[int | str, Json]:
    return {200: {"description": "It is so.", "content": {"application/json": {"example": example}}}}


def _add_pages(app: FastAPI, live: LiveAssistant) -> None:
    @app.get(DOCUMENT_PAGES + "{doc_id:path}", response_class=HTMLResponse, responses=_PAGES | problem_responses(401))
    def document(request: Request, doc_id: str, start: str | None = None, end: str | None = None) -> HTMLResponse:
        """The cleaned text of a document, the quote marked."""
        strings = _strings(request)
        root = str(request.scope.get("root_path", ""))
        try:
            with live.pinned() as assistant:
                found = assistant.document(doc_id)
        except DocumentNotFoundError:
            return _html(not_found_page(strings, root=root), status=404)
        try:
            span, note = parse_span(start, end, found), None
        except ValueError:
            span, note = None, strings.bad_quote
        return _html(document_page(found, span, strings, root=root, note=note))

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")


class _Nothing:
    """An ASGI app that answers what no route before it did; Gradio, which is behind it, would not answer in words."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        partly = [r for r in self._routes if isinstance(r, Route) and r.matches(scope)[0] == Match.PARTIAL]
        allowed = ", ".join(sorted(method for route in partly for method in route.methods or ()))
        refused = RefusedError(404, "There is nothing here.", SEE)
        if allowed:
            refused = RefusedError(405, f"Not with {scope['method']}.", f"Use {allowed}.", headers={"Allow": allowed})
        await refusal(refused)(scope, receive, send)


def _add_nothing(app: FastAPI) -> None:
    nothing = _Nothing(tuple(app.routes))
    under = ("/api/", "/v1/", "/mcp", DOCUMENT_PAGES)
    paths = [*(path + "{_:path}" for path in under), "/healthz", "/readyz", "/metrics"]
    app.router.routes += [Route(path, nothing, include_in_schema=False) for path in paths]


def _strings(request: Request) -> Strings:
    return choose(request.query_params.get("lang"), request.headers.get("accept-language"))


def _html(page: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": PAGE_POLICY, "Vary": "Accept-Language"}
    return HTMLResponse(page, status, headers)


def serve(live: LiveAssistant, settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `on_ready` gets the address once the server listens.

    Raises ServeError when the address cannot be had.
    """
    with bind(settings.host, settings.port) as listening:
        config = uvicorn.Config(
            create_app(live, settings),
            log_level="warning",
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            proxy_headers=False,  # proxies.py knows which to believe
        )
        if settings.log == "info":
            logging.basicConfig(format="%(asctime)s %(message)s")
            logging.getLogger("assistant.server").setLevel(logging.INFO)
        where = address(listening)
        server = Server(config, lambda: on_ready(where))
        with suppress(KeyboardInterrupt):  # how a server is meant to end
            server.run(sockets=[listening])
