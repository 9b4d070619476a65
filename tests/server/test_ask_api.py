"""POST /api/ask as events, and what becomes of the work when its reader leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from assistant.filter import Filter
from assistant.records import ChatMessage, Progress
from assistant.server.application import create_app
from assistant.settings import ServeSettings
from tests.fake_assistant import HOSTILE, PLAIN, FakeAssistant
from tests.served import served

EVENTS = {"accept": "text/event-stream"}


class Slow(FakeAssistant):
    """Finds at once, breaks or waits as the question says, and tells when it was left."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.left = threading.Event()

    def stream(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]:
        try:
            for step in super().stream(question, history=history, only=only, k=k, page_language=page_language):
                yield step
                if "break" in question:
                    raise RuntimeError("secret of the inside")
                while "wait" in question and not self.go_on.wait(0.05):
                    yield step
        finally:
            self.left.set()


@pytest.fixture(scope="module")
def slow() -> Slow:
    return Slow()


@pytest.fixture(scope="module")
def client(slow: Slow) -> Iterator[TestClient]:
    with TestClient(
        create_app(slow, ServeSettings(rate=0)), base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture
def address(slow: Slow) -> Iterator[str]:
    slow.left.clear()
    with served(create_app(slow, ServeSettings(), pause_s=0.01)) as where:
        yield where


def events(response: Any) -> list[tuple[str, Any]]:
    """Name and data of each event."""
    blocks = [block.split("\n") for block in response.text.split("\n\n") if block and not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_what_a_model_writes_comes_in_pieces_before_the_reply(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "written?"}, headers=EVENTS)
    named = events(response)
    assert [name for name, _ in named] == ["passages", "draft", "draft", "reply"]
    assert "".join(data["text"] for name, data in named if name == "draft") == "The bridge <b>opened in 1998."
    assert named[-1][1]["verification"]["unsupported"] == 1
    assert (response.headers["x-accel-buffering"], response.headers["cache-control"]) == ("no", "no-store")


def test_an_abstention_comes_without_a_draft(client: TestClient) -> None:
    named = events(client.post("/api/ask", json={"question": "weather?"}, headers=EVENTS))
    assert [name for name, _ in named] == ["passages", "reply"]
    assert named[1][1]["kind"] == "abstention"


def test_what_fails_before_anything_is_found_has_its_status(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": " "}, headers=EVENTS)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")


def test_what_fails_later_is_an_event_that_names_the_request(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "break"}, headers=EVENTS)
    name, data = events(response)[-1]
    assert (name, data["status"], data["request_id"]) == ("error", 500, response.headers["x-request-id"])
    assert "secret" not in response.text


def test_there_is_a_sign_of_life_while_nothing_comes(address: str, slow: Slow) -> None:
    slow.go_on.clear()
    with httpx.stream("POST", f"{address}/api/ask", json={"question": "wait"}, headers=EVENTS) as response:
        for line in response.iter_lines():
            if line.startswith(": "):
                slow.go_on.set()
    assert slow.go_on.is_set()


def test_a_reader_that_leaves_ends_the_work(address: str, slow: Slow) -> None:
    slow.go_on.clear()
    with httpx.stream("POST", f"{address}/api/ask", json={"question": "wait"}, headers=EVENTS) as response:
        assert next(response.iter_lines()) == "event: passages"
        assert not slow.left.is_set()
    assert slow.left.wait(10)


def test_a_caller_without_events_that_leaves_ends_the_work_too(address: str, slow: Slow) -> None:
    slow.go_on.clear()
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/api/ask", json={"question": "wait"}, timeout=0.3)
    assert slow.left.wait(10)


def test_only_some_documents_are_searched(client: TestClient) -> None:
    def found(**chosen: object) -> list[str]:
        reply = client.post("/api/ask", json={"question": "bridge?", "filter": chosen}).json()
        return [hit["doc_id"] for hit in reply["hits"]]

    assert found() == [PLAIN.doc_id, HOSTILE.doc_id]
    assert found(languages=["en"]) == found(sites=["example.org"]) == found(since="2024-05-06") == [PLAIN.doc_id]
    assert found(until="2024-05-05") == []
    wrong = client.post("/api/ask", json={"question": "bridge?", "filter": {"since": "yesterday"}})
    assert wrong.status_code == 422
    assert "'yesterday' is no date" in wrong.json()["detail"]
