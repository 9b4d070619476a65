"""What stands before every route: a request id, security headers, limits of bodies, closed doors of Gradio, the log.

Plain ASGI, because Starlette's own middleware base would buffer the chat's event stream.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.middleware.proxies import client_of, route_path
from assistant.server.problem_details import Asked, RefusedError, asked, described, refusal
from assistant.server.prometheus import RESPONSES

MAX_BODY_BYTES = 256 * 1024
BODY_S = 30

_CHAT_POLICY = (
    # Gradio's page needs inline scripts and evaluates its templates; nothing of it may leave this server.
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
CLOSED = ("/gradio_api/upload", "/gradio_api/proxy", "/gradio_api/component_server", "/login", "/monitoring")
"""Parts of Gradio that the chat has no use for."""
TOO_LARGE = f"The request is longer than {MAX_BODY_BYTES // 1024} KiB."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = logging.getLogger(__name__)


class TooLargeError(HTTPException):
    """The body is longer than `MAX_BODY_BYTES`; an HTTPException, or FastAPI would call it bad JSON."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LARGE)


class TooSlowError(HTTPException):
    """The body did not arrive within `body_s` seconds."""

    def __init__(self, body_s: float) -> None:
        super().__init__(408, f"The request did not arrive within {body_s:g} seconds.", {"Connection": "close"})


class Guard:
    """ASGI middleware; see the module. Pages of `origins` may frame the chat; a body must arrive within `body_s`
    seconds."""

    def __init__(self, app: ASGIApp, origins: Sequence[str] = (), body_s: float = BODY_S) -> None:
        self._app = app
        self._body_s = body_s
        self._headers = HEADERS | {"Content-Security-Policy": " ".join([_CHAT_POLICY, *origins])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "There is nothing here."})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        said = Headers(scope=scope).get("x-request-id", "")
        request_id = said if _REQUEST_ID.fullmatch(said) else uuid.uuid4().hex
        asked.set(Asked(request_id, openai=route_path(scope).startswith("/v1/")))
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                RESPONSES.labels(status).inc()
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._answer(scope, receive, send_guarded)
        except Exception as error:
            if status:  # too late for another answer: the connection is cut
                raise
            await refusal(described(error))(scope, receive, send_guarded)
        finally:
            took_ms = 1000 * (time.perf_counter() - started)
            where = scope.get("raw_path", b"").decode("latin-1")[
                :200
            ]  # still percent-encoded: one line, no words asked
            client = client_of(HTTPConnection(scope))
            _log.info("%s %s %s %s %d %.0f ms", request_id, client, scope["method"], where, status, took_ms)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refused := _refused(scope):
            await refusal(refused)(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, self._body_s), send)


def _refused(scope: Scope) -> RefusedError | None:
    if route_path(scope).startswith(CLOSED):
        return RefusedError(404, "There is nothing here.", "The chat is at /.")
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return RefusedError(413, TOO_LARGE, "Send a shorter question or history.")
    return None


def _limited(receive: Receive, body_s: float) -> Receive:
    """Count what arrives, as a chunked body announces no length, and do not wait long for the rest of it."""
    received = 0
    complete = False
    deadline = 0.0

    async def limited() -> Message:
        nonlocal received, complete, deadline
        if complete:  # what comes next is the end of the connection, which may be far off
            return await receive()
        deadline = deadline or time.monotonic() + body_s  # from when somebody begins to read
        try:
            message = await asyncio.wait_for(receive(), deadline - time.monotonic())
        except TimeoutError:
            raise TooSlowError(body_s) from None
        complete = not message.get("more_body", False)
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise TooLargeError
        return message

    return limited
