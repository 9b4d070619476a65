"""Binding a port, and a uvicorn server that reports when it listens and stops although chat pages are open."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from assistant.errors import ServeError

GRACE_S = 1
"""How long, in seconds, a stopping server waits for requests in progress. Open chat pages never end by themselves."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raises ServeError when the address or port cannot be used."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(
            f"{host!r} is not an address of this machine: {error.strerror}.", "Choose another host, such as 127.0.0.1."
        ) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ServeError(
            f"Port {port} on {host} cannot be used: {error.strerror}.",
            "Stop the program that uses it, or choose another port with --port (0 picks a free one).",
        ) from None
    return listening


def address(listening: socket.socket) -> str:
    """Return the URL at which a browser on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server that calls `on_started` once it listens and closes open chat pages when it stops."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The chat keeps an event stream open; closing its connection ends it without an error, as a closed tab does.
        asyncio.get_running_loop().call_later(GRACE_S, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.close()
