"""A model server for tests and benchmarks: a real HTTP server whose replies are scripted, byte by byte if need be.

with ModelServerStub() as server:
    server.reply(text_pieces=["The bridge ", "is long."])
    server.reply(status=429, headers={"Retry-After": "0"}, body={"error": {"message": "Slow down."}})
    server.answer = lambda request: ["What is not scripted ", "is answered so."]
"""

from __future__ import annotations

import json
import math
import select
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
HANG = math.inf
"""A pause that lasts until the client goes away."""

Part = bytes | float
"""What is sent, or for how many seconds nothing is."""


def event(data: object) -> bytes:
    """One event of a stream: `data` as JSON."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def chunk(content: str | None = None, finish: str | None = None, **delta: object) -> bytes:
    """One event of a chat completion."""
    if content is not None:
        delta["content"] = content
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "stub", "choices": [choice]})


DONE = b"data: [DONE]\n\n"
END = chunk(finish="stop") + DONE


def stream(pieces: Iterable[str]) -> list[Part]:
    """The events of a whole reply."""
    return [chunk(role="assistant", content=""), *map(chunk, pieces), END]


@dataclass(frozen=True, slots=True)
class Request:
    """A request received; the names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class _Script:
    parts: Iterable[Part]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    framed: bool = True  # with a status line, headers and the lengths of chunks
    cut: bool = False


class ModelServerStub:
    """Serves /v1/chat/completions and /v1/models on a free port of this machine while it is entered."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.disconnected = Event()
        """Set when a client has gone before its reply was sent."""
        self.answer: Callable[[Any], Iterable[str]] = lambda _request: ["Yes."]
        """Makes the pieces of a reply that is not scripted, from the request's JSON."""
        self.models = ["stub"]
        self.connections: set[socket.socket] = set()
        """Those open now."""
        self.closing = False
        self._scripts: dict[str, list[_Script]] = {CHAT: [], MODELS: []}
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def reply(
        self,
        *,
        text_pieces: Iterable[str] = (),
        raw: Iterable[Part] | None = None,
        wire: Iterable[Part] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        delay: float = 0,
        cut: bool = False,
        to: str = CHAT,
    ) -> None:
        """Script the next reply to `to`.

        `text_pieces` become a well-formed stream, `raw` is the body part by part, `wire` all that goes over the wire,
        the status line too; `body` (JSON, or text as it is) goes with a `status`. `delay` passes before anything is
        sent. With `cut` the connection is closed before the body has ended.
        """
        parts: Iterable[Part]
        if wire is not None:
            parts = wire
        elif raw is not None:
            parts = raw
        elif body is not None or status != 200:
            parts = [body.encode() if isinstance(body, str) else json.dumps(body or {}).encode()]
            headers = {"Content-Type": "application/json", **(headers or {})}
        else:
            parts = stream(text_pieces)
        self._scripts[to].append(_Script(parts, status, headers or {}, delay, wire is None, cut))

    def script(self, request: Request) -> _Script:
        """How to reply to `request`."""
        if request.path not in self._scripts:
            return _Script([b'{"detail": "Not Found"}'], 404)
        if self._scripts[request.path]:
            return self._scripts[request.path].pop(0)
        if request.path == MODELS:
            models = [{"id": name, "object": "model", "created": 1, "owned_by": "test"} for name in self.models]
            return _Script([json.dumps({"object": "list", "data": models}).encode()])
        return _Script(stream(self.answer(request.body)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closing = True
        self._server.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()  # waits for the threads of all connections


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, stub: ModelServerStub) -> None:
        self.stub = stub
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        stub = self.server.stub
        stub.connections.add(self.connection)
        try:
            self.handle_one_request()
        except ConnectionError:
            if not stub.closing:
                stub.disconnected.set()
        finally:
            stub.connections.discard(self.connection)

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def log_message(self, format: str, *args: object) -> None:
        del format, args

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, json.loads(body) if body else None)
        self.server.stub.requests.append(request)
        script = self.server.stub.script(request)
        self._pause(script.delay)
        if script.framed:
            self.send_response(script.status)
            framing = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", "Connection": "close"}
            for name, value in (framing | dict(script.headers)).items():
                self.send_header(name, value)
            self.end_headers()
        for part in script.parts:
            if isinstance(part, bytes):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if script.framed else part)
            else:
                self._pause(part)
        if script.framed and not script.cut:
            self.wfile.write(b"0\r\n\r\n")

    def _pause(self, seconds: float) -> None:
        # A client has nothing more to say: what can be read is the end of the connection.
        waiting = None if seconds == HANG else seconds
        if seconds and select.select([self.connection], [], [], waiting)[0]:
            raise ConnectionResetError
