"""Real questions on the five documents of seeds/: the expected document and words are quoted, or nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.evaluate.outcome import Outcome
from assistant.evaluate.run import Run
from assistant.filter import Filter
from assistant.records import Abstention, Answer, ChatMessage
from assistant.text.fold import words

CASES = Path(__file__).parents[1] / "eval" / "cases"
# Questions of eval/cases/answerable.jsonl that the extractive answerer gets right; the others are its known misses.
ANSWERED = (
    "dn-01 dn-02 dn-04 dn-05 dn-06 dn-07 dn-12 hp-01 hp-02 hp-03 hp-04 hp-05 hp-06 hp-07 hp-10 hp-12 hp-13 qn-01 "
    "qn-03 qn-04 qn-08 mh-01 mh-02 mh-03 mh-04 mh-08 qt-02 qt-03 qt-04 qt-05 qt-06 qt-09 qt-10 dn-13 dn-14 dn-16 "
    "dn-17 dn-18 hp-14 hp-15 hp-16 hp-18 hp-19 hp-20 hp-21 hp-22 hp-24 hp-25 qn-10 qn-11 qn-12 qn-16 mh-10 "
    "mh-11 mh-12 qt-11 qt-12 qt-13 qt-14 qt-15 qt-16 qt-19 two-02 two-05 two-07 "
    "dn-08 mh-15 qt-18 qt-20 dn-03 dn-09 dn-10 hp-08 qn-02 qn-06 mh-07 dn-19 dn-21 qn-13 mh-09 qt-17"
).split()


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


def plain(text: str) -> str:
    return " ".join(words(text))


@pytest.fixture(scope="module")
def outcomes(own_run: Run) -> dict[str, Outcome]:
    """What became of each case, by its id."""
    return {outcome.id: outcome for outcome in own_run.outcomes}


@pytest.mark.parametrize(
    "case", [case for case in read("answerable.jsonl") if case["id"] in ANSWERED], ids=lambda case: case["id"]
)
def test_the_expected_words_are_quoted(outcomes: dict[str, Outcome], case: dict[str, Any]) -> None:
    outcome = outcomes[case["id"]]
    assert outcome.kind == "answer", f"abstained at {outcome.confidence:.2f}"
    right = [quote.quote for quote in outcome.quotes if quote.doc_id in case["doc_ids"]]
    assert any(plain(answer) in plain(quote) for answer in case["answers"] for quote in right), outcome.text


@pytest.mark.parametrize(
    "case",
    [case for case in read("unanswerable.jsonl") if case["kind"].split("-")[0] in ("off", "not")],
    ids=lambda case: case["id"],
)
def test_what_the_documents_do_not_say_is_not_answered(outcomes: dict[str, Outcome], case: dict[str, Any]) -> None:
    outcome = outcomes[case["id"]]
    assert outcome.kind == "abstention", outcome.text
    assert outcome.text


def test_the_example_questions_are_answered(assistant: Assistant) -> None:
    for document in assistant.documents():
        assert document.questions, f"{document.doc_id} suggests no question"
        for question in document.questions:
            reply = assistant.ask(question).reply
            assert isinstance(reply, Answer), question
            assert document.doc_id in {citation.doc_id for citation in reply.citations}


def test_the_conversation_then_the_page_decides_the_language_of_a_code(assistant: Assistant) -> None:
    talk = [ChatMessage("user", "Gdzie to jest?"), ChatMessage("assistant", "Nie wiem.")]
    assert assistant.ask("KR-7710-B", page_language="vi").language == "vi"
    assert assistant.ask("KR-7710-B", history=talk, page_language="vi").language == "pl"
    assert assistant.ask("How do I sign up?", history=talk, page_language="vi").language == "en"


def test_replies_are_in_the_language_of_the_question(assistant: Assistant) -> None:
    replies = {
        language: assistant.ask(question)
        for language, question in {
            "en": "What is the boiling point of mercury?",
            "pl": "Jaka jest temperatura wrzenia rtęci?",
            "vi": "Nhiệt độ sôi của thủy ngân là bao nhiêu?",
        }.items()
    }
    assert {language: exchange.language for language, exchange in replies.items()} == {k: k for k in replies}
    assert len({exchange.reply.text for exchange in replies.values()}) == 3


def test_quotes_in_another_language_are_announced(assistant: Assistant) -> None:
    reply = assistant.ask("Giám đốc Bệnh viện Hữu nghị Việt Tiệp là ai?").reply
    assert isinstance(reply, Answer)
    assert "Ba Lan" in (reply.notice or "")


@pytest.mark.parametrize("question", ["😀😀😀", "🦓", "?!", "…", "---", "1", "12345", "x", "\u202e abc"])
def test_odd_questions_get_a_reply(assistant: Assistant, question: str) -> None:
    reply = assistant.ask(question).reply
    assert isinstance(reply, Abstention), reply.text


def test_a_question_in_another_script_is_understood(assistant: Assistant) -> None:
    reply = assistant.ask("卫生部门的转诊率是多少？").reply  # What is the referral rate of the health sector?
    assert isinstance(reply, Answer)
    assert "3.57%" in reply.citations[0].quote


def test_a_follow_up_is_understood(assistant: Assistant) -> None:
    history = [
        ChatMessage("user", "Kto jest dyrektorem Szpitala Przyjaźni Viet Tiep?"),
        ChatMessage("assistant", "Dr Do Manh Thang [1]"),
    ]
    exchange = assistant.ask("A co powiedział?", history=history)
    assert exchange.query.startswith("Kto jest dyrektorem")
    assert isinstance(exchange.reply, Answer)
    assert "Do Manh Thang" in exchange.reply.text


def test_history_takes_nothing_away_from_a_short_question(assistant: Assistant) -> None:
    question = "AR ranking in 2024?"
    talk = [
        ChatMessage("user", "Who is the director of Dong Nai General Hospital?"),
        ChatMessage("assistant", "A. [1]"),
    ]
    alone, later = (assistant.ask(question, history=history) for history in ((), talk))
    assert later.query == question
    assert isinstance(alone.reply, Answer)
    assert isinstance(later.reply, Answer)
    assert [c.quote for c in later.reply.citations] == [c.quote for c in alone.reply.citations]


def test_a_question_about_another_province_is_not_answered_from_this_one(assistant: Assistant) -> None:
    asked = assistant.ask("Which rank did the Department of Health of Hue province reach in the AR ranking in 2024?")
    assert isinstance(asked.reply, Abstention), asked.reply.text


def test_accents_come_back_as_the_documents_have_them(assistant: Assistant) -> None:
    exchange = assistant.ask("so y te quang tri co bao nhieu sang kien")
    assert "sở y tế quảng trị" in exchange.query


def test_only_the_documents_that_are_asked_for_are_searched(assistant: Assistant) -> None:
    question = "Who is the director of the hospital?"
    for only in (Filter(languages=("pl",)), Filter(sites=("baohaiphong.vn",)), Filter(since="2025-10-16")):
        exchange = assistant.ask(question, only=only)
        assert {hit.chunk.doc_id for hit in exchange.reply.hits} == {"001_c39f439fca546ac2.txt"}
    nothing = assistant.ask("What was the AR ranking?", only=Filter(languages=("vi",))).reply
    assert isinstance(nothing, Abstention)
    assert (nothing.reason, nothing.hits, nothing.closest) == ("no_evidence", (), ())


@pytest.mark.parametrize(("said", "language"), [("thanks", "en"), ("Xin chào!", "vi"), ("dziekuje", "pl")])
def test_greetings_and_thanks_are_answered_without_quotes(assistant: Assistant, said: str, language: str) -> None:
    exchange = assistant.ask(said)
    assert isinstance(exchange.reply, Abstention)
    assert (exchange.reply.reason, exchange.language, exchange.reply.closest) == ("small_talk", language, ())
