"""Matches the names of a claim with those of a passage, and resolves names that stand before the quoted sentence.

"The hospital signed agreements" is about the hospital that was named last, not about any other in the passage.
"""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from assistant.records import Document
from assistant.text.facts.extraction import Fact, Facts, facts_of
from assistant.text.facts.lexicon import KINDS
from assistant.text.facts.names import Name, holds_any, stands_in

_KINDS = {
    language: [re.compile(rf"(?<!\w)(?:{kind})(?!\w)", re.IGNORECASE) for kind in kinds]
    for language, kinds in KINDS.items()
}
_PERSON = -1  # the kind "person", beside the indices of _KINDS
# Chosen by hand: the least syllables of a Vietnamese person's name; names of places and institutions usually have two.
_PERSON_SYLLABLES = 3
_BESIDE = 4  # words beside a name among which its kind is looked for; chosen by hand, as a noun phrase has few more
_PAUSE = re.compile(r"[.,;:()\n]")
_SUBJECT = 80  # characters at the beginning of a sentence that name its subject; chosen by hand
_BEFORE = 2000  # characters before a quote that are searched for the topic; a limit of time


def required_facts(facts: Facts, language: str, other_language: str) -> list[Fact]:
    """Return the `facts` of a text in `language` that a text in `other_language` must contain to say the same.

    Between two languages only names that both spell alike count. From a Vietnamese text these are Vietnamese names of
    several words except countries, and other names except acronyms; from another text, Vietnamese names.
    """
    return [
        fact
        for fact in facts.stated
        if language == other_language
        or not isinstance(fact.content, Name)
        or _kept(fact.content, fact.written, language)
    ]


def _kept(name: Name, written: str, language: str) -> bool:
    """Return whether another language spells the name alike."""
    if name.vietnamese:
        return language != "vi" or (len(name.words) > 1 and written.casefold() not in _countries())
    return language == "vi" and not written.isupper()


@cache
def _countries() -> frozenset[str]:
    """Return the names of all countries in Vietnamese, case-folded."""
    return frozenset(name.casefold() for name in Locale("vi").territories.values())


def unmatched_names(facts: Facts, others: Facts, around: Facts) -> list[tuple[Fact, list[str]]]:
    """Return the multi-word names in `facts` that have no word in common with `around`, the facts of the passage.

    Each comes with the names in `others` that may be its translation: those that have no word in common with `facts`.
    """
    unknown = [
        name.written
        for name in others.stated
        if isinstance(name.content, Name) and len(name.content.words) > 1 and not holds_any(name.content, facts.words)
    ]
    return [
        (fact, unknown)
        for fact in facts.stated
        if isinstance(fact.content, Name)
        and not fact.content.vietnamese
        and len(fact.content.words) > 1
        and unknown
        and not holds_any(fact.content, around.words)
    ]


def is_meant(name: Name, statement: Facts, language: str, quote: Facts, start: int, document: Document) -> bool:
    """Return whether the `quote`, which begins at character `start` of the document, may be about `name`.

    It is about another name when one of the same kind that the statement does not mention is in the quote, or is the
    last one before it.
    """
    kinds = _kinds(statement, name, language)
    before = facts_of(document.text[max(0, start - _BEFORE) : start], document.language)
    rivals = [n for n in _of_kinds(quote, kinds, document.language) if _PERSON in kinds or n.words[0].start < _SUBJECT]
    last = _of_kinds(before, kinds, document.language)[-1:]
    return all(stands_in(rival, statement.words) for rival in rivals) and all(
        stands_in(name, other.words) or stands_in(other, name.words) for other in last
    )


def _of_kinds(facts: Facts, kinds: set[int], language: str) -> list[Name]:
    names = [fact.content for fact in facts.stated if isinstance(fact.content, Name)]
    return [name for name in names if kinds & _kinds(facts, name, language)] if kinds else []


def _kinds(facts: Facts, name: Name, language: str) -> set[int]:
    """Return the kinds of thing that `name` may name, from the words beside it; empty if they do not tell."""
    if len(name.words) >= _PERSON_SYLLABLES and name.vietnamese:
        return {_PERSON}
    left = _PAUSE.split(facts.text[: name.words[0].start])[-1].split()[-_BESIDE:]
    right = _PAUSE.split(facts.text[name.words[-1].end :], maxsplit=1)[0].split()[:_BESIDE]
    beside = " ".join(left) + " | " + " ".join(right)
    return {n for n, kind in enumerate(_KINDS.get(language, ())) if kind.search(beside)}
