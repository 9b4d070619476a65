"""Limits of connections: how many are open, in all and for each client, and how long the server waits for a client.

uvicorn limits requests, not connections: those that send nothing would use up the descriptors of the process.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from assistant.server.middleware.proxies import is_in, network_of

MOST_CONNECTIONS = 4096
"""How many connections may be open; the limit protects memory."""
_FEWEST_CONNECTIONS = 16
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of numbers and of seconds.

    `most` connections may be open, and `each` of one client. The headers of a request must arrive within `head_s`
    seconds, an idle connection stays open for `keep_alive_s` seconds, and a client may leave a response unread for
    `unread_s` seconds.
    """

    most: int
    each: int
    head_s: float = 10
    keep_alive_s: int = 75  # longer than a refused client waits before its next request
    unread_s: float = 60


def default_limits() -> ConnectionLimits:
    """Return the limits of this process.

    Half of its descriptors are for connections, the rest for files, model servers and connections that are being
    accepted or closed. One client may have half of the connections.
    """
    most = max(_FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, _descriptors() // 2))
    return ConnectionLimits(most, most // 2)


def _descriptors() -> int:
    try:
        import resource
    except ImportError:  # on Windows, where sockets are no descriptors
        return 2 * MOST_CONNECTIONS
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2 * MOST_CONNECTIONS if limit == resource.RLIM_INFINITY else limit


class Connections(ServerState):
    """The open connections of a server, within `limits`. All clients of a trusted proxy share its address, so that
    only the limit in all holds for it.

    A new connection beyond a limit replaces the one that has waited longest without a request in progress. It is
    refused where every other one has a request in progress.
    """

    def __init__(self, limits: ConnectionLimits, trusted: Sequence[str] = ()) -> None:
        super().__init__()
        self.limits = limits
        self._trusted = [ipaddress.ip_network(network) for network in trusted]
        self._clients: dict[Connection, str] = {}
        self._of_client: dict[str, set[Connection]] = {}
        self._waiting: dict[Connection, None] = {}  # the one that has waited longest first

    def admit(self, connection: Connection, host: str) -> bool:
        """Count a new connection from `host`; return False where it must be refused."""
        client = network_of(host)
        own = self._of_client.get(client, set())
        if len(own) >= self.limits.each and not is_in(host, self._trusted):
            _log.warning("A client has more than %d connections: idle ones are closed, others refused", len(own))
            if not self._close_first(waiting for waiting in self._waiting if waiting in own):
                return False
        if len(self._clients) >= self.limits.most:
            _log.warning("More than %d connections are open: idle ones are closed, others refused", self.limits.most)
            if not self._close_first(self._waiting):
                return False
        self._clients[connection] = client
        self._of_client.setdefault(client, set()).add(connection)
        return True

    def wait(self, connection: Connection) -> None:
        """Note that `connection` has no request in progress."""
        if connection in self._clients:
            self._waiting.setdefault(connection)

    def work(self, connection: Connection) -> None:
        """Note that `connection` has a request in progress."""
        self._waiting.pop(connection, None)

    def leave(self, connection: Connection) -> None:
        """Count `connection` no more."""
        client = self._clients.pop(connection, None)
        self._waiting.pop(connection, None)
        if client is not None:
            self._of_client[client].discard(connection)
            if not self._of_client[client]:
                del self._of_client[client]

    def _close_first(self, waiting: Iterable[Connection]) -> bool:
        """Close the first connection of `waiting`; return whether there is one."""
        first = next(iter(waiting), None)
        if first is None:
            return False
        self.leave(first)
        first.transport.abort()
        return True


class Connection(H11Protocol):
    """A connection within the limits of `Connections`, which is the state of its server."""

    def __init__(
        self,
        config: Config,
        server_state: Connections,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._open = server_state
        self._limits = server_state.limits
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._open.admit(self, self.client[0] if self.client else ""):
            self._watch()
        else:
            self._end(_BUSY)

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)
            self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.leave(self)
        super().connection_lost(exc)
        for timer in (self._head_timer, self._unread_timer):
            if timer:
                timer.cancel()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer = self.loop.call_later(self._limits.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread_timer:
            self._unread_timer.cancel()

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():  # closing would wait until the client has read it
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _should_upgrade(self) -> bool:
        return False  # there are no WebSockets; uvicorn would advise to install them, once for each request

    def _watch(self) -> None:
        """Start the deadline where the client must send something, and stop it while a request is in progress."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._open.work(self)
            if self._head_timer:
                self._head_timer.cancel()
                self._head_timer = None
            return
        self._open.wait(self)
        # After a response the time of keep-alive runs, until the next byte.
        if self._head_timer is None and self.timeout_keep_alive_task is None:
            self._head_timer = self.loop.call_later(self._limits.head_s, self._expire)

    def _expire(self) -> None:
        begun = bool(self.conn.trailing_data[0])
        self._end(_TOO_SLOW if begun and not self.transport.is_closing() else b"")

    def _end(self, last: bytes) -> None:
        """Send `last` and close the connection, without waiting for a client that reads nothing."""
        self.transport.write(last)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()
