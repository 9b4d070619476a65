"""Connections that send nothing, too little or too slowly, and too many of them, against a server process."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from assistant.server.process.connections import MOST_CONNECTIONS, default_limits
from tests.served import ServerProcess, server_process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="uses several addresses of this machine"),
]

SERVER = """
from assistant.server.application import serve
from assistant.server.process.connections import ConnectionLimits, default_limits
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant
settings = ServeSettings(port=0, rate=0, trusted_proxies=("127.0.0.9",))
serve(FakeAssistant(), settings, print, {limits})
"""
PROXY = "127.0.0.9"
PATIENCE_S = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits half a second for each part of a request, and takes three connections of one client."""
    limits = "ConnectionLimits(most=8, each=3, head_s=0.5, keep_alive_s=1, unread_s=0.5)"
    log = tmp_path_factory.mktemp("server") / "log"
    with server_process([sys.executable, "-c", SERVER.format(limits=limits)], log) as running:
        yield running


def received(connection: socket.socket) -> bytes:
    """What the server sends until it closes the connection."""
    whole = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            whole += part
    return whole


def answered(connection: socket.socket) -> bytes:
    """The response to GET /healthz."""
    whole = b""
    while not whole.endswith(b"}"):
        part = connection.recv(4096)
        assert part, whole
        whole += part
    return whole


def dripped(connection: socket.socket, byte: bytes) -> bytes:
    """Send a byte now and then until the server closes the connection; return what it sent."""
    deadline = time.monotonic() + PATIENCE_S
    with suppress(ConnectionError):
        while time.monotonic() < deadline:
            connection.sendall(byte)
            time.sleep(0.1)
        pytest.fail("the connection stays open")
    with suppress(ConnectionError):
        return received(connection)
    return b""


def open_page(server: ServerProcess, source: str) -> socket.socket:
    """A connection with a request in progress: the stream that each open chat page holds."""
    connection = server.connect(source)
    connection.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    return connection


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_more_idle_connections_than_descriptors_lock_nobody_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER.format(limits="default_limits()")]
    with server_process(command, tmp_path / "log", descriptors=256) as server, ExitStack() as idle:
        for _ in range(320):
            idle.enter_context(server.connect("127.0.0.2"))
        for source in ("127.0.0.1", "127.0.0.2") * 5:
            assert server.get("/healthz", source) == 200
        time.sleep(2)
        said = server.log.read_text("utf-8")
        assert len(said) < 1000, said[:2000]
        assert "A client has more than 64 connections" in said


def test_a_silent_connection_is_closed(server: ServerProcess) -> None:
    with server.connect() as connection:
        assert received(connection) == b""


def test_headers_that_come_too_slowly_are_not_waited_for(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert b" 408 " in dripped(connection, b"x")


def test_headers_of_a_further_request_have_the_same_deadline(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answered(connection).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert dripped(connection, b"x")[:12] in (b"HTTP/1.1 408", b"")


def test_a_body_that_nobody_reads_does_not_keep_its_connection_open(server: ServerProcess) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        dripped(connection, b"x")


def test_an_idle_connection_is_kept_for_a_while(server: ServerProcess) -> None:
    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answered(connection).startswith(b"HTTP/1.1 200 ")
            time.sleep(0.1)
        assert received(connection) == b""


def test_a_response_that_is_not_read_does_not_keep_its_connection_open(server: ServerProcess) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE_S)
        connection.connect(("127.0.0.1", server.port))
        with suppress(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            pytest.fail("the server reads on although nobody reads its responses")


def test_a_new_connection_of_a_client_with_many_replaces_its_oldest_idle_one(server: ServerProcess) -> None:
    with ExitStack() as stack:
        page = stack.enter_context(open_page(server, "127.0.0.2"))
        idle = [stack.enter_context(server.connect("127.0.0.2")) for _ in range(2)]
        assert server.get("/healthz", "127.0.0.2") == 200
        assert received(idle[0]) == b""
        assert is_open(page)


def test_a_client_with_too_many_requests_in_progress_is_refused_and_no_other(server: ServerProcess) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(open_page(server, "127.0.0.2")) for _ in range(3)]
        with server.connect("127.0.0.2") as connection:
            assert received(connection).startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: ")
        assert server.get("/healthz", "127.0.0.3") == 200
        assert all(map(is_open, pages))


def test_a_proxy_may_have_as_many_as_all_clients_together(server: ServerProcess) -> None:
    with ExitStack() as stack:
        pages = [stack.enter_context(open_page(server, PROXY)) for _ in range(8)]
        for source in (PROXY, "127.0.0.3"):
            with server.connect(source) as connection:
                assert received(connection).startswith(b"HTTP/1.1 503 ")
        assert all(map(is_open, pages))


def test_places_are_free_again_after_all_of_this(server: ServerProcess) -> None:
    for _ in range(20):
        assert server.get("/healthz") == 200
    said = server.log.read_text("utf-8")
    assert "Traceback" not in said
    assert said.count("\n") < 10, said


def test_a_websocket_is_refused_without_a_word_in_the_log(server: ServerProcess) -> None:
    before = server.log.read_text("utf-8")
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13"
    with server.connect() as connection:
        connection.sendall(f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 404 ")
    assert server.log.read_text("utf-8") == before


def test_one_client_cannot_have_all_connections() -> None:
    limits = default_limits()
    assert 1 <= limits.each < limits.most <= MOST_CONNECTIONS
