"""Keys, sign-in and requests a minute."""

from __future__ import annotations

import base64
import logging
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute

from assistant.server.application import create_app
from assistant.server.keys import hash_of_key, hash_of_password, new_key
from assistant.server.middleware.access import Limits
from assistant.server.problem_details import RefusedError
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

pytestmark = pytest.mark.slow  # passwords are slow to check

KEY = new_key()
PASSWORD = "correct horse: battery ü"
EVERYTHING = (
    "/", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x", "/ui/chat.js",
    "/documents/plain.txt", "/api/search?q=x", "/api/openapi.json", "/api/nothing", "/v1/models", "/mcp", "/metrics",
    "/nothing",
)  # fmt: skip
PROXY = "10.0.0.1"


@contextmanager
def client_of(address: str = "192.0.2.7", **settings: Any) -> Iterator[TestClient]:
    """A client at `address` of a server with `settings`."""
    app = create_app(FakeAssistant(), ServeSettings(**settings))
    with TestClient(app, base_url="http://localhost", client=(address, 5000), follow_redirects=False) as client:
        yield client


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def keyed() -> Iterator[TestClient]:
    with client_of(api_keys=(f"crm:{hash_of_key(KEY)}", hash_of_key("other"))) as client:
        yield client


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_of_password(PASSWORD)


@pytest.mark.parametrize("path", ["/api/search?q=x", "/api/openapi.json", "/v1/models", "/mcp", "/api/nothing"])
def test_programs_need_a_key_once_there_is_one(keyed: TestClient, path: str) -> None:
    refused = keyed.get(path)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="assistant"')
    assert "assistant key" in refused.text
    for headers in ({"authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY}"}, {"x-api-key": "other"}):
        assert keyed.get(path, headers=headers).status_code != 401


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {hash_of_key(KEY)}"},
        {"x-api-key": "crm"},
        {"x-api-key": b"\xff\xfe"},
    ],
)
def test_a_wrong_key_is_refused(keyed: TestClient, headers: dict[str, Any]) -> None:
    assert keyed.get("/api/search?q=x", headers=headers).status_code == 401


def test_keys_leave_the_chat_and_the_health_open(keyed: TestClient) -> None:
    assert [keyed.get(path).status_code for path in ("/", "/healthz", "/documents/plain.txt")] == [200, 200, 200]


def test_neither_keys_nor_passwords_nor_questions_are_logged(
    caplog: pytest.LogCaptureFixture, password_hash: str
) -> None:
    caplog.set_level(logging.INFO)
    with client_of(api_keys=(hash_of_key(KEY),), users={"ursula": password_hash}, audit="off") as client:
        client.get("/api/search?q=zebra", headers={"authorization": f"Bearer {KEY}", "x-request-id": "abc-1"})
        client.get("/api/search?q=zebra", headers={"authorization": f"Bearer {KEY}x"})
        client.post("/api/ask", json={"question": "zebra"}, headers={"x-api-key": KEY})
        client.get("/", headers=basic("ursula", PASSWORD))
    own = [record.getMessage() for record in caplog.records if record.name.startswith("assistant")]
    assert any(line.startswith("abc-1 192.0.2.7 GET /api/search 200 ") for line in own)
    assert len(own) == 4
    assert not any(word in " ".join(own) for word in (KEY, "zebra", PASSWORD))


def test_a_client_may_ask_so_often_a_minute_and_another_still_may() -> None:
    with client_of(rate=2) as client:
        answers = [client.get("/api/search?q=x") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].headers["content-type"] == "application/problem+json"
        assert client.get("/v1/models").json()["error"]["code"] == "rate_limit_exceeded"
        assert client.get("/mcp").status_code == 429
        assert client.get("/").status_code == 200
        other = TestClient(client.app, base_url="http://localhost", client=("192.0.2.8", 5000))
        assert other.get("/api/search?q=x").status_code == 200


def is_refused(limits: Limits, client: str) -> bool:
    try:
        limits.check(RateLimitItemPerMinute(1), client, "requests")
    except RefusedError:
        return True
    return False


def test_of_too_many_clients_the_least_recent_is_forgotten() -> None:
    limits = Limits(most_clients=3)
    for client in "abc":
        limits.count(RateLimitItemPerMinute(1), client, "requests")
    with pytest.raises(RefusedError):
        limits.count(RateLimitItemPerMinute(1), "a", "requests")
    limits.count(RateLimitItemPerMinute(1), "d", "requests")
    assert [is_refused(limits, client) for client in "abcd"] == [True, False, True, True]


