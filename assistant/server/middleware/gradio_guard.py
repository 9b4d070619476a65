"""The allow-list of Gradio's endpoints, and how many places in the chat's queue one client may take.

Gradio's routes grow with each release, and some run programs or write files for anybody. Only what the chat page uses
is reachable; every other path and method gets 404 before Gradio runs.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.middleware.guard import HEAD
from assistant.server.middleware.proxies import client_of, route_path
from assistant.server.problem_details import LATER_S, RefusedError, refusal

_JOIN = "/gradio_api/queue/join"
_DATA = "/gradio_api/queue/data"
_PAGE = "/gradio_api/heartbeat/"
ALLOWED = {
    "GET": re.compile(
        r"/|/theme\.css|/favicon\.ico|/manifest\.json|/pwa_icon/(192|512)"
        r"|/assets/[A-Za-z0-9_-][A-Za-z0-9._-]*|/static/js/iframeResizer\.contentWindow\.min\.js"
        # Both streams stay open: answers arrive on the first, the second says that the page is open.
        rf"|{_DATA}|{_PAGE}[a-z0-9]{{1,32}}"
        # Asked for when a lost connection is back.
        r"|/gradio_api/app_id"
    ),
    "POST": re.compile(rf"{_JOIN}|/gradio_api/run/predict"),
}
"""What the chat page uses of Gradio: for each method the paths."""

_log = logging.getLogger(__name__)


class ChatQueue(Protocol):
    """The questions and other events of the chat that wait or run, and the sessions that have any."""

    def requests(self) -> Iterable[HTTPConnection]:
        """Yield the request of each event."""
        ...

    def has_session(self, session: str) -> bool:
        """Return whether an event of the session waits, runs, or has a result that was not fetched yet."""
        ...

    def reopened(self, session: str) -> None:
        """Note that the page of a session is open, also where its connection was lost before."""
        ...


class GradioGuard:
    """ASGI middleware in front of Gradio; see the module. One client may have `most` events in `queue`."""

    def __init__(self, app: ASGIApp, queue: ChatQueue, most: int) -> None:
        self._app = app
        self._queue = queue
        self._most = most
        self._joining: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        client = client_of(HTTPConnection(scope))
        try:
            self._check(scope, path, client)
        except RefusedError as refused:
            await refusal(refused)(scope, receive, send)
            return
        if path.startswith(_PAGE):
            self._queue.reopened(path.removeprefix(_PAGE))
        if path == _JOIN:
            self._joining[client] += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._joining[client] -= 1
                self._joining += Counter()  # drops clients with none
        elif path == _DATA:
            await self._stream(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _check(self, scope: Scope, path: str, client: str) -> None:
        """Raise RefusedError for what the page never asks for, and when `client` has `most` events already."""
        allowed = ALLOWED.get(scope["method"])
        endless = scope.get(HEAD) and path.startswith("/gradio_api/")  # a stream would stay open without a body
        if allowed is None or not allowed.fullmatch(path) or endless:
            raise RefusedError(404, "There is nothing at this address.", "The chat is at /.")
        if path == _JOIN:
            held = sum(client_of(request) == client for request in self._queue.requests())
            # Events whose request is still being read are not in the queue yet.
            if held + self._joining[client] >= self._most:
                detail = f"You already have {self._most} questions in progress."
                raise RefusedError(429, detail, "Wait for their replies.", LATER_S, code="rate_limit_exceeded")
        if path == _DATA:
            session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
            # Gradio would begin a response and fail in the middle of it.
            if not self._queue.has_session(session):
                raise RefusedError(404, "This page has no question in progress.", "Ask on the page at /.")

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the events of a session; end the response where Gradio fails in the middle of it."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if not started:
                raise
            # A second stream of the same session took its last event.
            _log.info("A stream of the chat ended early: %s", type(error).__name__)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
