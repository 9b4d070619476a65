"""What stands before every route: security headers, a size limit for bodies, and closed doors of Gradio.

Plain ASGI, because Starlette's own middleware base would buffer the chat's event stream.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 256 * 1024

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


def problem(status: int, detail: str, hint: str) -> JSONResponse:
    """An error as application/problem+json."""
    body = {"status": status, "detail": detail, "hint": hint}
    return JSONResponse(body, status, media_type="application/problem+json")


class TooLargeError(HTTPException):
    """The body is longer than `MAX_BODY_BYTES`; an HTTPException, or FastAPI would call it bad JSON."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LARGE)


class Guard:
    """ASGI middleware; see the module. Pages of `origins` may frame the chat."""

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        self._app = app
        self._headers = HEADERS | {"Content-Security-Policy": " ".join([_CHAT_POLICY, *origins])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(scope)
        if refusal:
            await refusal(scope, receive, send_guarded)
        else:
            await self._app(scope, _limited(receive), send_guarded)


def _refusal(scope: Scope) -> JSONResponse | None:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if path.startswith(CLOSED):
        return problem(404, "There is nothing here.", "The chat is at /.")
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return _too_large()
    return None


def _limited(receive: Receive) -> Receive:
    """Count what arrives: a chunked body announces no length."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise TooLargeError
        return message

    return limited


def _too_large() -> JSONResponse:
    return problem(413, TOO_LARGE, "Send a shorter question or history.")
