"""Questions that can be asked next: what the cited documents suggest, if the documents answer it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from assistant.records import Answer, Exchange
from assistant.serve.conversation import ServedAssistant
from assistant.text.fold import words
from assistant.text.language import detect_language

LIMIT = 3
TRIED = 6
"""So many are tried at most for one reply: each is a question that is really asked."""


class Suggestions:
    """Follow-up questions for replies; may be shared between threads."""

    def __init__(self, assistant: ServedAssistant) -> None:
        self._assistant = assistant
        self._documents = [document for document in assistant.documents() if document.questions]
        self._answered: dict[str, bool] = {}
        self._lock = threading.Lock()

    def after(self, exchange: Exchange) -> tuple[str, ...]:
        """Up to three questions in the language of the one asked, those of cited documents first."""
        chosen: list[str] = []
        for question in self._candidates(exchange):
            if self._is_answered(question):
                chosen.append(question)
            if len(chosen) == LIMIT:
                break
        return tuple(chosen)

    def _candidates(self, exchange: Exchange) -> list[str]:
        reply = exchange.reply
        cited = {c.doc_id for c in reply.citations} if isinstance(reply, Answer) else set()
        asked = words(exchange.question)
        languages = ("en", "pl", "vi", exchange.language)
        return [
            question
            for question in self._in_order(cited)
            if words(question) != asked and detect_language(question, languages) == exchange.language
        ][:TRIED]

    def _in_order(self, cited: set[str]) -> Iterator[str]:
        for document in sorted(self._documents, key=lambda document: document.doc_id not in cited):
            yield from document.questions

    def _is_answered(self, question: str) -> bool:
        with self._lock:  # one at a time: a reader is waiting for an answer, not for these
            if question not in self._answered:
                # Not by a model: nobody has asked it.
                reply = self._assistant.ask(question, answerer="extractive").reply
                self._answered[question] = isinstance(reply, Answer)
            return self._answered[question]
