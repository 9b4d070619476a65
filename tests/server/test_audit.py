"""What visitors ask and see is in the audit log, whichever way they come in."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.chat.conversation import Chat, serialise
from assistant.html.strings import ENGLISH
from assistant.server.application import create_app
from assistant.server.audit import Visitor
from assistant.server.keys import hash_of_key
from assistant.server.routes.openai_api import MODEL
from assistant.settings import ServeSettings
from assistant.storage.audit_log import AuditLog, read_audit_log
from tests.fake_assistant import PLAIN, FakeAssistant
from tests.served import served
from tests.server.test_gradio_guard import ask_id, gradio_of, join, wait_until

PROXY = "10.0.0.1"
TOOL_CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def assistant(tmp_path: Path) -> FakeAssistant:
    assistant = FakeAssistant()
    assistant.store = tmp_path
    return assistant


def events(store: Path) -> list[dict[str, Any]]:
    return [{name: value for name, value in event.items() if name != "at"} for event in read_audit_log(store)]


def test_each_way_in_is_recorded_with_who_came(assistant: FakeAssistant) -> None:
    settings = ServeSettings(
        sign_in_header="X-User", trusted_proxies=(PROXY,), api_keys=(f"crm:{hash_of_key('secret')}",)
    )
    key, ursula = {"x-api-key": "secret"}, {"x-user": "ursula@example.org", "x-forwarded-for": "192.0.2.9"}
    app = create_app(assistant, settings)
    with TestClient(app, base_url="http://localhost", client=(PROXY, 5000)) as client:
        client.post("/api/ask", json={"question": "bridge?"}, headers=key)
        client.post("/api/ask", json={"question": "weather?"}, headers=key | {"accept": "text/event-stream"})
        client.get("/api/search?q=bridge&k=1", headers=key)
        message = {"role": "user", "content": "bridge?"}
        client.post("/v1/chat/completions", json={"model": MODEL, "messages": [message]}, headers=key)
        for tool in (
            {"name": "ask", "arguments": {"question": "bridge?"}},
            {"name": "search", "arguments": {"query": "b"}},
        ):
            assert client.post("/mcp", json=TOOL_CALL | {"params": tool}, headers=key | ACCEPT).status_code == 200
        client.get(f"/documents/{PLAIN.doc_id}", headers=ursula)
        client.get("/documents/none", headers=ursula)
    found = events(assistant.store)
    assert [(event["event"], event["through"], event["user"]) for event in found] == [
        ("asked", "api", "key:crm"),
        ("asked", "api", "key:crm"),
        ("searched", "api", "key:crm"),
        ("asked", "openai", "key:crm"),
        ("asked", "mcp", "key:crm"),
        ("searched", "mcp", "key:crm"),
        ("opened", "page", "ursula@example.org"),
    ]
    assert (found[0]["outcome"], found[0]["cited"]) == ("answered", [PLAIN.doc_id])
    assert (found[1]["outcome"], found[1]["cited"]) == ("abstained", [])
    assert set(found[0]["retrieved"]) >= {PLAIN.doc_id}
    assert len(found[2]["retrieved"]) == 1
    assert (found[6]["documents"], found[6]["client"]) == ([PLAIN.doc_id], "192.0.2.9")


def test_the_chat_is_recorded_with_the_client_that_asked(assistant: FakeAssistant) -> None:
    app = create_app(assistant, ServeSettings())
    with served(app) as address:
        join(address, ask_id(gradio_of(app)), "a")
        wait_until(lambda: bool(events(assistant.store)))
    (asked,) = events(assistant.store)
    assert (asked["event"], asked["through"], asked["client"]) == ("asked", "chat", "127.0.0.1")
    assert asked["cited"] == [PLAIN.doc_id]


def test_quotes_that_a_stored_conversation_shows_again_are_recorded(assistant: FakeAssistant) -> None:
    chat = Chat(assistant, lambda _exchange, _history: "")
    visitor = Visitor(AuditLog(assistant.store, months=1), {"user": "ursula"}, words=False)
    *_, last = chat.ask("bridge?", (), ENGLISH, visitor)
    chat.reopen(serialise(last.conversation), ENGLISH, visitor)
    chat.reopen("", ENGLISH, visitor)
    assert [event["event"] for event in events(assistant.store)] == ["asked", "reopened"]
    assert events(assistant.store)[1]["documents"] == [PLAIN.doc_id]


def test_a_question_that_is_left_is_recorded_too(assistant: FakeAssistant) -> None:
    visitor = Visitor(AuditLog(assistant.store, months=1), {}, words=False)
    steps = visitor.asked("bridge?", assistant.stream("bridge?"))
    next(steps)
    steps.close()
    (left,) = events(assistant.store)
    assert left["outcome"] == "unfinished"
    assert left["retrieved"], "the passages were sent before"


@pytest.mark.parametrize("audit", ["off", "documents", "questions"])
def test_words_of_questions_are_recorded_only_when_switched_on(assistant: FakeAssistant, audit: str) -> None:
    with TestClient(create_app(assistant, ServeSettings(audit=audit)), base_url="http://localhost") as client:
        client.post("/api/ask", json={"question": "bridge zebra?"})
        client.get("/api/search?q=zebra")
    said = "".join(path.read_text("utf-8") for path in assistant.store.rglob("*.jsonl"))
    assert said.count("zebra") == (2 if audit == "questions" else 0)
    assert bool(said) == (audit != "off")


def test_ratings_are_recorded(assistant: FakeAssistant) -> None:
    with TestClient(create_app(assistant, ServeSettings()), base_url="http://localhost") as client:
        assert client.post("/chat/feedback", json={"token": "x", "rating": "up"}).status_code == 404
    assert events(assistant.store) == [], "nothing was rated"


def test_a_question_is_answered_although_the_log_cannot_be_written(
    assistant: FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    (assistant.store / "audit").write_text("in the way", "utf-8")
    with TestClient(create_app(assistant, ServeSettings()), base_url="http://localhost") as client:
        assert client.post("/api/ask", json={"question": "bridge?"}).json()["kind"] == "answer"
    assert any(record.levelno == logging.ERROR and "audit log" in record.getMessage() for record in caplog.records)
