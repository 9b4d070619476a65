"""The answerer with a model: it writes, and every sentence is held against the passages it cites."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Literal

from assistant.answer.citations import cite
from assistant.answer.markers import MarkerStream
from assistant.answer.messages import (
    abstention_text,
    no_model_notice,
    not_shown_notice,
    other_language_notice,
    why,
)
from assistant.answer.prompt import (
    Passage,
    answer_messages,
    fit_passages,
    rewrite_messages,
    says_not_found,
    standalone,
)
from assistant.answer.reply_sentences import Drafted, drafted_sentences
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
"""What becomes of a sentence that is not supported."""
_REWRITE_TOKENS = 120
_log = logging.getLogger(__name__)


class ModelAnswerer:
    """Has `writer` write answers out of the hits, shown to it as far as `passage_tokens` go by `count_tokens`."""

    def __init__(
        self,
        writer: Writer,
        lookup: EvidenceLookup,
        embed: Callable[[Sequence[str]], Vectors],
        count_tokens: Callable[[str], int],
        *,
        passage_tokens: int,
        unsupported: Policy,
    ) -> None:
        self.name = writer.name
        self._writer = writer
        self._lookup = lookup
        self._verifier = Verifier(lookup, embed)
        self._count_tokens = count_tokens
        self._passage_tokens = passage_tokens
        self._policy = unsupported
        self.failure: GenerationFailure | None = "unreachable"
        """How the model failed when it was last asked; None once it answered."""

    def check(self) -> None:
        """Ask for a word, so that `failure` is known before the first question."""
        with suppress(GenerationError), closing(self._write([Message("user", "Say: ready")], 8)) as pieces:
            next(filter(None, pieces), None)

    def standalone(self, question: str, history: Sequence[ChatMessage]) -> Generator[PartialAnswer, None, str | None]:
        """`question` so that it can be understood without `history`; None when the model's is of no use.

        Raises GenerationError.
        """
        written = ""
        with closing(self._write(rewrite_messages(question, history), _REWRITE_TOKENS)) as pieces:
            for piece in pieces:
                written += piece
                yield PartialAnswer("")
        return standalone(written, question)

    def answer(
        self, query: str, local: Reply, language: str, failure: GenerationFailure | None = None
    ) -> Generator[PartialAnswer, None, tuple[Reply, Answerer]]:
        """Drafts as they grow; then the reply, and whose it is: where the model's is of no use, the `local` one.

        Without anything relevant, or after a `failure`, the model is not asked.
        """
        if failure is not None:
            return _with_notice(local, no_model_notice(failure, language)), "extractive"
        if isinstance(local, Abstention) and local.reason == "no_evidence":
            return local, "extractive"
        passages = fit_passages(local.hits, self._lookup, self._passage_tokens, self._count_tokens)
        try:
            sentences, dropped = yield from self._draft(query, passages, language)
        except GenerationError as error:
            return _with_notice(local, no_model_notice(error.failure, language)), "extractive"
        if says_not_found(" ".join(sentence.text for sentence in sentences)):
            return _declined(local, "no_evidence", self._lookup, language), "model"
        answer = self._verified(sentences, dropped, passages, local, language)
        if answer is not None:
            return answer, "model"
        if self._policy == "refuse" or isinstance(local, Abstention):
            return _declined(local, "unsupported", self._lookup, language), "model"
        return _with_notice(local, not_shown_notice(language)), "extractive"

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
        self, query: str, passages: Sequence[Passage], language: str
    ) -> Generator[PartialAnswer, None, tuple[list[Drafted], int]]:
        """The sentences that the model wrote, and how many of its markers name no passage."""
        stream = MarkerStream({passage.number for passage in passages})
        events: list[str | tuple[int, ...]] = []
        shown = ""
        messages = answer_messages(query, passages, self._lookup, language)
        with closing(self._write(messages, None)) as pieces:
            for piece in pieces:
                new = stream.feed(piece)
                events += new
                shown += "".join(event for event in new if isinstance(event, str))
                yield PartialAnswer(shown)
        events += stream.finish()
        return drafted_sentences(events, language), stream.dropped

    def _verified(
        self, sentences: Sequence[Drafted], dropped: int, passages: Sequence[Passage], local: Reply, language: str
    ) -> Answer | None:
        """What the passages support, and the rest as the policy has it; None when nothing of it is to be shown."""
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
        statements = tuple(_statement(sentence, check, numbers, language) for sentence, check in kept)
        best_first = dict.fromkeys(_place(support) for support in sorted(supports, key=lambda s: -s.score))
        citations = tuple(_cite(place, numbers[place], self._lookup) for place in best_first)
        return Answer(
            text="".join(_text(statement) for statement in statements).strip(),
            citations=citations,
            hits=local.hits,
            confidence=local.confidence,
            notice=other_language_notice([self._lookup.document(c.doc_id).language for c in citations], language),
            statements=statements,
            dropped_markers=dropped,
        )


Place = tuple[str, int, int]
"""Document and offsets of a quote."""


def _place(support: Support) -> Place:
    return support.doc_id, support.start, support.end


def _cite(place: Place, number: int, lookup: EvidenceLookup) -> Citation:
    doc_id, start, end = place
    return cite(lookup.document(doc_id), start, end, number)


def _statement(sentence: Drafted, check: Check, numbers: dict[Place, int], language: str) -> Statement:
    cited = tuple(dict.fromkeys(numbers[_place(support)] for support in check.supports))
    reason = why(check.problem, check.detail, language) if check.problem else None
    return Statement(sentence.text, cited, check.verdict, reason, sentence.before)


def _text(statement: Statement) -> str:
    markers = "".join(f" [{number}]" for number in statement.citations)
    flagged = f" [{statement.why}]" if statement.why else ""
    return f"{statement.lead}{statement.text}{markers}{flagged}"


def _declined(local: Reply, reason: AbstentionReason, lookup: EvidenceLookup, language: str) -> Abstention:
    """An Abstention beside what the extractive answerer found."""
    found = local.closest if isinstance(local, Abstention) else local.citations
    closest = tuple(_cite((c.doc_id, c.start, c.end), n, lookup) for n, c in enumerate(found, start=1))
    return Abstention(reason, abstention_text(reason, language), closest, local.hits, local.confidence)


def _with_notice(reply: Reply, notice: str) -> Reply:
    return replace(reply, notice=f"{notice} {reply.notice}" if reply.notice else notice)
