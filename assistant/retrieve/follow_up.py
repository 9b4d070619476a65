"""Makes a standalone query from a question and its conversation, and the sub-queries to search with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records import ChatMessage
from assistant.text.facts.lexicon import OPENINGS, POINTERS
from assistant.text.fold import strip_accents, words

_OPENINGS = re.compile(rf"\W*(?:{OPENINGS})\b")
# A question with at most this many words is a follow-up. Fitted by benchmarks/tune/follow_ups.py, as are the weights.
_SHORT_WORDS = 4


# The weights in the search of the standalone query, of the question as typed and of the previous answer, and the number
# of characters taken from the beginning of that answer. Only ratios count, so _ASKED is fixed.
_STANDALONE = 0.5
_ASKED = 0.5
_ANSWERED = 0.05
_ANSWER_CHARS = 800


def sub_query_texts(question: str, query: str, history: Sequence[ChatMessage]) -> list[tuple[str, float]]:
    """Return the texts of the sub-queries of `question` with their weights; the first is `query`, its standalone form.

    The question alone is also a sub-query, because the previous question may be about something else. The previous
    answer is one too, because it tells the topic (docs/experiments/follow-ups.md).
    """
    texts = [(query, 1.0)] if query == question else [(query, _STANDALONE), (question, _ASKED)]
    if answer := last_answer(history):
        texts.append((answer[:_ANSWER_CHARS], _ANSWERED))
    return texts


def standalone_query(question: str, history: Sequence[ChatMessage], language: str) -> str:
    """Return `question`, with the user's previous question before it if it is a follow-up.

    A follow-up is short, starts with "and …", or contains a pronoun of its `language`. A question that was asked before
    in the same words, with accents or without, is none.
    """
    earlier = [turn.content.strip() for turn in history if turn.role == "user" and turn.content.strip()]
    plain = _plain(question)
    if not earlier or not plain or any(_plain(other) == plain for other in earlier):
        return question
    if len(plain) > _SHORT_WORDS and not points_back(question, language):
        return question
    return f"{earlier[-1]} {question}"


def points_back(question: str, language: str) -> bool:
    """Return whether `question` cannot stand alone: it starts with "and …" or contains a pronoun of its `language`.

    >>> points_back("Who is its director?", "en"), points_back("Opening hours?", "en")
    (True, False)
    """
    if _OPENINGS.match(strip_accents(question)):
        return True
    return not POINTERS.get(language, frozenset()).isdisjoint(_plain(question))


def last_answer(history: Sequence[ChatMessage]) -> str:
    """Return the last answer of the conversation, "" if there is none."""
    answers = [turn.content.strip() for turn in history if turn.role == "assistant" and turn.content.strip()]
    return answers[-1] if answers else ""


def _plain(text: str) -> list[str]:
    return [strip_accents(word) for word in words(text)]
