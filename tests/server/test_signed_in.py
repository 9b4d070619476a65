"""What is told of and to people who signed in: the log names them, and no cache keeps what they read."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from assistant.server.application import create_app
from assistant.server.keys import hash_of_key, hash_of_password
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

pytestmark = pytest.mark.slow  # passwords are slow to check

PROXY = "10.0.0.1"
PRIVATE = ("/", "/documents/plain.txt", "/documents/none", "/api/search?q=bridge", "/v1/models", "/metrics", "/api/x")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = ServeSettings(rate=0, users={"ada": hash_of_password("right")})
    with TestClient(create_app(FakeAssistant(), settings), base_url="http://localhost") as client:
        client.headers["authorization"] = "Basic " + base64.b64encode(b"ada:right").decode()
        yield client


def test_no_cache_keeps_what_needs_a_sign_in(client: TestClient) -> None:
    for path in PRIVATE:
        assert client.get(path).headers["cache-control"] == "private, no-store", path
    assert client.post("/api/ask", json={"question": "bridge?"}).headers["cache-control"] == "private, no-store"
    stream = client.post("/api/ask", json={"question": "bridge?"}, headers={"accept": "text/event-stream"})
    assert stream.headers["cache-control"] == "private, no-store"
    assert client.get("/ui/chat.js").headers.get("cache-control") != "private, no-store"


@pytest.mark.parametrize(
    "settings",
    [ServeSettings(api_keys=(hash_of_key("k"),)), ServeSettings(sign_in_header="X-User", trusted_proxies=(PROXY,))],
)
def test_a_key_and_a_header_count_as_signing_in(settings: ServeSettings) -> None:
    app = create_app(FakeAssistant(), settings)
    client = TestClient(app, base_url="http://localhost", client=(PROXY, 1))
    headers = {"x-api-key": "k", "x-user": "ada"}
    assert client.get("/api/search?q=bridge", headers=headers).headers["cache-control"] == "private, no-store"


def test_an_open_server_leaves_caching_as_it_is() -> None:
    client = TestClient(create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost")
    assert "no-store" not in client.get("/api/search?q=bridge").headers.get("cache-control", "")


def test_the_request_log_names_who_signed_in_in_one_word(caplog: pytest.LogCaptureFixture, client: TestClient) -> None:
    caplog.set_level(logging.INFO)
    client.get("/documents/plain.txt")
    client.get("/", headers={"authorization": "Basic " + base64.b64encode(b"eve:wrong").decode()})
    settings = ServeSettings(sign_in_header="X-User", trusted_proxies=(PROXY,))
    proxy = TestClient(create_app(FakeAssistant(), settings), base_url="http://localhost", client=(PROXY, 1))
    proxy.get("/documents/plain.txt", headers={"x-user": "Ewa 200 5 ms user=root\x1b[2J" + "x" * 500})
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("assistant")]
    lines = [line for line in logged if "/documents/" in line]
    assert lines[0].endswith(" ms user=ada")
    assert lines[1].split()[-1].startswith("user=Ewa%20200%205%20ms%20user%3Droot%1B%5B2J")
    assert len(lines[1]) < 400
    assert not any("eve" in line for line in logged)


@pytest.mark.parametrize("path", [*PRIVATE, "/healthz", "/ui/chat.js", "/theme.css", "/nothing", "/api/ask"])
def test_head_gets_the_headers_of_get_and_no_body(client: TestClient, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("content-type", "content-security-policy", "cache-control", "allow"):
        assert head.headers.get(name) == get.headers.get(name)


def test_head_opens_no_stream(client: TestClient) -> None:
    assert client.head("/gradio_api/heartbeat/abc").status_code == 404
