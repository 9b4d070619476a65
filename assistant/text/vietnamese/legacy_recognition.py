"""Recognises by its letters in which legacy code Vietnamese text is.

It is in a code when words that make no sense as they are become Vietnamese syllables in it: many of them, nearly all
that change, and few that were Vietnamese before. French, German or Polish words do not, and neither does Vietnamese in
Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.text.fold import strip_accents
from assistant.text.vietnamese.accents import is_syllable, normal_syllable
from assistant.text.vietnamese.legacy_codes import Code, convert, pattern
from assistant.text.vietnamese.syllables import known_syllables
from assistant.text.vietnamese.viqr import is_strong, read_word

SAMPLE_CHARS = 100_000
"""Characters of a file by which its code is recognised."""
MOST_LINE = 2_000
"""Characters of one line that are looked at."""
LETTERS = re.compile(r"[A-Za-z\xa1-\xff\x80-\x9fŒœŠšŽžŸƒˆ˜€‚„†‡‰‹›ẮẰẲẴẶ\u0100-\u024f\u0300-\u036f\u1ea0-\u1ef9]+")
"""Words of letters and of what stands for letters in the codes of one byte."""
LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""Lines: other line breaks of Unicode are letters of VISCII and VPS."""
UNICODE_ONLY = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u0303\u0309\u0323]")
"""Letters of Vietnamese that no legacy code shows."""

# Chosen by hand; what is converted that must not be was counted (docs/experiments/extraction.md).
_WORDS = 4  # different words at least that a code makes Vietnamese, before a document is taken to be in it
_RIGHT = 0.8  # share of the words changed by the code that become Vietnamese
_SYLLABLES = 0.4  # share of all words in these lines that are built like Vietnamese syllables
_OTHER_CODE = 0.1  # good words of a second code, to one of the first
_BYTE_CODES: tuple[Code, ...] = ("TCVN3", "VNI", "VISCII", "VPS")
_TOKEN = re.compile(r"\S+")
_VIQR_SIGNS = re.compile("[a-zA-Z][\\^(+*~`]|dd|DD|Dd")
_EDGES = '"“”‘’«»()[]{}<>,;:!…-–/'


@dataclass(slots=True)
class Tally:
    """What a code makes of some text: the words that it changes, and what they are before and after."""

    right: set[str] = field(default_factory=set)
    good: int = 0
    bad: int = 0
    good_before: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def is_likely(self) -> bool:
        """Return whether the code makes one line better."""
        return self.good > max(self.bad, self.good_before)

    @property
    def is_clear(self) -> bool:
        """Return whether a line gives evidence for the code."""
        return self.good >= 2 and self.good >= _RIGHT * (self.good + self.bad) and self.good >= 2 * self.good_before

    def count(self, word: str, converted: str) -> None:
        """Count a word that the code changes."""
        lower = normal_syllable(unicodedata.normalize("NFC", converted).lower())
        if lower in known_syllables() and len(lower) > 1:
            self.good += 1
            self.right.add(lower)
        elif not _is_abbreviation(converted):
            self.bad += 1
        self.good_before += is_known(word)

    def add(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.right |= other.right
        self.good += other.good
        self.words += other.words

    def is_established(self, most: int) -> bool:
        """Return whether a document is in the code; `most` are the good words of the code that has most of them."""
        if len(self.right) < _WORDS or self.good < _OTHER_CODE * most:
            return False
        words = [lower for word in self.words if len(lower := normal_syllable(word.lower())) > 1 and lower.isalpha()]
        return sum(map(is_syllable, words)) >= _SYLLABLES * len(words)


def recognise(sample: Iterable[str]) -> tuple[Code, ...]:
    """Return the codes that text is in; the time grows linearly with it, up to SAMPLE_CHARS."""
    totals: dict[Code, Tally] = {code: Tally() for code in (*_BYTE_CODES, "VIQR")}
    left = SAMPLE_CHARS
    for text in sample:
        for line in LINE.findall(text[:left]):
            codes = _candidates(line)
            tallies = {code: tally(line[:MOST_LINE], code) for code in codes}
            code = max(codes, key=lambda code: tallies[code].good - tallies[code].bad, default=None)
            if code is not None and tallies[code].is_clear:
                totals[code].add(tallies[code])
        left -= len(text)
        if left <= 0:
            break
    most = max(total.good for total in totals.values())
    return tuple(code for code, total in totals.items() if total.is_established(most))


def tally(line: str, code: Code) -> Tally:
    """Count what `code` makes of the words of a line."""
    return _tally_viqr(line) if code == "VIQR" else _tally_letters(line, code)


def is_known(word: str) -> bool:
    """Return whether a word is a known Vietnamese syllable as it is."""
    return normal_syllable(unicodedata.normalize("NFC", word).lower()) in known_syllables()


def _candidates(line: str) -> tuple[Code, ...]:
    """Return the codes that a line may be in."""
    if len(UNICODE_ONLY.findall(line)) > 2:
        return ()
    byte_codes = () if line.isascii() else _BYTE_CODES
    return (*byte_codes, "VIQR") if _VIQR_SIGNS.search(line) else byte_codes


def _tally_letters(line: str, code: Code) -> Tally:
    found = Tally()
    changes = pattern(code)
    for match in LETTERS.finditer(line):
        word = match[0]
        converted = convert(word, code) if changes.search(word) else word
        found.words.append(converted)
        if converted != word:
            found.count(word, converted)
    return found


def _tally_viqr(line: str) -> Tally:
    found = Tally()
    for match in _TOKEN.finditer(line):
        word = match[0].strip(_EDGES).rstrip(".?'")
        if word.isascii() and is_strong(word):
            converted = read_word(match[0]).strip(_EDGES + "'.?")
            found.words.append(converted)
            found.count(word, converted)
        elif word:
            found.words.append(word)
    return found


def _is_abbreviation(word: str) -> bool:
    """Return whether a word is one letter, or capitals without a vowel ("QĐ", "HĐND"): neither right nor wrong."""
    return len(word) < 2 or (word.isupper() and len(word) <= 5 and not re.search("[AEIOUY]", strip_accents(word)))
