"""The figures of GET /metrics."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from assistant.chat.conversation import Chat
from assistant.html.strings import ENGLISH
from assistant.server.application import create_app
from assistant.server.audit import Visitor
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant


def figures(client: TestClient) -> dict[str, float]:
    """Every sample by its name and labels."""
    text = client.get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^(assistant_[^ ]+) (\S+)$", text, re.MULTILINE)}


def test_questions_of_the_chat_and_of_programs_are_counted_by_how_they_ended() -> None:
    with TestClient(
        create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        before = figures(client)
        for question in ("bridge?", "weather?", "img?", " ", "crash"):
            client.post("/api/ask", json={"question": question})
        chat, visitor = Chat(FakeAssistant(), lambda _exchange, _history: ""), Visitor(None, {}, words=False)
        list(chat.ask("bridge?", (), ENGLISH, visitor))
        leaving = chat.ask("written?", (), ENGLISH, visitor)
        next(leaving)
        next(leaving)
        leaving.close()
        after = figures(client)
    more = {name: round(value - before.get(name, 0)) for name, value in after.items() if "_bucket" not in name}
    outcomes = {"answered": 3, "abstained": 1, "refused": 1, "failed": 1, "stopped": 1}
    assert {name: more[f'assistant_questions_total{{outcome="{name}"}}'] for name in outcomes} == outcomes
    assert more["assistant_question_seconds_count"] == 4
    assert (
        more['assistant_http_responses_total{status="422"}'],
        more['assistant_http_responses_total{status="500"}'],
    ) == (1, 1)