def test_clients_without_end_do_not_fill_the_memory() -> None:
    limits = Limits(most_clients=10)

    def count(first: int, after: int) -> None:
        for n in range(first, after):
            limits.count(RateLimitItemPerMinute(1), f"client {n}", "requests")

    count(0, 100)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        count(100, 3000)
        assert tracemalloc.get_traced_memory()[0] - before < 100_000
    finally:
        tracemalloc.stop()


def test_one_network_of_ipv6_is_one_client() -> None:
    with client_of("2001:db8::1", rate=1) as client:
        assert client.get("/api/search?q=x").status_code == 200
        for address, status in (
            *(("2001:db8::2", 429), ("2001:db8:0:1::1", 200), ("2001:db8::3%eth0", 429)),
            *(("::ffff:192.0.2.1", 200), ("::ffff:192.0.2.2", 200), ("192.0.2.2", 429)),
        ):
            assert (
                TestClient(client.app, base_url="http://localhost", client=(address, 1))
                .get("/api/search?q=x")
                .status_code
                == status
            )


def test_with_users_everything_but_the_health_needs_a_password(password_hash: str) -> None:
    with client_of(users={"ada": password_hash}) as client:
        for path in EVERYTHING:
            refused = client.get(path)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"].startswith("Basic"), path
        assert client.post("/gradio_api/queue/join", json={}).status_code == 401
        assert client.get("/healthz").status_code == 200
        for path in ("/", "/theme.css", "/documents/plain.txt", "/api/search?q=x", "/v1/models", "/metrics"):
            assert client.get(path, headers=basic("ada", PASSWORD)).status_code == 200, path
        assert client.get("/", headers=basic("ada", PASSWORD + "x")).status_code == 401
        assert client.get("/", headers=basic("eve", PASSWORD)).status_code == 401
        for header in ("Basic", "Basic !!", "Basic /w==", "Bearer x", "Basic " + "A" * 4000):
            assert client.get("/", headers={"authorization": header}).status_code == 401


def test_whoever_guesses_passwords_is_stopped_also_with_the_right_one(password_hash: str) -> None:
    with client_of(users={"ada": password_hash}) as client:
        tries = [client.get("/", headers=basic("ada", f"guess {n}")).status_code for n in range(11)]
        assert tries == [401] * 10 + [429]
        right = client.get("/", headers=basic("ada", PASSWORD))
        assert right.status_code == 429
        assert int(right.headers["retry-after"]) >= 1
        other = TestClient(client.app, base_url="http://localhost", client=("192.0.2.8", 1))
        assert other.get("/", headers=basic("ada", PASSWORD)).status_code == 200


def test_a_key_is_enough_for_programs_where_people_sign_in(password_hash: str) -> None:
    with client_of(users={"ada": password_hash}, api_keys=(hash_of_key(KEY),)) as client:
        assert client.get("/v1/models", headers={"x-api-key": KEY}).status_code == 200
        assert client.get("/v1/models", headers=basic("ada", PASSWORD)).status_code == 401
        assert client.get("/", headers={"x-api-key": KEY}).status_code == 401


def test_the_sign_in_header_is_believed_from_the_proxy_alone() -> None:
    settings: Any = {"sign_in_header": "X-Remote-User", "trusted_proxies": (PROXY,)}
    said = {"x-remote-user": "ada"}
    with client_of(PROXY, **settings) as client:
        assert client.get("/", headers=said).status_code == 200
        assert client.get("/", headers={"x-remote-user": " "}).status_code == 401
        for path in EVERYTHING:
            assert client.get(path).status_code == 401, path
        assert client.get("/readyz").status_code != 401
        stranger = TestClient(client.app, base_url="http://localhost", client=("10.0.0.2", 1))
        assert stranger.get("/", headers=said).status_code == 401


def test_a_refusal_can_be_read_by_a_listed_site() -> None:
    origin = "https://intranet.example"
    with client_of(origins=(origin,), api_keys=(hash_of_key(KEY),)) as client:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        asked |= {"access-control-request-headers": "authorization,content-type"}
        assert client.options("/api/ask", headers=asked).status_code == 200
        refused = client.post("/api/ask", json={"question": "x"}, headers={"origin": origin})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
