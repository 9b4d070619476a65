"""The SSRF guard: connects to public addresses only, within a deadline.

A host name is resolved here, all its addresses are checked, and the connection goes to a checked address, not to the
name; a DNS server that answers differently the next time gains nothing. Certificates and the Host header are still
checked by name.
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
    """Return whether an address is public. Of an IPv6 address that carries an IPv4 address, both must be."""
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
    """Return the IPv4 address inside an IPv6 one: mapped, 6to4, NAT64, or compatible (as ::127.0.0.1)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and (address in _NAT64 or address in _COMPATIBLE):
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried


def _never(address: IpAddress) -> bool:
    """Return whether an address is no server's, whatever the allow-list says."""
    inner = _carried(address) or address
    return inner.is_multicast or inner.is_unspecified


class Deadline:
    """The deadline of each thread's current request, and the signal that the user stopped the build."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._present = threading.local()

    def start(self, seconds: float) -> None:
        """Start the time of this thread's request, in seconds."""
        self._present.end = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return the seconds left, above 0.

        Raises FetchError if the user stopped, httpcore2.ReadTimeout if none are left.
        """
        if self.stopped.is_set():
            raise FetchError("stopped", "Stopped.", "Index again.")
        seconds: float = self._present.end - time.monotonic()
        if seconds <= 0:
            raise httpcore2.ReadTimeout("the time is over")
        return seconds


class GuardedBackend(httpcore2.NetworkBackend):
    """A network backend of httpcore for public addresses, and for the hosts in `allow_hosts` (names, "*.name", or
    addresses).
    """

    def __init__(self, allow_hosts: Iterable[str], deadline: Deadline) -> None:
        self._allowed = tuple(host.lower() for host in allow_hosts)
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to a checked address of `host`.

        Raises FetchError if an address is refused, httpcore2.ConnectError or ConnectTimeout if none can be reached.
        """
        del timeout  # the deadline of the whole request counts
        failure: Exception = httpcore2.ConnectError(f"the name {host} has no address")
        for address in self._checked(host, port):
            left = min(self._deadline.seconds_left(), _CONNECT_S)
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
                return _DeadlineStream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`, all of them allowed. Raises FetchError, httpcore2.ConnectError."""
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


class _DeadlineStream(httpcore2.NetworkStream):
    """A connection on which every wait ends at the request's deadline, however small the pieces are that arrive."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        while True:
            left = self._deadline.seconds_left()
            try:
                return self._inner.read(max_bytes, min(left, _SLICE_S))
            except httpcore2.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._inner.write(buffer, self._deadline.seconds_left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        del timeout
        left = min(self._deadline.seconds_left(), _CONNECT_S)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
