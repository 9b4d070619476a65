"""Questions that can be asked next: what the cited documents suggest, if the documents answer it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.protocols import LiveAssistant, ServedAssistant
from assistant.records import Answer, Exchange
from assistant.text.facts.lexicon import LANGUAGES
from assistant.text.fold import words
from assistant.text.language import detect_language

LIMIT = 3
TRIED = 6
"""So many are tried at most for one reply: each is a question that is really asked."""


class Suggestions:
    """Follow-up questions for replies; may be shared between threads."""

    def __init__(self, live: LiveAssistant) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def after(self, exchange: Exchange) -> tuple[str, ...]:
        """Up to three questions in the language of the one asked, those of cited documents first."""
        chosen: list[str] = []
        # One at a time: a reader is waiting for an answer, not for these.
        with self._lock, self._live.pinned() as assistant:
            known = self._of(assistant)
            for question in known.candidates(exchange):
                if question not in known.answered:
                    # Not by a model: nobody has asked it.
                    reply = assistant.ask(question, answerer="extractive").reply
                    known.answered[question] = isinstance(reply, Answer)
                if known.answered[question]:
                    chosen.append(question)
                if len(chosen) == LIMIT:
                    break
        return tuple(chosen)

    def _of(self, assistant: ServedAssistant) -> _Known:
        generation = assistant.manifest.generation
        if self._known is None or self._known.generation != generation:
            questions = {d.doc_id: d.questions for d in assistant.documents() if d.questions}
            self._known = _Known(generation, questions, {})
        return self._known


@dataclass(frozen=True, slots=True)
class _Known:
    """What the documents of a generation suggest, by doc_id, and whether it was answered when it was tried."""

    generation: int
    questions: dict[str, tuple[str, ...]]
    answered: dict[str, bool]

    def candidates(self, exchange: Exchange) -> list[str]:
        """What could be asked after `exchange`, the questions of cited documents first."""
        reply = exchange.reply
        cited = {c.doc_id for c in reply.citations} if isinstance(reply, Answer) else set()
        asked = words(exchange.question)
        languages = (*LANGUAGES, exchange.language)
        return [
            question
            for question in self._in_order(cited)
            if words(question) != asked and detect_language(question, languages) == exchange.language
        ][:TRIED]

    def _in_order(self, cited: set[str]) -> Iterator[str]:
        for doc_id in sorted(self.questions, key=lambda doc_id: doc_id not in cited):
            yield from self.questions[doc_id]
