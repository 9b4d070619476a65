"""A real web server on this machine, whose pages the tests put in place, and which counts what it is asked."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Handler = Callable[[BaseHTTPRequestHandler], object]


@dataclass
class Answer:
    """What stands at a path."""

    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request: its path, when it came, its headers, and the status and size of what was sent."""

    path: str
    at: float
    headers: dict[str, str]
    status: int = 0
    sent: int = 0


class Site:
    """`site[path] = …` is a page of HTML (str), bytes, an Answer, or a function that answers by itself."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Answer | Handler] = {}
        self.asked: list[Asked] = []

    def __setitem__(self, path: str, page: str | bytes | Answer | Handler) -> None:
        self.pages[path] = (
            Answer(page.encode() if isinstance(page, str) else page) if isinstance(page, str | bytes) else page
        )

    def __delitem__(self, path: str) -> None:
        del self.pages[path]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self, *, robots: bool = False) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked if robots or asked.path != "/robots.txt"]

    def redirect(self, path: str, target: str, status: int = 302) -> None:
        self[path] = Answer(status=status, headers={"Location": target})


def page(title: str, text: str, head: str = "", links: str = "") -> str:
    """A page of HTML with an article."""
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{text}</p></article>{links}</body></html>"
    )


def story(of: str) -> str:
    """Text enough for an article."""
    return (
        f"The {of} stands by the river and was built in 1804 by three villages. It grinds rye and wheat to this day, "
        f"and the {of} is open to visitors on every first Sunday of the month."
    )


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site that is served until the end of the `with`."""

    class Responder(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 20

        def do_GET(self) -> None:
            asked = Asked(self.path, time.monotonic(), {name.lower(): value for name, value in self.headers.items()})
            site.asked.append(asked)
            found = site.pages.get(self.path, Answer(b"no such page", status=404))
            if not isinstance(found, Answer):
                self.close_connection = True
                with contextlib.suppress(OSError):  # the client has had enough
                    found(self)
                return
            status, body = found.status, found.body
            etag = found.headers.get("ETag")
            modified = found.headers.get("Last-Modified")
            if (etag and asked.headers.get("if-none-match") == etag) or (
                modified and asked.headers.get("if-modified-since") == modified
            ):
                status, body = 304, b""
            asked.status, asked.sent = status, len(body)
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Type", found.type)
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Responder)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
