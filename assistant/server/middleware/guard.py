"""Request ids, security headers, limits of request bodies, and the request log.

It is plain ASGI, because Starlette's middleware base class buffers the chat's event stream.
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
from assistant.server.middleware.request_user import open_user, user_of
from assistant.server.problem_details import Asked, RefusedError, asked, described, refusal
from assistant.server.prometheus import RESPONSES

MAX_BODY_BYTES = 256 * 1024
HEAD = "assistant.head"
"""Key of the ASGI scope: the request is HEAD and is answered as GET."""
BODY_S = 30
"""How long, in seconds, the body of a request may take to arrive."""

_CHAT_POLICY = (
    # Gradio's page needs inline scripts and evaluates its templates; it may load nothing from other servers.
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
TOO_LARGE = f"The request is larger than {MAX_BODY_BYTES // 1024} KiB."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = logging.getLogger(__name__)


class TooLargeError(HTTPException):
    """The body is larger than `MAX_BODY_BYTES`. FastAPI reports exceptions other than HTTPException as bad JSON."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LARGE)


class TooSlowError(HTTPException):
    """The body did not arrive within `body_s` seconds."""

    def __init__(self, body_s: float) -> None:
        super().__init__(408, f"The request did not arrive within {body_s:g} seconds.", {"Connection": "close"})


class Guard:
    """ASGI middleware for all requests; see the module.

    Pages of `origins` may show the chat in a frame. A body must arrive within `body_s` seconds.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str] = (), body_s: float = BODY_S) -> None:
        self._app = app
        self._body_s = body_s
        self._headers = HEADERS | {"Content-Security-Policy": " ".join([_CHAT_POLICY, *origins])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "There is nothing at this address."})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        open_user(scope)
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
            if status:  # the response has begun: only the connection can be closed
                raise
            await refusal(described(error))(scope, receive, send_guarded)
        finally:
            took_ms = 1000 * (time.perf_counter() - started)
            # Still percent-encoded, so one line; without the query, so without the question.
            where = scope.get("raw_path", b"").decode("latin-1")[:200]
            client = client_of(HTTPConnection(scope))
            user = f" user={name}" if (name := user_of(scope)) else ""
            _log.info("%s %s %s %s %d %.0f ms%s", request_id, client, scope["method"], where, status, took_ms, user)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refused := _refused(scope):
            await refusal(refused)(scope, receive, send)
        elif scope["method"] == "HEAD":
            # Routes know only GET; a server sends no body in answer to HEAD.
            await self._app(dict(scope) | {"method": "GET", HEAD: True}, receive, _without_body(send))
        else:
            await self._app(scope, _limited(receive, self._body_s), send)


def _without_body(send: Send) -> Send:
    """Return `send` that leaves out the body of the response."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = dict(message) | {"body": b""}
        await send(message)

    return sending


def _refused(scope: Scope) -> RefusedError | None:
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return RefusedError(413, TOO_LARGE, "Send a shorter question or history.")
    return None


def _limited(receive: Receive, body_s: float) -> Receive:
    """Return `receive` with a limit of bytes, as a chunked body has no Content-Length, and of `body_s` seconds.

    It raises TooLargeError and TooSlowError.
    """
    received = 0
    complete = False
    deadline = 0.0

    async def limited() -> Message:
        nonlocal received, complete, deadline
        if complete:  # the next message is the end of the connection, which may take long
            return await receive()
        deadline = deadline or time.monotonic() + body_s  # counted from the first read
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
