"""Polarity: negations, opposites, superlatives and universal words in a text."""

from __future__ import annotations

import re

from assistant.text.facts.lexicon import ABSENCES, DENIALS, NEGATIVE_WORDS, NO_NEGATIONS, OPPOSITES, SWEEPING

_WORD = re.compile(r"[^\W\d_]+(?:['’]t(?!\w))?")
_NONE = {lang: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for lang, words in NO_NEGATIONS.items()}
_PARTS = {lang: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for lang, words in NEGATIVE_WORDS.items()}
_SWEEPING = {
    language: [tuple(re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for words in sort) for sort in sorts]
    for language, sorts in SWEEPING.items()
}
_SIDES = {
    language: [tuple(re.compile(rf"(?<!\w)(?:{side})(?!\w)", re.IGNORECASE) for side in sides) for sides in table]
    for language, table in OPPOSITES.items()
}


def denials(text: str, language: str) -> list[tuple[int, int]]:
    """Return start and end of each word of `text` that negates a sentence.

    >>> denials("It did not fall without help, not only here, didn't it?", "en")
    [(7, 10), (45, 51)]
    """
    return _found(text, DENIALS.get(language, DENIALS["en"]), language)


def negations(text: str, language: str) -> list[tuple[int, int]]:
    """Return start and end of each word of `text` that negates a sentence or the words beside it ("without")."""
    words = DENIALS.get(language, DENIALS["en"]) | ABSENCES.get(language, ABSENCES["en"])
    return _found(text, words, language)


def is_negative(text: str, language: str) -> bool:
    """Return whether `text` may negate anything, if only by a part of a word ("paperless")."""
    return bool(negations(text, language)) or (language in _PARTS and bool(_PARTS[language].search(text)))


def _found(text: str, words: frozenset[str], language: str) -> list[tuple[int, int]]:
    none = [match.span() for match in _NONE[language].finditer(text)] if language in _NONE else []
    return [
        match.span()
        for match in _WORD.finditer(text)
        if (match[0].casefold() in words or match[0][-3:].casefold().replace("’", "'") == "n't")
        and not any(start <= match.start() < end for start, end in none)
    ]


def opposite(text: str, language: str, other: str, other_language: str) -> str | None:
    """Return a word of `text` whose opposite, and no word like it, is in `other`; None if there is none."""
    for own, others in zip(_SIDES.get(language, ()), _SIDES.get(other_language, ()), strict=False):
        for side, opposite_side in ((0, 1), (1, 0)):
            found = own[side].search(text)
            contrary = others[opposite_side].search(other) and not others[side].search(other)
            if found and contrary and not own[opposite_side].search(text):
                return found[0]
    return None


def sweeping(text: str, language: str, other: str, other_language: str) -> str | None:
    """Return a superlative or universal word of `text` if `other` has none of its sort; else None.

    >>> sweeping("the lowest in the whole country", "en", "the lowest in the province", "en")
    'whole'
    """
    for (claims, _), (_, may_stand) in zip(
        _SWEEPING.get(language, ()), _SWEEPING.get(other_language, ()), strict=False
    ):
        found = claims.search(text)
        if found and not may_stand.search(other):
            return found[0]
    return None
