"""Connections to public addresses only, within a time, and to the very address that was checked.

A name is resolved here, every address it has is checked, and the connection goes to one of these and not to the name:
a server of names that answers differently the next time wins nothing. Names of certificates and of the Host header
are still those of the address asked for.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore2

from assistant.crawl.fetch_error import FetchError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_SLICE_S = 0.5
"""How long a read waits before it looks whether the user has stopped the build."""
_CONNECT_S = 10.0


def is_public(address: IpAddress) -> bool:
    """Whether an address is anyone's to ask. Of an IPv6 address that carries an IPv4 one, both are looked at."""
    inner = _carried(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
        or (isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or address.teredo is not None))
    )


def _carried(address: IpAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4, NAT64, or compatible (as ::127.0.0.1)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and (address in _NAT64 or address in _COMPATIBLE):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried


def _never(address: IpAddress) -> bool:
    """Addresses that are no server's, whatever the allow-list says."""
    inner = _carried(address) or address
    return inner.is_multicast or inner.is_unspecified


class Watch:
    """The time that each thread's present request has left, and whether the user has stopped it all."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._present = threading.local()

    def start(self, seconds: float) -> None:
        """A request of this thread begins."""
        self._present.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, above 0. Raises FetchError when the user stopped, httpcore2.ReadTimeout when it is over."""
        if self.stopped.is_set():
            raise FetchError("stopped", "Stopped.", "Index again.")
        seconds: float = self._present.end - time.monotonic()
        if seconds <= 0:
            raise httpcore2.ReadTimeout("the time is over")
        return seconds


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects for httpcore2, to public addresses and to those of `allow_hosts` (names, "*.name", or addresses)."""

    def __init__(self, allow_hosts: Iterable[str], watch: Watch) -> None:
        self._allowed = tuple(host.lower() for host in allow_hosts)
        self._watch = watch
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises FetchError for an address that is refused, httpcore2.ConnectError or ConnectTimeout."""
        del timeout  # the watch knows better
        failure: Exception = httpcore2.ConnectError(f"the name {host} has no address")
        for address in self._checked(host, port):
            left = min(self._watch.left(), _CONNECT_S)
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
                return _WatchedStream(stream, self._watch)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses of `host`, all of them fit to be asked."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise httpcore2.ConnectError(f"the name {host} is not known ({reason})") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        allowed = self._is_allowed(host.lower().rstrip("."))
        for text in addresses:
            address = ipaddress.ip_address(text.partition("%")[0])
            if _never(address) or not (allowed or is_public(address)):
                raise FetchError(
                    "private",
                    f"{host} has the address {address}, which is not public.",
                    f'If it is a server of your own network, set fetch.allow_hosts = ["{host}"].',
                )
        return addresses

    def _is_allowed(self, host: str) -> bool:
        return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in self._allowed)


class _WatchedStream(httpcore2.NetworkStream):
    """A connection whose every wait ends with the request's time, however small the pieces are that come."""

    def __init__(self, inner: httpcore2.NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        while True:
            left = self._watch.left()
            try:
                return self._inner.read(max_bytes, min(left, _SLICE_S))
            except httpcore2.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._inner.write(buffer, self._watch.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        del timeout
        left = min(self._watch.left(), _CONNECT_S)
        return _WatchedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
