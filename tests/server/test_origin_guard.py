"""Under which names the server answers, and from which sites it takes requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.server.application import create_app
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

WIDGET = "https://intranet.example"
PROXY = "10.0.0.1"
PATHS = (
    "/", "/documents/plain.txt", "/api/search?q=x", "/v1/models", "/ui/chat.js", "/healthz", "/readyz", "/metrics",
    "/theme.css", "/gradio_api/app_id", "/chat/suggestions?token=x", "/api/openapi.json", "/nothing",
)  # fmt: skip
POSTS = (
    "/api/ask", "/v1/chat/completions", "/mcp", "/chat/feedback", "/gradio_api/queue/join", "/gradio_api/run/predict",
    "/nothing",
)  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = ServeSettings(
        rate=0, hosts=("assistant.example", "named.example:8443"), origins=(WIDGET,), trusted_proxies=(PROXY,)
    )
    with TestClient(create_app(FakeAssistant(), settings), base_url="http://localhost:7860") as client:
        yield client


def status(client: TestClient, host: str, path: str = "/healthz", **headers: str) -> int:
    return int(client.get(path, headers={"host": host} | headers).status_code)


@pytest.mark.parametrize("path", PATHS)
def test_under_a_foreign_name_nothing_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"host": "rebound.example:7860"})
    assert answer.status_code == 421
    assert "serve.hosts" in answer.text
    assert "rebound" not in answer.text
    assert status(client, "assistant.example", path) != 421


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:7860", "localhost.:1", "127.0.0.1:7860", "127.8.8.8", "[::1]", "[::1]:7860",
     "assistant.example", "Assistant.example:8443", "named.example:8443", "named.example"],
)  # fmt: skip
def test_its_own_names_are_known(client: TestClient, host: str) -> None:
    assert status(client, host) == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "assistant.example.evil.example", "evil.example:127.0.0.1",
     "127.0.0.1.evil.example", "192.0.2.1", "[2001:db8::1]:80", "localhost@evil.example",
     "localhost:1:2", "2130706433", "0x7f.1", "[::ffff:192.0.2.1]"],
)  # fmt: skip
def test_others_are_not(client: TestClient, host: str) -> None:
    assert status(client, host) == 421


def test_a_trusted_proxy_says_under_which_name_it_was_asked(client: TestClient) -> None:
    proxy = TestClient(client.app, base_url="http://localhost", client=(PROXY, 1))
    assert status(proxy, "internal:7860", **{"x-forwarded-host": "public.example"}) == 200
    assert status(client, "internal:7860", **{"x-forwarded-host": "localhost"}) == 421
    headers = {"x-forwarded-host": "public.example", "x-forwarded-proto": "https", "origin": "https://public.example"}
    assert proxy.post("/api/ask", json={"question": "bridge?"}, headers=headers).status_code == 200
    headers["origin"] = "https://evil.example"
    assert proxy.post("/api/ask", json={"question": "bridge?"}, headers=headers).status_code == 403


def test_on_all_addresses_of_a_machine_any_address_is_known_but_no_name() -> None:
    for host in ("0.0.0.0", "::"):
        client = TestClient(create_app(FakeAssistant(), ServeSettings(host=host)))
        assert [status(client, name) for name in ("192.0.2.1:7860", "[2001:db8::1]", "localhost")] == [200] * 3
        assert status(client, "rebound.example") == 421


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://localhost:9999"},
        {"origin": "http://127.0.0.1:7860"},
        {"origin": "http://localhost:7860.evil.example"},
        {"origin": "http://localhost:7860@evil.example"},
        {"origin": f"{WIDGET}.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:7860", "sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
def test_requests_of_other_sites_are_refused_before_any_route(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, json={"question": "bridge?"}, headers=headers)
    assert answer.status_code == 403
    assert "serve.origins" in answer.text
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:7860"},
        {"origin": "http://LOCALHOST:7860", "sec-fetch-site": "same-origin"},
        {"origin": "https://localhost:7860"},
        {"origin": WIDGET, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_its_own_pages_listed_sites_and_programs_may_ask(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/ask", json={"question": "bridge?"}, headers=headers).status_code == 200


def test_the_default_port_may_be_left_out() -> None:
    with TestClient(create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost") as client:
        for origin in ("http://localhost", "http://localhost:80", "https://localhost", "https://localhost:443"):
            answer = client.post("/api/ask", json={"question": "bridge?"}, headers={"origin": origin})
            assert answer.status_code == 200, origin


def test_links_from_other_sites_still_lead_here(client: TestClient) -> None:
    headers: Any = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    for path in ("/", "/documents/plain.txt"):
        assert client.get(path, headers=headers).status_code == 200
