"""An app behind a real server on this machine, in this process or in one of its own."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from tests.command import ROOT, child_environment


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address where `app` is served; the server ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started and time.monotonic() < deadline:
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


@dataclass(frozen=True)
class ServerProcess:
    """A server in a process of its own; what it has logged is in the file `log`."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A new connection of the client at `source`, an address of this machine."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(source, 0))

    def get(self, path: str, source: str = "127.0.0.1") -> int:
        """The status of the response to GET `path` over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(source, 0))
        with closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status


@contextmanager
def server_process(
    command: Sequence[str], log: Path, descriptors: int = 1024, variables: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Run `command`, a server that says its address first, on stdout or stderr; kill it at the end of the block."""
    limited = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]
    environment = child_environment(PYTHONUNBUFFERED="1", **(variables or {}))
    with (
        log.open("w") as output,
        subprocess.Popen(limited, cwd=ROOT, env=environment, stdout=output, stderr=output, text=True) as process,
    ):
        try:
            deadline = time.monotonic() + 120
            while not (found := re.search(r"http://127\.0\.0\.1:(\d+)\s", log.read_text("utf-8"))):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield ServerProcess(process, int(found[1]), log)
        finally:
            process.kill()
