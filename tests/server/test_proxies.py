"""Which address a request came from, and under which it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from assistant.server.application import create_app
from assistant.server.middleware.proxies import Proxies
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

PROXY = "10.0.0.1"
FORGED = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-prefix": "/evil",
    "x-gradio-server": "https://evil.example",
    "forwarded": "for=203.0.113.9;host=evil.example",
}


async def mirror(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    assert request.client
    seen = {"client": request.client.host, "url": str(request.url), "root": scope.get("root_path", "")}
    await JSONResponse(seen | {"headers": sorted(request.headers)})(scope, receive, send)


def seen(client: str, headers: Any, path: str = "/api/ask", **settings: Any) -> dict[str, Any]:
    """What the app behind the middleware sees of a request."""
    app = Proxies(mirror, **{"trusted": (PROXY, "fd00::/8")} | settings)
    got: dict[str, Any] = TestClient(app, client=(client, 1)).get(path, headers=headers).json()
    return got


def test_nobody_else_is_believed() -> None:
    assert seen("10.0.0.2", FORGED) == seen("10.0.0.2", {})
    assert seen("10.0.0.2", FORGED)["client"] == "10.0.0.2"
    assert not any("forwarded" in name or "gradio" in name for name in seen("10.0.0.2", FORGED)["headers"])


def test_a_trusted_proxy_is_believed() -> None:
    told = seen(PROXY, FORGED)
    assert (told["client"], told["root"]) == ("203.0.113.9", "/evil")
    assert told["url"] == "https://evil.example/evil/api/ask"


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("203.0.113.9,fd00::7", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1"),
        ("", PROXY),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.9, 10.0.0.1:80", "203.0.113.9"),
        ("unknown", PROXY),
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9, garbage, fd00::7", "fd00::7"),
        ("203.0.113.256:1", PROXY),
        ("[2001:db8::1", PROXY),
        ("203.0.113.9:999999", PROXY),
        ("2001:db8::1:x\x7f", PROXY),
        (", ,", PROXY),
    ],
)
def test_the_client_is_the_last_hop_that_is_no_proxy(hops: str, client: str) -> None:
    assert seen(PROXY, {"x-forwarded-for": hops})["client"] == client


def test_a_line_that_the_client_added_before_the_proxys_does_not_count() -> None:
    lines = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")]
    assert seen(PROXY, lines)["client"] == "203.0.113.9"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-proto": "javascript"},
        {"x-forwarded-host": "a b/<script>"},
        {"x-forwarded-prefix": "//evil.example"},
        {"x-forwarded-prefix": "/a/../b"},
    ],
)
def test_what_cannot_be_is_not_believed_of_a_proxy_either(headers: dict[str, str]) -> None:
    assert seen(PROXY, headers) == seen(PROXY, {})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/ask", "/docs/api/ask"),
        ("/docs/api/ask", "/docs/api/ask"),
        ("/docsx", "/docs/docsx"),
        ("/", "/docs/"),
    ],
)
def test_a_prefix_may_be_stripped_or_kept(path: str, found: str) -> None:
    told = seen("192.0.2.1", {}, path, root_path="/docs")
    assert (told["url"], told["root"]) == (f"http://testserver{found}", "/docs")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = ServeSettings(rate=1, trusted_proxies=(PROXY,))
    with TestClient(
        create_app(FakeAssistant(), settings), base_url="http://localhost", client=("192.0.2.1", 1)
    ) as client:
        yield client


def root_of(page: str) -> str:
    """Where the chat's script looks for everything."""
    return str(json.loads(page.split("window.gradio_config = ")[1].split(";</script>")[0])["root"])


def test_the_chat_is_where_a_trusted_proxy_says_and_forged_headers_do_not_move_it(client: TestClient) -> None:
    page = client.get("/", headers=FORGED).text
    assert root_of(page) == "http://localhost"
    assert "evil.example" not in page
    proxy = TestClient(client.app, base_url="http://localhost", client=(PROXY, 1))
    assert root_of(proxy.get("/", headers=FORGED).text) == "https://evil.example/evil"


def test_forged_headers_do_not_get_round_the_limit(client: TestClient) -> None:
    def ask(address: str, forwarded: str) -> int:
        asking = TestClient(client.app, base_url="http://localhost", client=(address, 1))
        return asking.get("/api/search?q=x", headers={"x-forwarded-for": forwarded}).status_code

    assert [ask("192.0.2.2", f"198.51.100.{n}") for n in range(2)] == [200, 429]
    assert [ask(PROXY, f"198.51.100.{n}") for n in range(2)] == [200, 200]
    assert ask(PROXY, "203.0.113.1, 198.51.100.1") == 429
