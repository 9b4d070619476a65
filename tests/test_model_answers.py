"""Answers that a model writes, over the real index of seeds/: what is believed of them, and what takes their place."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import pairwise
from typing import get_args

import pytest

from assistant.answer.messages import no_model_notice
from assistant.answer.writing.prompt import NOT_FOUND
from assistant.ask import Assistant
from assistant.errors import GenerationError, GenerationFailure, SettingsError
from assistant.factory import make_readers
from assistant.index.store import Generation
from assistant.model_set import ConfiguredModel, Models
from assistant.protocols import LayeredEncoder, Reader
from assistant.records import Abstention, Answer, ChatMessage, Exchange, Found, Message, PartialAnswer
from assistant.settings import Settings

QUESTION = "What was the administrative reform ranking of the Quang Tri Department of Health in 2024?"
QUOTE = "was ranked 2nd out of 20"
RIGHT = "In 2024 the Department of Health was ranked 2nd out of 20 provincial departments"
WRONG = "In 2024 the Department of Health was ranked 7th out of 20 provincial departments"


class Scripted:
    """A writer that says what it is told to, in pieces of five characters, and remembers what it was asked."""

    name = "scripted"

    def __init__(self) -> None:
        self.replies: list[str | GenerationError] = []
        self.asked: list[tuple[Message, ...]] = []
        self.closed = 0

    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        del max_tokens
        self.asked.append(tuple(messages))
        said = self.replies.pop(0)
        try:
            if isinstance(said, GenerationError):
                yield "The rank"
                raise said
            for at in range(0, len(said), 5):
                yield said[at : at + 5]
        finally:
            self.closed += 1


Make = Callable[..., Assistant]


@pytest.fixture(scope="module")
def reader(seed_settings: Settings, encoder: LayeredEncoder) -> Reader | None:
    return make_readers(seed_settings, encoder)[0]


@pytest.fixture
def writer() -> Scripted:
    return Scripted()


@pytest.fixture
def make(
    generation: Generation, encoder: LayeredEncoder, reader: Reader | None, seed_settings: Settings, writer: Scripted
) -> Make:
    """An assistant with the scripted writer; `settings` are those of the model."""

    def made(**settings: object) -> Assistant:
        model = seed_settings.model.model_copy(update=settings)
        own = seed_settings.model_copy(update={"model": model})
        return Assistant(own, Models(encoder, reader, ConfiguredModel(writer, lambda text: len(text) // 4)), generation)

    return made


def marker(assistant: Assistant, words: str = QUOTE, question: str = QUESTION) -> str:
    """The marker of the first passage that holds `words`."""
    return next(f"[{hit.rank}]" for hit in assistant.search(question) if words in hit.chunk.text)


def failure(kind: GenerationFailure) -> GenerationError:
    return GenerationError(kind, "It went wrong.", "Look at the server.")


def test_a_sentence_that_its_passage_supports_cites_the_very_words(make: Make, writer: Scripted) -> None:
    assistant = make()
    writer.replies = [f"{RIGHT} {marker(assistant)}."]
    exchange = assistant.ask(QUESTION)
    reply = exchange.reply
    assert isinstance(reply, Answer)
    assert exchange.answerer == "model"
    (statement,) = reply.statements
    assert (statement.verdict, statement.citations, statement.why) == ("supported", (1,), None)
    assert QUOTE in reply.citations[0].quote
    assert reply.text == f"{RIGHT}. [1]"
    assert writer.closed == 1


def test_a_sentence_with_another_number_is_flagged_in_words(make: Make, writer: Scripted) -> None:
    assistant = make()
    number = marker(assistant)
    writer.replies = [f"{RIGHT} {number}. {WRONG} {number}."]
    reply = assistant.ask(QUESTION).reply
    assert isinstance(reply, Answer)
    assert [statement.verdict for statement in reply.statements] == ["supported", "unsupported"]
    assert "not confirmed" in (reply.statements[1].why or "")
    assert f"[{reply.statements[1].why}]" in reply.text
    assert reply.statements[1].citations == ()


def test_what_is_not_supported_may_be_left_out(make: Make, writer: Scripted) -> None:
    assistant = make(unsupported="drop")
    number = marker(assistant)
    writer.replies = [f"{WRONG} {number}. {RIGHT} {number}."]
    reply = assistant.ask(QUESTION).reply
    assert isinstance(reply, Answer)
    assert [statement.verdict for statement in reply.statements] == ["supported"]
    assert "7th" not in reply.text


def test_or_refused_as_a_whole(make: Make, writer: Scripted) -> None:
    assistant = make(unsupported="refuse")
    number = marker(assistant)
    writer.replies = [f"{RIGHT} {number}. {WRONG} {number}."]
    reply = assistant.ask(QUESTION).reply
    assert isinstance(reply, Abstention)
    assert reply.reason == "unsupported"
    assert [citation.number for citation in reply.closest] == list(range(1, len(reply.closest) + 1))


@pytest.mark.parametrize("policy", ["flag", "drop"])
def test_when_nothing_is_supported_the_quotes_answer(make: Make, writer: Scripted, policy: str) -> None:
    assistant = make(unsupported=policy)
    plain = assistant.ask(QUESTION, answerer="extractive")
    writer.replies = [f"{WRONG} {marker(assistant)}."]
    exchange = assistant.ask(QUESTION)
    assert isinstance(exchange.reply, Answer)
    assert (exchange.answerer, exchange.reply.text) == ("extractive", plain.reply.text)
    assert "not confirmed" in (exchange.reply.notice or "")


def test_the_models_own_not_found_is_an_abstention(make: Make, writer: Scripted) -> None:
    writer.replies = [NOT_FOUND]
    exchange = make().ask(QUESTION)
    assert isinstance(exchange.reply, Abstention)
    assert (exchange.answerer, exchange.reply.reason) == ("model", "no_evidence")
    assert NOT_FOUND not in exchange.reply.text


@pytest.mark.parametrize("kind", get_args(GenerationFailure))
def test_a_model_that_fails_in_the_middle_leaves_the_quotes_and_the_reason(
    make: Make, writer: Scripted, kind: GenerationFailure
) -> None:
    assistant = make()
    plain = assistant.ask(QUESTION, answerer="extractive").reply
    writer.replies = [failure(kind)]
    exchange = assistant.ask(QUESTION)
    assert (exchange.answerer, exchange.reply.text) == ("extractive", plain.text)
    assert (exchange.reply.notice or "").startswith(no_model_notice(kind, "en"))


def test_the_reason_is_told_in_the_language_of_the_question(make: Make, writer: Scripted) -> None:
    writer.replies = [failure("timeout")]
    reply = make().ask("Kto jest dyrektorem Szpitala Przyjaźni Viet Tiep?").reply
    assert (reply.notice or "").startswith("Model językowy nie odpowiedział: trwało to zbyt długo.")


def test_without_anything_relevant_the_model_is_not_asked(make: Make, writer: Scripted) -> None:
    exchange = make().ask("What is the boiling point of mercury?")
    assert isinstance(exchange.reply, Abstention)
    assert (exchange.answerer, writer.asked) == ("extractive", [])


def test_the_extractive_answerer_does_not_ask_it_either(make: Make, writer: Scripted) -> None:
    assert make().ask(QUESTION, answerer="extractive").answerer == "extractive"
    assert writer.asked == []


def test_a_follow_up_is_rewritten_by_the_model_first(make: Make, writer: Scripted) -> None:
    assistant = make()
    history = (
        ChatMessage("user", "Who leads the Quang Tri Department of Health?"),
        ChatMessage("assistant", "Nguyen Xuan Dung."),
    )
    writer.replies = [QUESTION, f"{RIGHT} {marker(assistant)}."]
    exchange = assistant.ask("And its rank in 2024?", history=history)
    assert exchange.query == QUESTION
    assert isinstance(exchange.reply, Answer)
    assert len(writer.asked) == 2
    assert "And its rank in 2024?" in writer.asked[0][-1].content


def test_a_rewrite_that_runs_away_is_not_used(make: Make, writer: Scripted) -> None:
    assistant = make()
    history = (ChatMessage("user", "Who leads the Quang Tri Department of Health?"),)
    local = assistant.ask("And its rank in 2024?", history=history, answerer="extractive")
    writer.replies = ["Sure! " + "Let me think about that. " * 60, NOT_FOUND]
    assert assistant.ask("And its rank in 2024?", history=history).query == local.query


def test_a_rewrite_that_fails_is_the_only_try(make: Make, writer: Scripted) -> None:
    assistant = make()
    history = (ChatMessage("user", "Who leads the Quang Tri Department of Health?"),)
    writer.replies = [failure("unreachable")]
    exchange = assistant.ask("And its rank in 2024?", history=history)
    assert (exchange.answerer, len(writer.asked)) == ("extractive", 1)
    assert no_model_notice("unreachable", "en") in (exchange.reply.notice or "")


def test_markers_of_no_passage_are_dropped_and_counted(make: Make, writer: Scripted) -> None:
    assistant = make()
    writer.replies = [f"{RIGHT} {marker(assistant)}[99][0]."]
    reply = assistant.ask(QUESTION).reply
    assert isinstance(reply, Answer)
    assert reply.dropped_markers == 2
    assert "99" not in reply.text


def test_the_draft_grows_and_shows_no_marker(make: Make, writer: Scripted) -> None:
    assistant = make()
    writer.replies = [f"{RIGHT} {marker(assistant)}. It is [1, 2] known."]
    found, *drafts, exchange = assistant.stream(QUESTION)
    assert isinstance(found, Found)
    texts = [draft.text for draft in drafts if isinstance(draft, PartialAnswer)]
    assert isinstance(exchange, Exchange)
    assert len(texts) == len(drafts) > 3
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert not any("[" in text for text in texts)


def test_leaving_in_the_middle_ends_the_models_work(make: Make, writer: Scripted) -> None:
    assistant = make()
    writer.replies = [f"{RIGHT} " * 20]
    with closing(assistant.stream(QUESTION)) as steps:
        assert isinstance(next(steps), Found)
        assert isinstance(next(steps), PartialAnswer)
        assert writer.closed == 0
    assert writer.closed == 1


def test_a_model_that_is_not_configured_cannot_be_asked(assistant: Assistant) -> None:
    with pytest.raises(SettingsError, match="No model"):
        assistant.ask(QUESTION, answerer="model")


def test_whether_the_model_answers_is_known_after_it_was_asked(make: Make, writer: Scripted) -> None:
    assistant = make()
    assert assistant.model == "scripted"
    writer.replies = ["Ready.", failure("refused"), f"{RIGHT} {marker(assistant)}."]
    assistant.check_model()
    assert (assistant.model_failure, writer.closed) == (None, 1)
    assistant.ask(QUESTION)
    assert assistant.model_failure == "refused"
    assistant.ask(QUESTION)
    assert assistant.model_failure is None
