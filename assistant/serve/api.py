"""The web application: routes of our own, then the chat mounted at "/".

Endpoints are plain functions, so FastAPI runs them in threads: retrieval blocks, the event loop does not.
Errors are application/problem+json with "detail" and "hint".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from assistant.errors import AssistantError, DocumentNotFoundError, UsageError
from assistant.records import Turn
from assistant.serve.conversation import ServedAssistant
from assistant.serve.guard import Guard, problem
from assistant.serve.listen import Server, address, bind
from assistant.serve.pages import document_page, not_found_page, parse_span
from assistant.serve.strings import Strings, choose
from assistant.serve.web import STATIC, mount_chat
from assistant.serve.widget import add_widget
from assistant.serve.wire import Json, reply_json, search_json
from assistant.settings import ServeSettings

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_log = logging.getLogger(__name__)


class TurnBody(BaseModel):
    """One earlier message."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["user", "assistant"]
    content: str


class AskBody(BaseModel):
    """The body of POST /api/ask."""

    model_config = ConfigDict(extra="forbid")
    question: str
    history: list[TurnBody] = Field(default=[], max_length=100)
    k: int | None = Field(default=None, ge=1, le=100)


class Readiness:
    """Whether a question can be answered now: set once a first search went through encoder and index."""

    def __init__(self) -> None:
        self.ready = False
        self.problem = "The encoder is being loaded."

    def check(self, assistant: ServedAssistant) -> None:
        """Search once, so that the first visitor does not wait for what loads lazily."""
        try:
            assistant.search("ready", k=1)
            self.ready = True
            assistant.check_model()
        except Exception as error:
            _log.exception("The first search failed")
            self.problem = f"The first search failed: {error}"


def create_app(assistant: ServedAssistant, settings: ServeSettings) -> FastAPI:
    """Routes over an open assistant, and the chat at "/"."""
    readiness = Readiness()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        check = asyncio.get_running_loop().run_in_executor(None, readiness.check, assistant)
        yield
        await check

    # No interactive API pages: they load their scripts from the internet.
    app = FastAPI(
        title="Document assistant",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _add_errors(app)
    _add_health(app, assistant, readiness)
    _add_api(app, assistant)
    _add_pages(app, assistant)
    add_widget(app, settings)
    # Without one of the parent's, Gradio would answer any origin, with credentials.
    app.add_middleware(
        CORSMiddleware, allow_origins=settings.origins, allow_methods=["GET", "POST"], allow_headers=["Content-Type"]
    )
    app.add_middleware(Guard, origins=settings.origins)
    mount_chat(app, assistant)
    return app


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(AssistantError)
    def expected(_: Request, error: AssistantError) -> JSONResponse:
        if isinstance(error, DocumentNotFoundError):
            return problem(404, str(error), error.hint)
        return problem(422 if isinstance(error, UsageError) else 503, str(error), error.hint)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return problem(400, "The body is not valid JSON.", 'Send {"question": "…"}.')
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return problem(422, f"{where}: {first['msg']}.", "See /api/openapi.json for what is accepted.")

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), "See /api/openapi.json for what is accepted.")

    @app.exception_handler(Exception)
    def unexpected(_: Request, error: Exception) -> JSONResponse:
        del error  # Starlette logs the traceback; the caller learns nothing of the inside
        return problem(500, "Something went wrong on the server.", "Try again; the server's log has details.")


def _add_health(app: FastAPI, assistant: ServedAssistant, readiness: Readiness) -> None:
    @app.get("/healthz")
    def healthz() -> Json:
        """The process is up."""
        return {"status": "ok"}

    @app.get("/readyz", response_model=None)
    def readyz() -> Json | JSONResponse:
        """The index is open and the encoder is loaded; the "answerer" is the model's if it answered when last asked."""
        if not readiness.ready:
            return problem(503, readiness.problem, "Ask again in a few seconds.")
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


def _add_api(app: FastAPI, assistant: ServedAssistant) -> None:
    @app.post("/api/ask")
    def ask(body: AskBody) -> Json:
        """Answer a question, or abstain."""
        history = [Turn(turn.role, turn.content) for turn in body.history]
        return reply_json(assistant.ask(body.question, history=history, k=body.k))

    @app.get("/api/search")
    def search(q: str, k: Annotated[int | None, Query(ge=1, le=100)] = None) -> Json:
        """The passages nearest to a query."""
        return search_json(q, assistant.search(q, k=k))


def _add_pages(app: FastAPI, assistant: ServedAssistant) -> None:
    @app.get("/documents/{doc_id:path}", response_class=HTMLResponse)
    def document(request: Request, doc_id: str, start: str | None = None, end: str | None = None) -> HTMLResponse:
        """The cleaned text of a document, the quote marked."""
        strings = _strings(request)
        root = str(request.scope.get("root_path", ""))
        try:
            found = assistant.document(doc_id)
        except DocumentNotFoundError:
            return _html(not_found_page(strings, root=root), status=404)
        try:
            span, note = parse_span(start, end, found), None
        except ValueError:
            span, note = None, strings.bad_quote
        return _html(document_page(found, span, strings, root=root, note=note))

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")


def _strings(request: Request) -> Strings:
    return choose(request.query_params.get("lang"), request.headers.get("accept-language"))


def _html(page: str, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": PAGE_POLICY, "Vary": "Accept-Language"}
    return HTMLResponse(page, status, headers)


def serve(assistant: ServedAssistant, settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `on_ready` gets the address once the server listens.

    Raises ServeError when the address cannot be had.
    """
    with bind(settings.host, settings.port) as listening:
        config = uvicorn.Config(create_app(assistant, settings), log_level="warning", access_log=False)
        where = address(listening)
        server = Server(config, lambda: on_ready(where))
        with suppress(KeyboardInterrupt):  # how a server is meant to end
            server.run(sockets=[listening])
