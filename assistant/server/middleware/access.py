"""Access control: API keys, sign-in, and the limit of requests a minute.

It is plain ASGI in front of every route, because Gradio's own `auth` protects only Gradio's paths.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.keys import is_password, name_of_key
from assistant.server.middleware.proxies import client_of, route_path
from assistant.server.middleware.request_user import set_user
from assistant.server.problem_details import RefusedError, refusal
from assistant.settings import ServeSettings

OPEN = ("/healthz", "/readyz")
"""Paths that need no key and no sign-in, for monitoring."""
_PUBLIC = (*OPEN, "/ui/", "/assets/", "/static/", "/theme.css", "/favicon.ico")
"""Paths that show nothing of the documents."""
_PROGRAMS = ("/api/", "/v1/", "/mcp")
MOST_CLIENTS = 100_000
"""How many clients are counted at a time; the limit protects memory."""
_WRONG_PASSWORDS = RateLimitItemPerMinute(10)


class Access:
    """ASGI middleware that refuses requests without a valid key or sign-in, and clients that send too many."""

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self._app = app
        self._settings = settings
        self._limits = Limits()
        self._rate = RateLimitItemPerMinute(settings.rate) if settings.rate else None
        self._protected = bool(settings.api_keys or settings.users or settings.sign_in_header)
        self._passwords = Passwords(settings, self._limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._check(scope)
        except RefusedError as refused:
            await refusal(refused)(scope, receive, send)
            return
        private = self._protected and not route_path(scope).startswith(_PUBLIC)
        await self._app(scope, receive, _not_stored(send) if private else send)

    async def _check(self, scope: Scope) -> None:
        path = route_path(scope)
        if path in OPEN:
            return
        headers, client = Headers(scope=scope), client_of(HTTPConnection(scope))
        program = path.startswith(_PROGRAMS)
        if program and self._rate:
            self._limits.count(self._rate, client, "requests")
        if program and self._settings.api_keys:
            # A key identifies the client, so no sign-in is needed.
            set_user(scope, self._check_key(headers))
        elif self._settings.sign_in_header:
            # Proxies has removed the header from requests that no trusted proxy sent.
            user = headers.get(self._settings.sign_in_header, "").strip()
            if not user:
                raise RefusedError(401, "You are not signed in.", "Sign in at your organisation's sign-in page.")
            set_user(scope, user)
        elif self._settings.users:
            set_user(scope, await self._passwords.check(headers, client))

    def _check_key(self, headers: Headers) -> str:
        """Return "key" and its name. Raises RefusedError unless the key is known."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        name = name_of_key(key, self._settings.api_keys)
        if name is not None:
            return f"key:{name}".rstrip(":")
        detail = "The key is not valid." if key else "The request has no key."
        raise RefusedError(
            401,
            detail,
            "Send the header `Authorization: Bearer KEY`; `assistant key` creates a key.",
            headers={"WWW-Authenticate": 'Bearer realm="assistant"'},
            code="invalid_api_key",
        )


def _not_stored(send: Send) -> Send:
    """Return `send` with a header that lets no cache keep the response: its reader has signed in."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "private, no-store"
        await send(message)

    return sending


class Limits:
    """Limits how often each client does something, in a moving window.

    At most `most_clients` pairs of client and action are counted; a further one replaces the least recent.
    """

    def __init__(self, most_clients: int = MOST_CLIENTS) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._most_clients = most_clients
        self._counted: OrderedDict[tuple[str, str], RateLimitItem] = OrderedDict()  # the least recent first

    def count(self, item: RateLimitItem, client: str, what: str) -> None:
        """Count one more `what` of `client`. Raises RefusedError when the limit `item` is exceeded."""
        self._remember(item, client, what)
        if not self._limiter.hit(item, what, client):
            self._refuse(item, client, what)

    def _remember(self, item: RateLimitItem, client: str, what: str) -> None:
        """Mark `client` as the most recent one, and drop the least recent of too many: the limiter drops none."""
        self._counted[what, client] = item
        self._counted.move_to_end((what, client))
        if len(self._counted) > self._most_clients:
            least_recent, of_least_recent = self._counted.popitem(last=False)
            self._limiter.clear(of_least_recent, *least_recent)

    def check(self, item: RateLimitItem, client: str, what: str) -> None:
        """Raise RefusedError when one more `what` would exceed the limit `item`; count nothing."""
        if not self._limiter.test(item, what, client):
            self._refuse(item, client, what)

    def _refuse(self, item: RateLimitItem, client: str, what: str) -> None:
        again_s = max(1, math.ceil(self._limiter.get_window_stats(item, what, client).reset_time - time.time()))
        raise RefusedError(
            429,
            f"Too many {what}: at most {item.amount} a minute.",
            f"Try again in {again_s} seconds.",
            again_s,
            code="rate_limit_exceeded",
        )


class Passwords:
    """HTTP Basic sign-in. Remembers a correct password as a keyed digest: scrypt is too slow for every request."""

    def __init__(self, settings: ServeSettings, limits: Limits) -> None:
        self._users = settings.users
        self._limits = limits
        self._secret = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}
        self._one_at_a_time = asyncio.Semaphore(1)

    async def check(self, headers: Headers, client: str) -> str:
        """Return the name in `headers`, whose password is right. Raises RefusedError unless both are."""
        name, password = _basic(headers.get("authorization", ""))
        digest = hmac.digest(self._secret, f"{name}:{password}".encode("utf-8", "surrogateescape"), hashlib.sha256)
        if hmac.compare_digest(self._right.get(name, b""), digest):
            return name
        if name or password:
            async with self._one_at_a_time:  # guessing is slow, and takes one thread at most
                self._limits.check(_WRONG_PASSWORDS, client, "wrong passwords")
                if await asyncio.to_thread(is_password, name, password, self._users):
                    self._right[name] = digest
                    return name
                self._limits.count(_WRONG_PASSWORDS, client, "wrong passwords")
        raise RefusedError(
            401,
            "The name or password is wrong." if name else "You are not signed in.",
            "Sign in with your name and password.",
            headers={"WWW-Authenticate": 'Basic realm="assistant", charset="UTF-8"'},
        )


def _basic(authorization: str) -> tuple[str, str]:
    """Return the name and password in an Authorization header; both are empty where there are none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password
