"""Who asked and under which address, also behind reverse proxies.

Only a proxy of `serve.trusted_proxies` is believed; from anyone else X-Forwarded headers are dropped, for Gradio would
read them too. A path prefix may be stripped by the proxy or not.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_DROPPED = re.compile(rb"x-forwarded-.*|forwarded|x-gradio-server")
_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def route_path(scope: Scope) -> str:
    """The path as the routes know it, without the prefix."""
    return str(scope["path"]).removeprefix(scope.get("root_path", "")) or "/"


def client_of(connection: HTTPConnection) -> str:
    """The address that limits count by: of IPv6 the network that one customer gets."""
    host = connection.client.host if connection.client else ""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, 64), strict=False))
    return str(address or host)


class Proxies:
    """ASGI middleware; see the module. `sign_in_header` is dropped too, unless a trusted proxy sets it."""

    def __init__(
        self, app: ASGIApp, trusted: Sequence[str] = (), root_path: str = "", sign_in_header: str | None = None
    ) -> None:
        self._app = app
        self._trusted = [ipaddress.ip_network(network) for network in trusted]
        self._root_path = root_path
        self._own = (sign_in_header or "").lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = dict(scope)
        client = scope.get("client")
        believed = client is not None and self._is_trusted(client[0])
        headers = Headers(scope=scope)
        prefix = self._root_path
        if believed:
            self._believe(scope, headers)
            said = headers.get("x-forwarded-prefix", "").rstrip("/")
            prefix = said if _PREFIX.fullmatch(said) else prefix
        kept = [(name, value) for name, value in scope["headers"] if not _DROPPED.fullmatch(name)]
        if not believed and self._own:
            kept = [(name, value) for name, value in kept if name != self._own]
        scope["headers"] = kept
        if prefix and scope["path"] == prefix:
            await RedirectResponse(f"{prefix}/")(scope, receive, send)
            return
        _under(scope, prefix)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, headers: Headers) -> None:
        hops = [hop.strip() for hop in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        # From the right, each hop was written by the one after it: the first that is no proxy of ours is the client.
        while hops and hops[-1]:
            scope["client"] = (hops[-1], 0)
            if not self._is_trusted(hops.pop()):
                break
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        host = headers.get("x-forwarded-host", "").strip()
        if _HOST.fullmatch(host):
            rest = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", host.encode()), *rest]

    def _is_trusted(self, host: str) -> bool:
        address = _address(host)
        return address is not None and any(address in network for network in self._trusted)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """`host` as an address; one of IPv4 also where a socket for both kinds wrote it as one of IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _under(scope: Scope, prefix: str) -> None:
    """Starlette wants the prefix in the path as well; a proxy may have stripped it, or not."""
    if not prefix:
        return
    scope["root_path"] = prefix
    if not scope["path"].startswith(f"{prefix}/"):
        scope["path"] = prefix + scope["path"]
        scope["raw_path"] = prefix.encode() + scope.get("raw_path", b"")
