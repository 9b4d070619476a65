"""The generative answerer: a model writes, and every sentence is checked against the passages that it cites."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Literal

from assistant.answer.citations import cite
from assistant.answer.extractive import ExtractiveAnswerer
from assistant.answer.messages import (
    abstention_text,
    no_model_notice,
    not_shown_notice,
    other_language_notice,
    why,
)
from assistant.answer.retrieved import Retrieved
from assistant.answer.writing.markers import MarkerStream
from assistant.answer.writing.prompt import (
    Passage,
    answer_messages,
    fit_passages,
    rewrite_messages,
    says_not_found,
    standalone,
)
from assistant.answer.writing.reply_sentences import ReplySentence, split_reply
from assistant.errors import GenerationError, GenerationFailure
from assistant.protocols import EvidenceLookup, Writer
from assistant.records import (
    Abstention,
    AbstentionReason,
    Answer,
    Answerer,
    ChatMessage,
    Citation,
    Message,
    PartialAnswer,
    Reply,
    Statement,
    Vectors,
)
from assistant.verify.verifier import Check, Support, Verifier

Policy = Literal["flag", "drop", "refuse"]
"""The treatment of a sentence that is not supported: flag it, drop it, or refuse the whole answer."""
_REWRITE_TOKENS = 120
_log = logging.getLogger(__name__)


class ModelAnswerer:
    """Answers with what `writer` writes from the hits, or with what `extractive` quotes when that is of no use.

    The model is shown passages of at most `passage_tokens` tokens in all, as `count_tokens` counts them. `embed` is
    that of the Verifier.
    """

    def __init__(
        self,
        writer: Writer,
        extractive: ExtractiveAnswerer,
        lookup: EvidenceLookup,
        embed: Callable[[Sequence[str]], Vectors],
        count_tokens: Callable[[str], int],
        *,
        passage_tokens: int,
        unsupported: Policy,
    ) -> None:
        self.name = writer.name
        self._writer = writer
        self._extractive = extractive
        self._lookup = lookup
        self._verifier = Verifier(lookup, embed)
        self._count_tokens = count_tokens
        self._passage_tokens = passage_tokens
        self._policy = unsupported
        self.failure: GenerationFailure | None = "unreachable"
        """The failure of the last request to the model; None if it succeeded, "unreachable" before the first one."""

    def check(self) -> None:
        """Request one word from the model, so that `failure` is known before the first question."""
        with suppress(GenerationError), closing(self._write([Message("user", "Say: ready")], 8)) as pieces:
            next(filter(None, pieces), None)

    def standalone(self, question: str, history: Sequence[ChatMessage]) -> Generator[PartialAnswer, None, str | None]:
        """Return the model's form of `question` that can be understood without `history`; None if it is unusable.

        Yields an empty PartialAnswer for each piece, so that the caller can stop. Raises GenerationError.
        """
        written = ""
        with closing(self._write(rewrite_messages(question, history), _REWRITE_TOKENS)) as pieces:
            for piece in pieces:
                written += piece
                yield PartialAnswer("")
        return standalone(written, question)

    def answer(
        self, retrieved: Retrieved, failure: GenerationFailure | None = None
    ) -> Generator[PartialAnswer, None, tuple[Reply, Answerer]]:
        """Yield the answer as it grows; return the reply, and the answerer that made it.

        The model is not asked when nothing relevant was retrieved, nor after a `failure` on the same question.
        """
        if failure is not None:
            return self._quotes(retrieved, no_model_notice(failure, retrieved.language)), "extractive"
        if self._extractive.abstention_reason(retrieved) == "no_evidence":
            return self._extractive.answer(retrieved), "extractive"
        passages = fit_passages(retrieved.hits, self._lookup, self._passage_tokens, self._count_tokens)
        try:
            sentences, dropped = yield from self._draft(retrieved, passages)
        except GenerationError as error:
            return self._quotes(retrieved, no_model_notice(error.failure, retrieved.language)), "extractive"
        if says_not_found(" ".join(sentence.text for sentence in sentences)):
            return self._declined(retrieved, "no_evidence"), "model"
        answer = self._verified(sentences, dropped, passages, retrieved)
        if answer is not None:
            return answer, "model"
        if self._policy == "refuse" or self._extractive.abstention_reason(retrieved):
            return self._declined(retrieved, "unsupported"), "model"
        return self._quotes(retrieved, not_shown_notice(retrieved.language)), "extractive"

    def _quotes(self, retrieved: Retrieved, notice: str) -> Reply:
        """Return the extractive reply with `notice` before its own."""
        reply = self._extractive.answer(retrieved)
        return replace(reply, notice=f"{notice} {reply.notice}" if reply.notice else notice)

    def _declined(self, retrieved: Retrieved, reason: AbstentionReason) -> Abstention:
        """Return an Abstention that shows the quotes of the extractive reply as the closest ones."""
        reply = self._extractive.answer(retrieved)
        found = reply.closest if isinstance(reply, Abstention) else reply.citations
        closest = tuple(_cite((c.doc_id, c.start, c.end), n, self._lookup) for n, c in enumerate(found, start=1))
        text = abstention_text(reason, retrieved.language)
        return Abstention(reason, text, closest, retrieved.hits, retrieved.confidence)

    def _write(self, messages: Sequence[Message], max_tokens: int | None) -> Generator[str]:
        try:
            with closing(self._writer.write(messages, max_tokens)) as pieces:
                for piece in pieces:
                    if piece:
                        self.failure = None
                    yield piece
        except GenerationError as error:
            self.failure = error.failure
            _log.warning("The model gave no answer: %s", error)
            raise

    def _draft(
        self, retrieved: Retrieved, passages: Sequence[Passage]
    ) -> Generator[PartialAnswer, None, tuple[list[ReplySentence], int]]:
        """Return the sentences that the model wrote, and the number of its citations of passages that do not exist."""
        stream = MarkerStream({passage.number for passage in passages})
        events: list[str | tuple[int, ...]] = []
        shown = ""
        messages = answer_messages(retrieved.query, passages, self._lookup, retrieved.language)
        with closing(self._write(messages, None)) as pieces:
            for piece in pieces:
                new = stream.feed(piece)
                events += new
                shown += "".join(event for event in new if isinstance(event, str))
                yield PartialAnswer(shown)
        events += stream.finish()
        return split_reply(events, retrieved.language), stream.dropped

    def _verified(
        self, sentences: Sequence[ReplySentence], dropped: int, passages: Sequence[Passage], retrieved: Retrieved
    ) -> Answer | None:
        """Return the answer with a verdict on each sentence; None if the policy lets nothing of it be shown."""
        asked = [(s.text, tuple(number - 1 for number in s.cited)) for s in sentences]
        checks = self._verifier.check(asked, [passage.hit.chunk for passage in passages])
        wrong = any(check.problem for check in checks)
        if not any(check.supports for check in checks) or (wrong and self._policy == "refuse"):
            return None
        kept = [
            (sentence, check)
            for sentence, check in zip(sentences, checks, strict=True)
            if self._policy != "drop" or not check.problem
        ]
        supports = [support for _, check in kept for support in check.supports]
        numbers = {place: n for n, place in enumerate(dict.fromkeys(map(_place, supports)), start=1)}
        statements = tuple(_statement(sentence, check, numbers, retrieved.language) for sentence, check in kept)
        best_first = dict.fromkeys(_place(support) for support in sorted(supports, key=lambda s: -s.score))
        citations = tuple(_cite(place, numbers[place], self._lookup) for place in best_first)
        quoted = [self._lookup.document(citation.doc_id).language for citation in citations]
        return Answer(
            text="".join(_text(statement) for statement in statements).strip(),
            citations=citations,
            hits=retrieved.hits,
            confidence=retrieved.confidence,
            notice=other_language_notice(quoted, retrieved.language),
            statements=statements,
            dropped_markers=dropped,
        )


Place = tuple[str, int, int]
"""The id of the document of a quote, and the offsets of the quote in it."""


def _place(support: Support) -> Place:
    return support.doc_id, support.start, support.end


def _cite(place: Place, number: int, lookup: EvidenceLookup) -> Citation:
    doc_id, start, end = place
    return cite(lookup.document(doc_id), start, end, number)


def _statement(sentence: ReplySentence, check: Check, numbers: dict[Place, int], language: str) -> Statement:
    cited = tuple(dict.fromkeys(numbers[_place(support)] for support in check.supports))
    reason = why(check.problem, check.detail, language) if check.problem else None
    return Statement(sentence.text, cited, check.verdict, reason, sentence.lead)


def _text(statement: Statement) -> str:
    markers = "".join(f" [{number}]" for number in statement.citations)
    flagged = f" [{statement.why}]" if statement.why else ""
    return f"{statement.lead}{statement.text}{markers}{flagged}"
