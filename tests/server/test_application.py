"""The routes of our own, over an assistant in memory."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from assistant.errors import ServeError
from assistant.filter import Filter
from assistant.server.application import create_app, serve
from assistant.server.middleware.guard import MAX_BODY_BYTES
from assistant.settings import ServeSettings
from tests.fake_assistant import HOSTILE, PLAIN, FakeAssistant, Reader


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(
        create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        deadline = time.monotonic() + 10
        while client.get("/readyz").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        yield client


def assert_problem(response: Any, status: int) -> str:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["hint"]
    return str(body["detail"])


def test_every_endpoint_and_response_is_described_in_sentences(client: TestClient) -> None:
    for path, operations in client.get("/api/openapi.json").json()["paths"].items():
        for operation in operations.values():
            texts = [operation["description"], *(r["description"] for r in operation["responses"].values())]
            assert operation["summary"].count(" ") >= 2, path
            assert [text for text in texts if not text.endswith(".") or text.count(" ") < 2] == [], path


def test_making_the_application_leaves_no_event_loop_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.AbstractEventLoop] = []
    new_event_loop = asyncio.new_event_loop

    def recorded() -> asyncio.AbstractEventLoop:
        made.append(new_event_loop())
        return made[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", recorded)
    create_app(FakeAssistant(), ServeSettings())
    assert [loop for loop in made if not loop.is_closed()] == []


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    index = {"status": "ready", "documents": 2, "chunks": 7, "generation": 3}
    assert ready.json() == index | {"answerer": "extractive", "model": None, "model_failure": None}


@pytest.mark.parametrize(("failure", "answerer"), [(None, "model"), ("unreachable", "extractive")])
def test_readiness_tells_whether_the_model_answers(failure: str | None, answerer: str) -> None:
    assistant = FakeAssistant()
    assistant.model, assistant.model_failure = "m", failure
    with TestClient(create_app(assistant, ServeSettings()), base_url="http://localhost") as client:
        deadline = time.monotonic() + 10
        while (ready := client.get("/readyz")).status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert (ready.json()["answerer"], ready.json()["model_failure"]) == (answerer, failure)


def test_it_is_not_ready_before_a_first_search_succeeded() -> None:
    class Broken(FakeAssistant):
        def search(self, query: str, *, only: Filter | None = None, k: int | None = None) -> tuple[()]:
            raise RuntimeError(f"no encoder for {query!r}, {only}, {k}")

    with TestClient(create_app(Broken(), ServeSettings()), base_url="http://localhost") as client:
        assert_problem(client.get("/readyz"), 503)
        assert client.get("/healthz").status_code == 200


def test_a_question_is_answered_with_its_history(client: TestClient) -> None:
    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    response = client.post("/api/ask", json={"question": "bridge?", "history": history, "k": 1})
    assert response.json()["kind"] == "answer"
    assert response.json()["citations"][0]["quote"] == "The bridge opened in 1998."


def test_search(client: TestClient) -> None:
    reply = client.get("/api/search", params={"q": "bridge", "k": 1}).json()
    assert reply["query"] == "bridge"
    assert [hit["doc_id"] for hit in reply["hits"]] == ["plain.txt"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"question": 5}', 422),
        (b'{"question": "x", "k": 0}', 422),
        (b'{"question": "x", "other": 1}', 422),
        (b'{"question": "x", "history": [{"role": "system", "content": "y"}]}', 422),
        (b'{"question": " "}', 422),
        (b'{"question": "crash"}', 500),
        (b'{"question": "' + b"x" * 3000 + b'"}', 422),
        (b'{"question": "' + b"x" * MAX_BODY_BYTES + b'"}', 413),
    ],
)
def test_bad_requests_get_a_problem_in_words(client: TestClient, body: bytes, status: int) -> None:
    response = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert "secret" not in assert_problem(response, status)


def test_a_body_of_unannounced_length_is_limited_too(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b'{"question": "'] + [b"x" * 65536] * 10

    response = client.post("/api/ask", content=chunks(), headers={"content-type": "application/json"})
    assert_problem(response, 413)


def test_search_without_a_query_is_a_problem(client: TestClient) -> None:
    assert_problem(client.get("/api/search"), 422)
    assert_problem(client.get("/api/search", params={"q": " "}), 422)
    assert_problem(client.get("/api/search", params={"q": "x", "k": "many"}), 422)


def test_the_document_page_marks_the_quote_under_a_strict_policy(client: TestClient) -> None:
    response = client.get("/documents/plain.txt", params={"start": 11, "end": 21})
    assert Reader(response.text).marks == [PLAIN.text[11:21]]
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_document_page_with_bad_offsets_says_so_and_marks_nothing(client: TestClient) -> None:
    response = client.get("/documents/plain.txt?start=9&end=x")
    assert response.status_code == 200
    assert not Reader(response.text).marks
    assert "nothing is marked" in response.text


def test_an_id_with_slashes_and_signs_has_its_page(client: TestClient) -> None:
    response = client.get("/documents/hostile/%3Cb%3E.html", headers={"accept-language": "pl"})
    assert HOSTILE.text in Reader(response.text).text
    assert '<html lang="pl">' in response.text


def test_an_unknown_document_is_a_page_with_a_way_back(client: TestClient) -> None:
    response = client.get("/documents/../etc/passwd")
    assert response.status_code == 404
    response = client.get("/documents/%3Cscript%3E")
    assert response.status_code == 404
    assert "/" in Reader(response.text).links
    assert "&lt;" not in response.text, "the id is not repeated"


def test_the_chat_page_is_served_without_its_open_doors(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    upload = client.post("/gradio_api/upload", files={"files": b"x"})
    assert upload.status_code == 404
    assert client.get("/gradio_api/info").status_code == 404, "POST /api/ask is the interface"
    config = json.loads(page.text.split("window.gradio_config = ")[1].split(";</script>")[0])
    assert not config.get("footer_links")


def test_a_foreign_origin_gets_no_permission(client: TestClient) -> None:
    for path in ("/", "/api/search?q=x", "/config"):
        response = client.get(path, headers={"origin": "https://evil.example", "host": "intranet.example"})
        assert "access-control-allow-origin" not in response.headers


def test_a_listed_origin_may_embed_the_chat_and_read_replies_but_gets_no_credentials() -> None:
    listed, foreign = "https://intranet.example", "https://intranet.example.evil.example"
    with TestClient(
        create_app(FakeAssistant(), ServeSettings(origins=(listed,))), base_url="http://localhost"
    ) as client:
        policy = client.get("/").headers["content-security-policy"]
        assert policy.endswith(f"frame-ancestors 'self' {listed}")
        for origin, allowed in ((listed, listed), (foreign, None), ("null", None)):
            headers = client.post("/api/ask", json={"question": "bridge?"}, headers={"origin": origin}).headers
            assert headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in headers
            asked = {"origin": origin, "access-control-request-method": "POST"}
            preflight = client.options("/api/ask", headers=asked | {"access-control-request-headers": "content-type"})
            assert preflight.headers.get("access-control-allow-origin") == allowed


def test_no_interactive_pages_that_load_scripts_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert "/api/ask" in client.get("/api/openapi.json").json()["paths"]


def test_a_port_in_use_is_an_error_with_a_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=str(port)) as raised:
            serve(FakeAssistant(), ServeSettings(port=port), print)
    assert "--port" in raised.value.hint


def test_an_unknown_host_is_an_error_with_a_hint() -> None:
    with pytest.raises(ServeError, match="no-such-host"):
        serve(FakeAssistant(), ServeSettings(host="no-such-host.invalid"), print)


SERVER = """
from assistant.server.application import serve
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant
serve(FakeAssistant(), ServeSettings(port=0), lambda address: print(address, flush=True))
"""


@pytest.mark.slow
def test_serving_announces_its_address_and_ends_quietly_with_a_page_open() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        try:
            with httpx.stream("GET", f"{address}/gradio_api/heartbeat/abc", timeout=10) as stream:
                assert stream.status_code == 200
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, output, errors) == (0, "", "")
