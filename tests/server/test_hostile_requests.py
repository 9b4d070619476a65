"""Requests that mean no good, or no sense: each gets a 4xx with a hint, none a 500."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import Message

from assistant.server.application import create_app
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant
from tests.served import served

STRANGE = (
    "\0",
    "\x1b[2J",
    "\u202e\u2066evil\u2069",
    "\ud800",
    "\ufdd0",
    "\u0000'; DROP TABLE--",
    "a" * 2000,
    "\r\n\r\nx",
)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(FakeAssistant(), ServeSettings(rate=0))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def assert_said(response: Any, *statuses: int) -> None:
    """It is refused in words, and repeats nothing that could steer who reads it."""
    assert response.status_code in statuses, response.text
    assert response.json()["hint"] if "hint" in response.json() else response.json()["error"]["message"]
    assert response.headers["x-request-id"]
    assert not any(char in response.text for char in "\0\x1b\u202e")


BODIES = [
    b"", b"null", b"5", b'"x"', b"[" * 100_000, b'{"question": ', b"\xff\xfe", b'{"question": "\xff"}', b"{}",
    b'{"question": null}', b'{"question": ["x"]}', b'{"question": {"a": 1}}', b'{"question": "x", "k": 1e400}',
    b'{"question": "x", "k": true}', b'{"question": "x", "k": "8"}', b'{"question": "x", "k": -1}',
    b'{"question": "x", "history": "y"}', b'{"question": "x", "history": [[]]}', b'{"question": "x", "__proto__": 1}',
    b'{"question": "x", "\\u202e\\u0000\\u001b[2J": 1}',
    b'{"question": "x", "k": ' + b"9" * 5000 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:40]))
@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions"])
def test_a_body_that_is_no_request_is_refused(client: TestClient, path: str, body: bytes) -> None:
    response = client.post(path, content=body, headers={"content-type": "application/json"})
    assert_said(response, 400, 422)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_what_another_site_could_send_without_being_asked_is_refused(client: TestClient, kind: str) -> None:
    response = client.post("/api/ask", content=b'{"question": "bridge?"}', headers={"content-type": kind})
    assert_said(response, 400, 422)


@pytest.mark.parametrize("question", STRANGE)
def test_strange_characters_are_read_or_refused_and_never_break_anything(client: TestClient, question: str) -> None:
    body = json.dumps({"question": question, "history": [{"role": "user", "content": question}]})
    for accept in ("application/json", "text/event-stream"):
        headers = {"content-type": "application/json", "accept": accept}
        assert client.post("/api/ask", content=body, headers=headers).status_code in (200, 422)
    assert client.get("/api/search", params={"q": question.encode("utf-8", "replace")}).status_code in (200, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/documents/../../etc/passwd", "/documents/%2e%2e/%2e%2e/etc/passwd", "/documents/..%5c..%5cwindows",
        "/documents/%00", "/documents/plain.txt%00", "/documents/%ff%fe", "/documents/%2Fetc%2Fpasswd",
        "/documents/plain.txt/", "/documents/PLAIN.TXT", "/documents/%E2%80%AEtxt", "/documents/" + "a" * 5000,
        "/documents/", "/ui/../api.py", "/ui/%2e%2e/api.py", "/ui/..%2f..%2fsettings.py", "/api/../etc/passwd",
        "//evil.example/api/ask", "/api//ask", "/api/ask/", "/v1/models/..%2f..", "/mcp/",
    ],
)  # fmt: skip
def test_tricks_with_paths_lead_nowhere(client: TestClient, path: str) -> None:
    response = client.get(path, follow_redirects=False)
    assert response.status_code in (307, 404, 405)
    assert "root:" not in response.text
    assert "evil" not in response.headers.get("location", "")


@pytest.mark.parametrize(
    "query", ["start=-1&end=5", "start=5&end=1", "start=0&end=99999999999999999999", "start=0x1&end=5",
              "start=%00&end=٣",
              "start=1&start=2&end=3&end=4", "end=1", "start=1e3&end=2000", "lang=%00%1b"],
)  # fmt: skip
def test_offsets_that_are_none_mark_nothing(client: TestClient, query: str) -> None:
    response = client.get(f"/documents/plain.txt?{query}")
    assert response.status_code == 200
    assert query.startswith("start=1&start=2") or "<mark" not in response.text


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "file://", "\x7f"])
def test_a_foreign_origin_is_given_nothing(client: TestClient, origin: str) -> None:
    for response in (
        client.post("/api/ask", json={"question": "bridge?"}, headers={"origin": origin}),
        client.options("/api/ask", headers={"origin": origin, "access-control-request-method": "POST"}),
    ):
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("said", ["", "x" * 65, "a b", "a\tb", 'a"b', b"\xc3\xbc", "../x"])
def test_a_request_id_that_is_none_is_replaced(client: TestClient, said: Any) -> None:
    given = client.get("/healthz", headers={"x-request-id": said}).headers["x-request-id"]
    assert given != said
    assert len(given) == 32
    assert client.get("/healthz", headers={"x-request-id": "crm-42.a_B"}).headers["x-request-id"] == "crm-42.a_B"


MCP = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": %s}'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        *((body, "error") for body in (b"", b"{", b"null", b"[]", b"\xff", b"[" * 100_000, MCP % b"5")),
        (MCP % b'{"name": "drop"}', "There is no tool 'drop'"),
        (MCP % b'{"name": "ask", "arguments": {"question": 5}}', "question: Input should be a valid string"),
        (MCP % b'{"name": "ask", "arguments": {"question": "x", "\\u202e\\u0000y": 1}}', "y: Extra inputs"),
        (MCP % b'{"name": "ask", "arguments": {"question": "crash"}}', "Something went wrong on the server"),
        (MCP % b'{"name": "search", "arguments": {"query": " "}}', "The question is empty"),
    ],
)
def test_a_tool_that_is_called_wrongly_says_so(client: TestClient, body: bytes, said: str) -> None:
    headers = {"content-type": "application/json", "accept": "application/json", "host": "localhost"}
    response = client.post("/mcp", content=body, headers=headers)
    assert response.status_code == (400 if said == "error" else 200)
    assert said in response.text
    assert not any(word in response.text for word in ("secret", "\u202e", "\\u0000"))


@pytest.mark.parametrize("length", ["-1", "x", "99999999999", "1, 1", "٣"])
def test_a_length_that_cannot_be_is_refused(client: TestClient, length: str) -> None:
    headers: Any = {"content-length": length.encode(), "content-type": "application/json"}
    assert client.post("/api/ask", content=b"{}", headers=headers).status_code == 413


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/api/ask", "/mcp", "/v1/chat/completions", "/chat/feedback"])
def test_a_body_that_does_not_end_is_not_waited_for(path: str) -> None:
    with served(create_app(FakeAssistant(), ServeSettings(rate=0), body_s=0.2)) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Accept: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
            said = b"".join(iter(lambda: connection.recv(4096), b""))  # until the server hangs up
    assert said.startswith(b"HTTP/1.1 408 "), said
    assert b"did not arrive" in said


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/api/ask", "/mcp", "/v1/chat/completions"])
def test_another_method_is_told_which_one_to_use(client: TestClient, path: str, method: str) -> None:
    response = client.request(method, path)
    assert_said(response, 405)
    assert response.headers["allow"] == "POST"


def test_nothing_is_upgraded_to_a_websocket(client: TestClient) -> None:
    sent = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/gradio_api/queue/join", "headers": [], "query_string": b""}

    async def connect() -> None:
        await client.app(scope, receive, send)

    asyncio.run(connect())
    assert sent == ["websocket.close"]


@pytest.mark.slow
def test_every_endpoint_does_what_its_description_says() -> None:
    with served(create_app(FakeAssistant(), ServeSettings(rate=0))) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        for operation in operations:
            for mode in GenerationMode:

                @given(case=operation.as_strategy(generation_mode=mode))
                @settings(
                    max_examples=15, phases=[Phase.generate], derandomize=True, suppress_health_check=list(HealthCheck)
                )
                def check(case: schemathesis.Case[Any]) -> None:
                    # That one message must be the user's, and hold text, stands in no schema.
                    unsaid: Any = [positive_data_acceptance] if case.path == "/v1/chat/completions" else []
                    case.call_and_validate(excluded_checks=unsaid)

                with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                    check()  # where any text is right, nothing wrong can be said
    assert len(operations) > 6
