"""Ratings: kept, read, and made into cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.errors import FeedbackError, ReplyNotFoundError
from assistant.evaluate.cases import read_cases
from assistant.records import Answer, ChatMessage, Document
from assistant.server.application import create_app
from assistant.server.feedback import FILE_NAME, RATEABLE, Feedback, case_of, read_feedback
from assistant.server.suggestions import Suggestions
from assistant.settings import ServeSettings
from tests.command import run_python
from tests.fake_assistant import HOSTILE, PLAIN, FakeAssistant

HISTORY = (ChatMessage("user", "Where?"), ChatMessage("assistant", "Here. [1]"))


def rated(folder: Path, question: str, rating: str, comment: str = "") -> None:
    feedback = Feedback(folder)
    token = feedback.remember(FakeAssistant().ask(question), HISTORY)
    feedback.rate(token, "up" if rating == "up" else "down", comment)


def test_a_rating_is_kept_with_what_it_is_about(tmp_path: Path) -> None:
    rated(tmp_path, "bridge?", "down", "Which bridge?")
    (kept,) = read_feedback(tmp_path)
    assert (kept.rating, kept.comment, kept.question, kept.generation) == ("down", "Which bridge?", "bridge?", 3)
    assert kept.reply == "The bridge opened in 1998. [1] It is 320 m long. [2]"
    assert [turn["content"] for turn in kept.history] == ["Where?", "Here. [1]"]
    assert [c["quote"] for c in kept.citations] == ["The bridge opened in 1998.", "It is 320 m long."]


def test_a_second_rating_replaces_the_first(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    token = feedback.remember(FakeAssistant().ask("bridge?"), ())
    feedback.rate(token, "down", "")
    feedback.rate(token, "down", "too short")
    feedback.rate(token, "up", "x" * 5000)
    (kept,) = read_feedback(tmp_path)
    assert (kept.rating, len(kept.comment)) == ("up", 2000)


def test_a_reply_with_quotes_of_a_removed_document_is_not_kept(tmp_path: Path) -> None:
    removed: set[str] = set()
    exchange = FakeAssistant().ask("bridge?")
    feedback = Feedback(tmp_path, lambda doc_id: doc_id not in removed)
    token = feedback.remember(exchange, ())
    assert isinstance(exchange.reply, Answer)
    removed.add(exchange.reply.citations[-1].doc_id)
    with pytest.raises(ReplyNotFoundError, match="removed"):
        feedback.rate(token, "up", "")
    assert list(read_feedback(tmp_path)) == []


def test_only_what_was_answered_lately_can_be_rated(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    exchange = FakeAssistant().ask("bridge?")
    first, *_ = [feedback.remember(exchange, ()) for _ in range(RATEABLE + 1)]
    for token in (first, "invented"):
        with pytest.raises(ReplyNotFoundError):
            feedback.rate(token, "up", "")
    assert list(read_feedback(tmp_path)) == []


def test_a_long_reply_waits_compressed(tmp_path: Path) -> None:
    """Thousands of them are in memory."""
    feedback = Feedback(tmp_path)
    exchange = FakeAssistant(replace(PLAIN, text=PLAIN.text + " The bridge is long." * 500)).ask("bridge?")
    history = [ChatMessage("user", "Where is the bridge?"), ChatMessage("assistant", "The bridge is here. " * 200)]
    token = feedback.remember(exchange, history)
    assert len(feedback.given(token).packed) < 1_000
    feedback.rate(token, "up", "")
    (kept,) = read_feedback(tmp_path)
    assert [turn["content"] for turn in kept.history] == [message.content for message in history]


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(FeedbackError, match="cannot be stored"):
        rated(tmp_path / "missing", "bridge?", "up")
    (tmp_path / FILE_NAME).write_text("no database", "utf-8")
    with pytest.raises(FeedbackError, match="cannot be stored"):
        rated(tmp_path, "bridge?", "up")
    with pytest.raises(FeedbackError, match="cannot be read"):
        list(read_feedback(tmp_path))


def test_replies_found_right_are_cases_that_can_be_run(tmp_path: Path) -> None:
    rated(tmp_path, "bridge?", "up", "yes")
    rated(tmp_path, "weather?", "up")
    rated(tmp_path, "bridge again?", "down")
    cases = [case for case in map(case_of, read_feedback(tmp_path)) if case]
    ran = run_python("-m", "assistant", "feedback", "export", "--store", tmp_path)
    assert ran.code == 0
    assert sorted(ran.out.splitlines()) == sorted(json.dumps(case, ensure_ascii=False) for case in cases)
    assert "1 rated bad" in ran.err
    (tmp_path / "cases.jsonl").write_text(ran.out, "utf-8")
    by_question = {case.question: case for case in read_cases([tmp_path / "cases.jsonl"])}
    assert by_question["bridge?"].answers == ("The bridge opened in 1998.", "It is 320 m long.")
    assert by_question["bridge?"].doc_ids == (PLAIN.doc_id,)
    assert by_question["bridge?"].history == HISTORY
    assert not by_question["weather?"].answerable
    listed = run_python("-m", "assistant", "feedback", "list", "--store", tmp_path)
    assert listed.out.count("bridge") >= 2


def test_what_was_not_answered_here_is_not_taken(tmp_path: Path) -> None:
    assistant = FakeAssistant()
    assistant.store = tmp_path
    with TestClient(create_app(assistant, ServeSettings()), base_url="http://localhost") as client:
        unknown = client.post("/chat/feedback", json={"token": "x", "rating": "up"})
        assert unknown.status_code == 404
        assert unknown.json()["hint"]
        assert client.get("/chat/suggestions", params={"token": "x"}).status_code == 404
        for body in ({"token": "x"}, {"token": "x", "rating": "sideways"}, {"token": "", "rating": "up"}):
            assert client.post("/chat/feedback", json=body).status_code == 422
    assert list(read_feedback(tmp_path)) == []


def test_only_questions_that_are_answered_are_suggested() -> None:
    assistant = FakeAssistant()  # it suggests "When did the bridge open?", which it answers
    suggestions = Suggestions(assistant)
    assert suggestions.after("weather?", "en", ()) == PLAIN.questions
    assert assistant.answerers == ["extractive"], "no model works for what nobody asked"
    asked = len(assistant.asked)
    assert suggestions.after("img?", "en", (HOSTILE.doc_id,)) == PLAIN.questions
    assert len(assistant.asked) == asked, "it is asked but once"
    assert suggestions.after("when did the bridge open", "en", ()) == (), "not what was just asked"


def test_what_is_not_answered_is_not_suggested() -> None:
    class Silent(FakeAssistant):
        def documents(self) -> Iterator[Document]:
            return (replace(d, questions=("What is the weather like today?",)) for d in super().documents())

    assistant = Silent()
    assert Suggestions(assistant).after("bridge?", "en", ()) == ()
