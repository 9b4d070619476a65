"""What a conversation shows, step by step."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Generator, Sequence
from dataclasses import replace

import pytest

from assistant.chat.conversation import ENTRIES, Chat, ChatState, Conversation, serialise, stop, undo
from assistant.chat.sessions import Ending, Sessions
from assistant.filter import Filter
from assistant.html.strings import ENGLISH
from assistant.records import Answer, ChatMessage, Progress
from assistant.server.audit import Visitor
from tests.fake_assistant import FakeAssistant

NOBODY = Visitor(None, {}, words=False)


def ask(assistant: FakeAssistant, question: str, conversation: Conversation = ()) -> Generator[ChatState]:
    return Chat(assistant, lambda _exchange, _history: "a-token").ask(question, conversation, ENGLISH, NOBODY)


def talk(assistant: FakeAssistant, *questions: str) -> Conversation:
    conversation: Conversation = ()
    for question in questions:
        conversation = [*ask(assistant, question, conversation)][-1].conversation
    return conversation


def test_an_answer_arrives_quote_by_quote() -> None:
    steps = list(ask(FakeAssistant(), "bridge?"))
    bubbles = [step.messages[-1]["content"] for step in steps]
    assert ENGLISH.searching in bubbles[0]
    assert "1998" in bubbles[1]
    assert "320" not in bubbles[1]
    assert "320" in bubbles[2]
    assert "da-card" not in bubbles[2]
    assert "da-card" in bubbles[3]
    assert [step.busy for step in steps] == [True, True, True, False]


def test_what_a_model_writes_is_shown_as_a_draft_and_then_as_it_was_verified() -> None:
    steps = list(ask(FakeAssistant(), "written?"))
    bubbles = [step.messages[-1]["content"] for step in steps]
    assert len(bubbles) == 4
    assert all(ENGLISH.drafting in bubble for bubble in bubbles[1:3])
    assert "opened in 1998." in bubbles[2]
    assert ENGLISH.drafting not in bubbles[3]
    assert "not confirmed" in bubbles[3]
    assert [step.busy for step in steps] == [True, True, True, False]


def test_the_assistant_is_told_the_language_of_the_page() -> None:
    assistant = FakeAssistant()
    talk(assistant, "bridge?")
    assert assistant.page_languages == ["en"]


def test_leaving_a_conversation_ends_the_models_work() -> None:
    ended = []

    class Slow(FakeAssistant):
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
                yield from super().stream(question, history=history, only=only, k=k, page_language=page_language)
            finally:
                ended.append(question)

    steps = ask(Slow(), "written?")
    next(steps)
    assert "da-draft" in next(steps).messages[-1]["content"]
    assert ended == []
    steps.close()
    assert ended == ["written?"]


def test_earlier_turns_are_handed_on_but_not_failed_ones() -> None:
    assistant = FakeAssistant()
    talk(assistant, "bridge?", "crash", "x" * 3000, "and the tolls?")
    answer = "The bridge opened in 1998. [1] It is 320 m long. [2]"
    assert assistant.asked[-1][1] == (ChatMessage("user", "bridge?"), ChatMessage("assistant", answer))


@pytest.mark.parametrize("question", ["", "  \n "])
def test_an_empty_question_is_a_message_that_does_not_pile_up(question: str) -> None:
    (step,) = ask(FakeAssistant(), question)
    assert ENGLISH.empty_question in step.messages[-1]["content"]
    assert step.conversation == ()
    assert not step.busy


def test_an_expected_error_is_shown_with_its_hint() -> None:
    entry = talk(FakeAssistant(), "x" * 3000)[-1]
    assert "The question is too long." in entry.html
    assert "Shorten it." in entry.html


def test_an_unexpected_error_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        entry = talk(FakeAssistant(), "crash")[-1]
    assert "secret" not in entry.html
    assert ENGLISH.failed in entry.html
    assert "secret" in caplog.text


def test_the_last_question_is_taken_back_to_be_asked_in_other_words() -> None:
    question, step = undo(talk(FakeAssistant(), "bridge?", "weather?"))
    assert question == "weather?"
    assert [entry.question for entry in step.conversation] == ["bridge?"]
    assert undo(()) == ("", ChatState([], (), False))


def test_stopping_says_so_and_leaves_a_finished_answer_alone() -> None:
    running = next(ask(FakeAssistant(), "bridge?")).conversation
    stopped = stop(running, ENGLISH)
    assert ENGLISH.stopped in stopped.messages[-1]["content"]
    assert not stopped.busy
    finished = talk(FakeAssistant(), "bridge?")
    assert stop(finished, ENGLISH).conversation == finished


def test_a_conversation_comes_back_as_it_was_kept() -> None:
    assistant = FakeAssistant()
    conversation = talk(assistant, "bridge?", "weather?", "written?", "crash")
    again = Chat(assistant, lambda _exchange, _history: "").reopen(serialise(conversation), ENGLISH, NOBODY)
    assert [entry.question for entry in again.conversation] == ["bridge?", "weather?", "written?"], (
        "a failure is not kept"
    )
    for before, after in zip(conversation, again.conversation, strict=False):
        assert before.reply is not None
        assert after.reply is not None
        assert after.reply.text == before.reply.text
        assert after.html.count("da-card") == before.html.count("da-card") > 0
        assert "da-token-a-token" in before.html
        assert "da-token" not in after.html, "only what was just answered can be rated"
    assert not again.busy


def test_what_a_browser_kept_is_not_believed() -> None:
    assistant = FakeAssistant()
    chat = Chat(assistant, lambda _exchange, _history: "")
    (kept,) = json.loads(serialise(talk(assistant, "bridge?")))
    wrong_words = kept | {"citations": [kept["citations"][0] | {"quote": "The bridge fell in 1998."}]}
    no_document = kept | {"citations": [kept["citations"][0] | {"doc_id": "../../etc/passwd"}]}
    nowhere = kept | {"citations": [kept["citations"][0] | {"start": 10**9, "end": 10**9 + 5}]}
    uncited = kept | {"citations": []}
    for changed in (wrong_words, no_document, nowhere, uncited):
        (entry,) = chat.reopen(json.dumps([changed]), ENGLISH, NOBODY).conversation
        assert ENGLISH.changed in entry.html
        assert entry.reply is None
    hostile = kept | {"question": "<script>", "text": "<img src=x onerror=alert(1)> [1]", "notice": "<b>"}
    (entry,) = chat.reopen(json.dumps([hostile]), ENGLISH, NOBODY).conversation
    assert not {"<script", "<img", "<b>"} & set(entry.html.split())
    assert "<img" not in entry.html
    for nonsense in ("", "null", "[", '"x"', "[1]", '[{"question": "a"}]', "[" * 100_000, "\ud800"):
        assert chat.reopen(nonsense, ENGLISH, NOBODY).conversation == ()


def test_of_a_long_conversation_the_last_turns_are_kept() -> None:
    entry = talk(FakeAssistant(), "bridge?")[0]
    assert isinstance(entry.reply, Answer)
    long = tuple(replace(entry, question=f"{n} " + "x" * 2000) for n in range(100))
    kept = json.loads(serialise(long))
    assert 20 < len(kept) < 30
    assert kept[-1]["question"].startswith("99 ")


def test_a_conversation_without_end_drops_its_first_questions() -> None:
    assistant = FakeAssistant()
    long = talk(assistant, "bridge?") * (3 * ENTRIES)
    *_, last = ask(assistant, "weather?", long)
    assert len(last.conversation) == ENTRIES
    assert last.conversation[-1].question == "weather?"


def states_of(sessions: Sessions, session: str = "one") -> Generator[ChatState]:
    return sessions.states(session, ask(FakeAssistant(), "written?"), ENGLISH)


@pytest.mark.parametrize(("ending", "shown"), [("stop", [True]), ("clear", [])])
def test_what_ends_a_question_is_the_last_that_is_written(ending: Ending, shown: list[bool]) -> None:
    sessions = Sessions()
    steps = states_of(sessions)
    next(steps)
    assert "da-draft" in next(steps).messages[-1]["content"]
    assert not sessions.end("two", ending), "another session's"
    assert sessions.end("one", ending)
    (last,) = steps
    assert [ENGLISH.stopped in message["content"] for message in last.messages[1:]] == shown
    assert not last.busy
    assert not sessions.end("one", ending), "it has ended"


def test_a_finished_answer_stays_when_it_is_stopped_late_and_goes_when_it_is_cleared() -> None:
    sessions = Sessions()
    steps = states_of(sessions)
    done = [next(steps) for _ in range(4)][-1]
    assert sessions.end("one", "stop")
    assert [step.conversation for step in steps] == [done.conversation]
    steps = states_of(sessions)
    for _ in range(4):
        next(steps)
    assert sessions.end("one", "clear")
    assert [step.messages for step in steps] == [[]]


def test_a_session_has_one_question_at_a_time() -> None:
    sessions = Sessions()
    first = states_of(sessions)
    next(first)
    assert not list(states_of(sessions))
    assert next(states_of(sessions, "two")).busy
    first.close()
    assert len(list(states_of(sessions))) == 4


def test_a_question_whose_model_is_silent_can_be_stopped() -> None:
    silent = threading.Event()

    def asked() -> Generator[ChatState]:
        yield next(ask(FakeAssistant(), "bridge?"))
        silent.wait(60)

    sessions = Sessions()
    steps = sessions.states("one", asked(), ENGLISH)
    next(steps)
    assert sessions.end("one", "stop")
    (last,) = steps
    silent.set()
    assert ENGLISH.stopped in last.messages[-1]["content"]


def test_what_fails_while_a_question_is_asked_is_raised() -> None:
    def asked() -> Generator[ChatState]:
        yield next(ask(FakeAssistant(), "bridge?"))
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(Sessions().states("one", asked(), ENGLISH))
