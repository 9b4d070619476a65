"""Full stops after short words: does one end a sentence, or belong to an abbreviation or an initial?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from assistant.text.language_tables import LANGUAGES, language_table

# A word of up to eight letters, or a dotted one ("U.S.", "PGS.TS."), with the full stop at its end.
_STOPPED = re.compile(r"(?<![\w.°&])((?:[^\W\d_]{1,8}\.)+)(?=(\s*)[^\s.])")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = re.compile(r"(?:[^\W\d_]\.)+")
_AFTER_NUMBER = re.compile(r"\d\s?$")
_AFTER_NUMERAL = re.compile(r"(?:\d|(?<!\w)[IVX]+)\s?$")
# A capitalised word before "I": a numeral ("William I."), and not an initial ("I. M. Jolly").
_AFTER_NAME = re.compile(r"(?<!\w)[^\W\d_a-z][^\W\d_]+\s$")
# The words before a year or a century that may open its sentence: "Pod koniec 2019 r. Facebook zmienił…".
_OPENING = re.compile(r"(?:^|[.!?]\s+)(\S+)\s(?:[^\s.!?]+\s+){0,6}$")
_BEFORE = 60  # characters before a full stop that are looked at


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The abbreviations of one language, and the words that open its sentences."""

    kinds: Mapping[str, str]
    """Word without its last full stop → the name of its list in languages/en.toml."""
    openers: frozenset[str]

    def kind(self, word: str) -> str | None:
        """Return the kind of an abbreviation, None if `word` is none.

        Looked up are the word, the word in lower case if it is only capitalised, and its last part.
        """
        for form in (word, word[:1].lower() + word[1:] if len(word) > 1 else word, word.rpartition(".")[2]):
            if form in self.kinds and (len(form) > 1 or form == word):
                return self.kinds[form]
        return None


def mark_full_stops(text: str, language: str) -> str:
    """Return `text` with "!" for each full stop that ends a sentence after a short word, "," for each that does not.

    Full stops that could be either stay. `language` is a code, or "und" for text of an unknown language. The length
    stays the same; the time is linear in it.

    >>> mark_full_stops("Dr. Smith met the WHO. Funding comes later.", "en")
    'Dr, Smith met the WHO! Funding comes later.'
    """
    listed = _abbreviations(language)
    pieces, position = [], 0
    for match in _STOPPED.finditer(text):
        ends = _ends_sentence(text, match, listed)
        if ends is not None:
            pieces += [text[position : match.start()], match[1][:-1].replace(".", ","), "!" if ends else ","]
            position = match.end()
    return "".join(pieces) + text[position:]


def _ends_sentence(text: str, match: re.Match[str], listed: Abbreviations | None) -> bool | None:
    """Return whether the full stop at the end of `match` ends a sentence; None if it could be either."""
    word, following = match[1][:-1], text[match.end(2)]
    if following.islower():
        return False
    kind = listed.kind(word) if listed else None
    if match.start(2) == match.end(2):
        within = following.isalnum() or following in ",:;"
        return False if within and (kind or word.isupper() or "." in word) else None
    opener = listed is not None and _opens_sentence(text, match.end(2), listed)
    if len(word) == 1 and word.isupper() and following.isalpha():
        return opener or (word == "I" and _stands(_AFTER_NAME, text, match) and text[match.end(2) + 1] != ".")
    if kind == "prefix" or (kind == "unit" and not _stands(_AFTER_NUMBER, text, match)):
        return False
    if listed and kind == "date" and _stands(_AFTER_NUMERAL, text, match):
        return following != "(" and (opener or not _in_opening(text, match, listed))
    if following.isdigit():
        return False if kind in ("number", "either") or (len(word) == 1 and word.islower()) else None
    if not following.isalpha():
        return False if kind == "either" else None
    if kind == "either" or (word.isupper() and _LETTERS.fullmatch(match[1])):
        return opener
    return True if listed else False if "." in word else None


def _stands(pattern: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
    """Return whether the text right before `match` matches `pattern` at its end."""
    return pattern.search(text, max(0, match.start() - _BEFORE), match.start()) is not None


def _in_opening(text: str, match: re.Match[str], listed: Abbreviations) -> bool:
    """Return whether `match` is still in the first words of a sentence that begins with a date or a word that opens
    one.
    """
    opening = _OPENING.search(text, max(0, match.start() - _BEFORE), match.start())
    return opening is not None and (opening[1].casefold() in listed.openers or opening[1][0].isdigit())


def _opens_sentence(text: str, start: int, listed: Abbreviations) -> bool:
    word = _NEXT_WORD.match(text, start)
    return word is not None and word[0].casefold() in listed.openers and text[word.end() : word.end() + 1] != "."


@cache
def _abbreviations(language: str) -> Abbreviations | None:
    """Return those of `language` and of English, whose names occur in every language; those of all languages
    for "und".
    """
    if language not in (*LANGUAGES, "und"):
        return None
    kinds: dict[str, str] = {}
    openers: set[str] = set()
    others = [name for name in LANGUAGES if name != "en"]
    for name in ("en", language) if language in LANGUAGES else (*others, "en"):
        lists = dict(language_table(name)["abbreviations"])
        opening = lists.pop("openers").split()
        if language in ("und", name):
            openers.update(opening)
        kinds |= {word: kind for kind, words in lists.items() for word in words.split()}
    return Abbreviations(kinds, frozenset(openers))
