"""Requests under a foreign host name and requests that pages of other sites send.

Without the check of the Host header, a page anywhere could read all documents through a name of its own that points to
this server (DNS rebinding). Without the check of the Origin header, it could send requests that it cannot read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.server.middleware.proxies import FROM_PROXY
from assistant.server.problem_details import RefusedError, refusal
from assistant.settings import ServeSettings

_AUTHORITY = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_READING = ("GET", "HEAD")


class OriginGuard:
    """ASGI middleware that answers 421 to a foreign Host and 403 to a foreign Origin; see the module."""

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self._app = app
        self._origins = frozenset(settings.origins)
        self._names = {_name(host) for host in (settings.host, *settings.hosts)} | {"localhost"}
        # A server on all addresses of a machine is asked under any of them, and an address cannot be rebound.
        self._any_address = settings.host in ("0.0.0.0", "::")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope, Headers(scope=scope))
            except RefusedError as refused:
                await refusal(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not (scope.get(FROM_PROXY) or self._is_own(hosts[0])):
            raise RefusedError(
                421,
                "This server is not known under that name.",
                "Add the name to serve.hosts, or the reverse proxy to serve.trusted_proxies.",
            )
        if scope["method"] in _READING:
            return
        origins = headers.getlist("origin")
        if origins and all(origin in self._origins for origin in origins):
            return
        own = f"{scope['scheme']}://{hosts[0]}"
        if headers.get("sec-fetch-site") == "cross-site" or not _are_same(origins, own):
            raise RefusedError(
                403,
                "Pages of other sites may not send requests.",
                "Add the site to serve.origins. A reverse proxy must pass on the Host header.",
            )

    def _is_own(self, host: str) -> bool:
        """Return whether `host`, the value of a Host header, is a name or address of this server."""
        name = _name(host)
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or self._any_address


def _name(host: str) -> str:
    """Return the name or address in a Host header, in small letters, without port and brackets.

    >>> _name("Intranet.example:8080"), _name("[::1]:80"), _name("::1")
    ('intranet.example', '::1', '::1')
    """
    found = _AUTHORITY.fullmatch(host)
    return (found["name"] if found else host).lower().strip("[]").removesuffix(".")


def _are_same(origins: Sequence[str], own: str) -> bool:
    """Return whether all `origins` are `own`; a proxy that is not trusted may have ended the encryption."""
    return all(_authority(origin) == _authority(own) for origin in origins)


def _authority(origin: str) -> tuple[str, str]:
    """Return host and port of `origin`; for both schemes the default port is the same.

    >>> _authority("https://Intranet.example:443"), _authority("http://[::1]:7860"), _authority("null")
    (('intranet.example', ''), ('::1', '7860'), ('null', 'none'))
    """
    scheme, _, rest = origin.partition("://")
    found = _AUTHORITY.fullmatch(rest)
    if found is None:
        return origin, "none"
    port = found["port"] or ""
    return _name(rest), "" if port == _DEFAULT_PORTS.get(scheme.lower()) else port
