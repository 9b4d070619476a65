"""Suggested follow-up questions: questions that the cited documents suggest and that the index can answer."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assistant.protocols import LiveAssistant, ServedAssistant
from assistant.records import Answer
from assistant.text.facts.lexicon import LANGUAGES
from assistant.text.fold import words
from assistant.text.language import detect_language

LIMIT = 3
TRIED = 6
"""How many questions are tried at most for one reply; each trial is a search."""


class Suggestions:
    """Finds follow-up questions for replies; may be shared between threads."""

    def __init__(self, live: LiveAssistant) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._latest: _GenerationQuestions | None = None

    def after(self, asked: str, language: str, cited: Collection[str]) -> tuple[str, ...]:
        """Return up to three questions in `language` to ask after the question `asked`.

        `cited` are the ids of the documents that its answer cites; their questions come first.
        """
        chosen: list[str] = []
        # One at a time: answers to readers' questions have priority.
        with self._lock, self._live.pinned() as assistant:
            suggested = self._of(assistant)
            for question in suggested.candidates(asked, language, cited):
                if question not in suggested.answered:
                    # A language model is not used for questions that nobody asked.
                    reply = assistant.ask(question, answerer="extractive").reply
                    suggested.answered[question] = isinstance(reply, Answer)
                if suggested.answered[question]:
                    chosen.append(question)
                if len(chosen) == LIMIT:
                    break
        return tuple(chosen)

    def _of(self, assistant: ServedAssistant) -> _GenerationQuestions:
        generation = assistant.manifest.generation
        if self._latest is None or self._latest.generation != generation:
            questions = {d.doc_id: d.questions for d in assistant.documents() if d.questions}
            self._latest = _GenerationQuestions(generation, questions, {})
        return self._latest


@dataclass(frozen=True, slots=True)
class _GenerationQuestions:
    """The questions that the documents of a generation suggest, by doc_id, and whether each tried one was answered."""

    generation: int
    questions: dict[str, tuple[str, ...]]
    answered: dict[str, bool]

    def candidates(self, asked: str, language: str, cited: Collection[str]) -> list[str]:
        """Return the questions to try after `asked`, those of the `cited` documents first."""
        languages = (*LANGUAGES, language)
        return [
            question
            for question in self._in_order(cited)
            if words(question) != words(asked) and detect_language(question, languages) == language
        ][:TRIED]

    def _in_order(self, cited: Collection[str]) -> Iterator[str]:
        for doc_id in sorted(self.questions, key=lambda doc_id: doc_id not in cited):
            yield from self.questions[doc_id]
