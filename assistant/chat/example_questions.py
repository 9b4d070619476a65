"""Example questions for the empty chat: those that the documents suggest, otherwise one for each title."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.html.strings import ALL, ENGLISH
from assistant.records import Document
from assistant.text.language import UNKNOWN, detect_language

LIMIT = 4
TITLE_CHARS = 90


def example_questions(documents: Sequence[Document], limit: int = LIMIT) -> tuple[str, ...]:
    """Return up to `limit` different questions, in turn from each language and, within it, from each document."""
    by_language: dict[str, list[str]] = {}
    among = tuple(sorted({*ALL, *(document.language for document in documents)} - {UNKNOWN}))
    for document, question in _in_turn(documents):
        language = detect_language(question, among)
        by_language.setdefault(document.language if language == UNKNOWN else language, []).append(question)
    chosen: list[str] = []
    queues = list(by_language.values())
    while any(queues) and len(chosen) < limit:
        for queue in queues:
            if queue and (question := queue.pop(0)) not in chosen:
                chosen.append(question)
    return tuple(chosen[:limit])


def _in_turn(documents: Sequence[Document]) -> list[tuple[Document, str]]:
    """Return the first question of every document, then the second of every document, and so on.

    Questions are made from titles only when no document suggests any: suggestions for some documents are a choice of
    the questions that the chat shows.
    """
    suggested = any(document.questions for document in documents)
    lists = [(document, document.questions if suggested else _from_title(document)) for document in documents]
    longest = max((len(questions) for _, questions in lists), default=0)
    return [
        (document, questions[turn]) for turn in range(longest) for document, questions in lists if turn < len(questions)
    ]


def _from_title(document: Document) -> tuple[str, ...]:
    title = document.title.strip()
    if not title:
        return ()
    if len(title) > TITLE_CHARS:
        title = title[:TITLE_CHARS].rpartition(" ")[0] + " …"
    return (ALL.get(document.language, ENGLISH).example_question.format(title=title),)
