"""Pages of other sites that embed the assistant, and a line to the assistant that can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Pages = dict[str, tuple[str, dict[str, str]]]
"""Path → content and headers; tests add to it."""


@contextmanager
def hosting(pages: Pages) -> Iterator[int]:
    """Serves `pages` on a port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, headers = pages.get(self.path, ("", {"Content-Type": "text/plain"}))
            self.send_response(200 if self.path in pages else 404)
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def host_page(address: str, attributes: str = "", *, head: str = "", body: str = "", again: str = "") -> str:
    """A page with one line of the assistant; `again` are the attributes of a second one."""
    line = f'<script src="{address}/widget.js" {attributes} async></script>'
    second = f'<script src="{address}/widget.js" {again} defer></script>' if again else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Intranet</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"{head}{line}{second}</head>"
        f'<body><main><h1>Intranet</h1><p><a href="#news">News</a></p>{body}</main></body></html>'
    )


class Relay:
    """A line to `address` under an address of its own."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._target = (parts.hostname, parts.port)
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._port = self._listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._listen()

    def _listen(self) -> None:
        self._thread = threading.Thread(target=self._accept, args=(self._listening,), daemon=True)
        self._thread.start()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    def cut(self) -> None:
        """From now on nobody answers."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        while self._open:
            end = self._open.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        """The line holds again."""
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._listen()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
