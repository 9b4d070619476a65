"""Binding a port, and a uvicorn server that reports when it listens and ends in time although clients keep it busy."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Protocol

import uvicorn

from assistant.errors import ServeError
from assistant.server.process.connections import Connections

QUEUED = 128
"""How many connections wait in the kernel until they are accepted."""
ACCEPTED = 8
"""How many connections are accepted before those accepted earlier are counted; each takes a descriptor."""
WORK_S = 1.5
"""How long, in seconds, a stopping server waits for work in progress, and refuses further work with status 503."""
GRACE_S = 1
"""How long, in seconds, it then waits for responses. Open chat pages never end by themselves."""
END_S = 3.5
"""After how many seconds its process ends in any case, also where a thread still computes."""

_log = logging.getLogger(__name__)


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
        listening.listen(QUEUED)
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


class Stoppable(Protocol):
    """A part of the application that answers questions."""

    def stop(self) -> None:
        """Ask the work in progress to end with an error, and refuse further work."""
        ...

    def busy(self) -> bool:
        """Return whether work is still in progress."""
        ...


class Server(uvicorn.Server):
    """A uvicorn server that calls `on_started` once it listens.

    When a signal tells it to end, it stops `parts`, which may take `WORK_S` seconds, and closes open chat pages. The
    process ends within `END_S` seconds.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        parts: Sequence[Stoppable],
        on_started: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.server_state = connections
        self._parts = parts
        self._on_started = on_started

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn's own would raise the signal once more at the end, and the exit code would not be 0.
        del frame
        self.force_exit |= self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(QUEUED)  # asyncio has set it to ACCEPTED, the backlog of the configuration
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        last_resort = threading.Timer(END_S, _end_process)
        last_resort.daemon = True
        last_resort.start()
        for part in self._parts:
            part.stop()
        latest = time.monotonic() + WORK_S
        while not self.force_exit and time.monotonic() < latest and any(part.busy() for part in self._parts):
            await asyncio.sleep(0.02)
        # The chat keeps an event stream open; closing its connection ends it without an error, as a closed tab does.
        loop = asyncio.get_running_loop()
        loop.call_later(GRACE_S, self._hang_up)
        loop.call_later(1.5 * GRACE_S, self._hang_up, True)
        await super().shutdown(sockets)

    def _hang_up(self, abort: bool = False) -> None:
        """Close all connections; `abort` those, too, whose client has not read its response."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort() if abort else connection.transport.close()


def _end_process() -> None:
    """End the process although threads still work: a thread cannot be stopped, and Python would wait for it."""
    _log.warning("Work that did not end in time was cut off")
    logging.shutdown()
    os._exit(0)
