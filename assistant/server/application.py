"""The FastAPI application: its middleware and routes, with the chat mounted at "/".

Routes that answer questions hand the work to threads (request_queue.py), so that the event loop never waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from assistant.chat.gradio_page import mount_chat
from assistant.chat.sessions import Sessions
from assistant.errors import AssistantError, DocumentNotFoundError
from assistant.protocols import LiveAssistant, PageDrawer
from assistant.server.audit import Audit
from assistant.server.error_handlers import add_error_handlers
from assistant.server.feedback import Feedback
from assistant.server.middleware.access import Access
from assistant.server.middleware.gradio_guard import GradioGuard
from assistant.server.middleware.guard import BODY_S, Guard
from assistant.server.middleware.origin_guard import OriginGuard
from assistant.server.middleware.proxies import Proxies
from assistant.server.process.connections import Connection, ConnectionLimits, Connections, default_limits
from assistant.server.process.listen import ACCEPTED, Server, Stoppable, address, bind
from assistant.server.process.repeated_errors import shorten_log
from assistant.server.request_queue import PAUSE_S, RequestQueue
from assistant.server.routes.ask_api import add_api
from assistant.server.routes.chat_api import chat_routes
from assistant.server.routes.health import Readiness, add_health
from assistant.server.routes.mcp_api import add_tools
from assistant.server.routes.openai_api import add_openai
from assistant.server.routes.pages import add_pages
from assistant.server.routes.unknown_paths import add_unknown_paths
from assistant.server.routes.widget import add_widget
from assistant.server.suggestions import Suggestions
from assistant.settings import ServeSettings

REFRESH_S = 2
"""How often, in seconds, the server checks for a new generation of the index."""
CHECK_S = 1
"""How long, in seconds, a stopping server waits for the check of its models."""
_log = logging.getLogger(__name__)


def create_app(
    live: LiveAssistant,
    settings: ServeSettings,
    *,
    body_s: float = BODY_S,
    pause_s: float = PAUSE_S,
    refresh_s: float = REFRESH_S,
    parts: list[Stoppable] | None = None,
    pages: PageDrawer | None = None,
) -> FastAPI:
    """Return the application that serves `live`; it stores ratings beside the index.

    A request's body must arrive within `body_s` seconds. A client that waits for an answer gets a sign of life every
    `pause_s` seconds. The application checks for a new generation of the index every `refresh_s` seconds. What must
    be stopped before the server ends is appended to `parts`. `pages` draws original pages; without it none are shown.
    """
    readiness = Readiness()
    queue = RequestQueue(settings, pause_s=pause_s)
    sessions = Sessions()
    if parts is not None:
        parts += (readiness, queue, sessions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        check = asyncio.get_running_loop().run_in_executor(None, readiness.check, live)
        refreshing = asyncio.create_task(_refresh_regularly(live, refresh_s))
        async with tools.run():
            yield
        refreshing.cancel()
        queue.close()
        await asyncio.wait({check}, timeout=CHECK_S)

    # No interactive API pages: they load their scripts from the internet.
    app = FastAPI(
        title="Document assistant",
        version=version("document-assistant"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    add_error_handlers(app)
    add_health(app, live, readiness)
    with live.pinned() as assistant:
        feedback = Feedback(assistant.store, lambda doc_id: _is_indexed(live, doc_id))
        audit = Audit(assistant.store, settings)
    add_api(app, live, queue, audit)
    add_openai(app, live, queue, audit)
    tools = add_tools(app, live, queue, audit)
    add_pages(app, live, audit, settings.origins, pages)
    app.include_router(chat_routes(feedback, Suggestions(live), audit))
    add_widget(app, settings)
    add_unknown_paths(app)
    _add_middleware(app, settings, body_s)
    most = settings.client_questions
    visitor = partial(audit.visitor, through="chat")
    mount_chat(
        app, live, feedback.remember, visitor, sessions, lambda memory: Middleware(GradioGuard, queue=memory, most=most)
    )
    return app


def _is_indexed(live: LiveAssistant, doc_id: str) -> bool:
    with live.pinned() as assistant, suppress(DocumentNotFoundError):
        assistant.document(doc_id)
        return True
    return False


def _add_middleware(app: FastAPI, settings: ServeSettings, body_s: float) -> None:
    """Add the middleware; the last one added is the first to see a request."""
    app.add_middleware(Access, settings=settings)
    # Without it Gradio would allow every origin, with credentials.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Mcp-Protocol-Version", "X-API-Key", "X-Request-ID"],
        expose_headers=["Retry-After", "X-Request-ID"],
    )
    app.add_middleware(OriginGuard, settings=settings)
    app.add_middleware(Guard, origins=settings.origins, body_s=body_s)
    app.add_middleware(
        Proxies,
        trusted=settings.trusted_proxies,
        root_path=settings.root_path,
        sign_in_header=settings.sign_in_header,
    )


async def _refresh_regularly(live: LiveAssistant, refresh_s: float) -> None:
    """Switch to each new generation of the index; log each failure once and keep the generation before it."""
    loop = asyncio.get_running_loop()
    logged = ""
    while True:
        await asyncio.sleep(refresh_s)
        try:
            if await loop.run_in_executor(None, live.refresh):
                _log.info("A new generation of the index is in use")
            logged = ""
        except AssistantError as error:
            if str(error) != logged:
                _log.warning("The new generation of the index cannot be used: %s %s", error, error.hint)
            logged = str(error)


def serve(
    live: LiveAssistant,
    settings: ServeSettings,
    on_ready: Callable[[str], None],
    limits: ConnectionLimits | None = None,
    pages: PageDrawer | None = None,
) -> None:
    """Serve until interrupted; call `on_ready` with the address once the server listens.

    `limits` of connections are by default those for the descriptors of this process; `pages` draws original pages.
    SIGTERM and Ctrl+C end the questions in progress with an error, and then the process within `END_S` seconds,
    whatever its threads do.

    Raises ServeError when the address or port cannot be used.
    """
    limits = limits or default_limits()
    parts: list[Stoppable] = []
    with bind(settings.host, settings.port) as listening:
        config = uvicorn.Config(
            create_app(live, settings, parts=parts, pages=pages),
            http=Connection,
            ws="none",
            log_level="warning",
            access_log=False,
            backlog=ACCEPTED,
            timeout_keep_alive=limits.keep_alive_s,
            proxy_headers=False,  # middleware/proxies.py reads them
        )
        if settings.log == "info":
            logging.basicConfig(format="%(asctime)s %(message)s")
            logging.getLogger("assistant.server").setLevel(logging.INFO)
        shorten_log()
        where = address(listening)
        server = Server(config, Connections(limits, settings.trusted_proxies), parts, lambda: on_ready(where))
        with suppress(KeyboardInterrupt):  # Ctrl+C is the normal way to stop the server
            server.run(sockets=[listening])
