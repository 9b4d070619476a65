"""A real WebDAV server on this machine, which counts what it is asked and can be made to fail."""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "anna", "s3cret pass"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass
class DavServer:
    """The folder `root` is served at `url`; `fails` may answer a request itself, by method and path, with a status or
    the address that it leads to."""

    root: Path
    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    fails: Callable[[str, str], int | str | None] = lambda _method, _path: None

    def url(self, path: str = "", user: str = f"{USER}@") -> str:
        return f"webdav://{user}127.0.0.1:{self.port}/{path}"

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)

    def got(self) -> list[str]:
        """The files that were read since the last call."""
        got = sorted(path for method, path in self.asked if method == "GET")
        self.asked.clear()
        return got


@contextmanager
def dav_server(root: Path, tls: ssl.SSLContext | None = None) -> Iterator[DavServer]:
    """Serve `root` to one user."""
    logging.getLogger("wsgidav").setLevel(logging.CRITICAL)
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
            "dir_browser": {"enable": False},
        }
    )

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = str(environ["REQUEST_METHOD"])
        path = str(environ["PATH_INFO"]).encode("latin-1").decode().strip("/")
        server.asked.append((method, path))
        status = server.fails(method, path)
        if status is not None:
            location = [("Location", status)] if isinstance(status, str) else []
            start_response("302 Found" if location else f"{status} Failed", [("Content-Length", "0"), *location])
            return [b""]
        result: Iterable[bytes] = app(environ, start_response)
        return result

    with make_server("127.0.0.1", 0, answered, _Server, _Quiet) as served:
        if tls is not None:
            served.socket = tls.wrap_socket(served.socket, server_side=True)
        server = DavServer(root, served.server_port)
        thread = threading.Thread(target=lambda: served.serve_forever(poll_interval=0.02), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with contextlib.suppress(OSError):
                served.shutdown()
            thread.join()


def slowly(seconds: float, method: str = "GET") -> Callable[[str, str], None]:
    """Return what makes a server answer late."""

    def wait(asked: str, _path: str) -> None:
        if asked == method:
            time.sleep(seconds)

    return wait
