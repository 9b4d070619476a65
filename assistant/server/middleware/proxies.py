"""The client's address and the server's own address behind reverse proxies.

X-Forwarded headers are trusted from the proxies in `serve.trusted_proxies` and removed from other requests, because
Gradio reads them too. The proxy may strip a path prefix or keep it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

FROM_PROXY = "assistant.from_proxy"
"""Key of the ASGI scope: whether a trusted proxy sent the request."""
_DROPPED = re.compile(rb"x-forwarded-.*|forwarded|x-gradio-server")
_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_HOP = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\](:\d{1,5})?|(?P<four>[0-9.]+):\d{1,5}")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


def route_path(scope: Scope) -> str:
    """Return the path of a request without the prefix under which the server is published."""
    return str(scope["path"]).removeprefix(scope.get("root_path", "")) or "/"


def client_of(connection: HTTPConnection) -> str:
    """Return the address by which requests are counted: an IPv4 address, or the /64 network of an IPv6 address."""
    return network_of(connection.client.host if connection.client else "")


def network_of(host: str) -> str:
    """Return the address by which a client at `host` is counted; see `client_of`."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, 64), strict=False))
    return str(address or host)


class Proxies:
    """ASGI middleware that applies or removes X-Forwarded headers; see the module.

    It also removes `sign_in_header` from requests that no trusted proxy sent.
    """

    def __init__(
        self, app: ASGIApp, trusted: Sequence[str] = (), root_path: str = "", sign_in_header: str | None = None
    ) -> None:
        self._app = app
        self._trusted = [ipaddress.ip_network(network) for network in trusted]
        self._root_path = root_path
        self._sign_in_header = (sign_in_header or "").lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = dict(scope)
        client = scope.get("client")
        trusted = client is not None and self._is_trusted(client[0])
        scope[FROM_PROXY] = trusted
        headers = Headers(scope=scope)
        prefix = self._root_path
        if trusted:
            self._apply(scope, headers)
            forwarded = headers.get("x-forwarded-prefix", "").rstrip("/")
            prefix = forwarded if _PREFIX.fullmatch(forwarded) else prefix
        remaining = [(name, value) for name, value in scope["headers"] if not _DROPPED.fullmatch(name)]
        if not trusted and self._sign_in_header:
            remaining = [(name, value) for name, value in remaining if name != self._sign_in_header]
        scope["headers"] = remaining
        if prefix and scope["path"] == prefix:
            await RedirectResponse(f"{prefix}/")(scope, receive, send)
            return
        _set_root_path(scope, prefix)
        await self._app(scope, receive, send)

    def _apply(self, scope: Scope, headers: Headers) -> None:
        """Put client, scheme and host of the X-Forwarded headers into `scope`."""
        hops = [hop.strip() for hop in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        # Each proxy appends the address it received the request from, so the last untrusted address is the client.
        while hops and (hop := _hop(hops.pop())):
            scope["client"] = (hop, 0)
            if not self._is_trusted(hop):
                break
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        host = headers.get("x-forwarded-host", "").strip()
        if _HOST.fullmatch(host):
            rest = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", host.encode()), *rest]

    def _is_trusted(self, host: str) -> bool:
        return is_in(host, self._trusted)


def is_in(host: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Return whether `host` is an address in one of `networks`."""
    address = _address(host)
    return address is not None and any(address in network for network in networks)


def _hop(text: str) -> str:
    """Return the address in an entry of X-Forwarded-For, without port and brackets; "" where it holds none.

    >>> _hop("192.0.2.1:4711"), _hop("[2001:db8::1]:80"), _hop("2001:db8::1"), _hop("unknown")
    ('192.0.2.1', '2001:db8::1', '2001:db8::1', '')
    """
    found = _HOP.fullmatch(text)
    host = (found["six"] or found["four"]) if found else text
    return host if _address(host) else ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return `host` as an address, an IPv4-mapped IPv6 address as IPv4; None where it is not an address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _set_root_path(scope: Scope, prefix: str) -> None:
    """Set `prefix` as the root path, and put it before the path if the proxy has stripped it, as Starlette expects."""
    if not prefix:
        return
    scope["root_path"] = prefix
    if not scope["path"].startswith(f"{prefix}/"):
        scope["path"] = prefix + scope["path"]
        scope["raw_path"] = prefix.encode() + scope.get("raw_path", b"")
