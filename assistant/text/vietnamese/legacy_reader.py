"""Reads Vietnamese text in legacy codes (legacy_codes.py, viqr.py), recognised by fonts or by the letters.

By the letters a code is recognised when words that make no sense as they are become Vietnamese syllables in it: many
of them, nearly all that change, and few that were Vietnamese before. French, German or Polish words do not, and neither
does Vietnamese in Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.text.fold import strip_accents
from assistant.text.vietnamese.accents import is_syllable, normal_syllable, syllable_share
from assistant.text.vietnamese.legacy_codes import Code, LegacyFont, convert, pattern
from assistant.text.vietnamese.syllables import known_syllables
from assistant.text.vietnamese.viqr import is_strong, read_viqr, read_word

SAMPLE_CHARS = 100_000
"""Characters of a file by which its code is recognised."""

_CODES: tuple[Code, ...] = ("TCVN3", "VNI", "VISCII", "VPS", "VIQR")
# Chosen by hand; what is converted that must not be was counted (docs/experiments/extraction.md).
_WORDS = 4  # different words at least that a code makes Vietnamese, before a document is taken to be in it
_RIGHT = 0.8  # share of the words changed by the code that become Vietnamese
_SYLLABLES = 0.4  # share of all words in these lines that are built like Vietnamese syllables
_OTHER_CODE = 0.1  # good words of a second code, to one of the first
_MOST_LINE = 2_000  # characters of one line that are looked at
_LETTERS = re.compile(r"[A-Za-z\xa1-\xff\x80-\x9fŒœŠšŽžŸƒˆ˜€‚„†‡‰‹›ẮẰẲẴẶ\u0100-\u024f\u0300-\u036f\u1ea0-\u1ef9]+")
_HYPHENATED = re.compile(r"(?<![\w-])[A-Za-z§®]{0,3}-[\xa1-\xffa-zA-Z]{0,4}(?![\w-])")
_SIGN = re.compile("([–—“”‘’…•°²³±«»])")
_TOKEN = re.compile(r"\S+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # other line breaks of Unicode are letters of VISCII and VPS
_UNICODE_ONLY = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9\u0300-\u0303\u0309\u0323]")
_TELLING = re.compile("[^\x00-\x7f]|[a-zA-Z][\\^(+*~`'?.]|dd|DD|Dd")


@dataclass(slots=True)
class _Tally:
    """What a code makes of some text: the words that it changes, and what they are before and after."""

    right: set[str] = field(default_factory=set)
    good: int = 0
    bad: int = 0
    good_before: int = 0
    words: int = 0
    syllables: int = 0

    @property
    def is_likely(self) -> bool:
        """Return whether the code makes one line better."""
        return self.good > max(self.bad, self.good_before)

    @property
    def is_clear(self) -> bool:
        """Return whether a line gives evidence for the code."""
        return self.good >= 2 and self.good >= _RIGHT * (self.good + self.bad) and self.good >= 2 * self.good_before

    def add(self, other: _Tally) -> None:
        """Add the counts of another tally."""
        self.right |= other.right
        self.good += other.good
        self.bad += other.bad
        self.good_before += other.good_before
        self.words += other.words
        self.syllables += other.syllables


class LegacyReader:
    """Reads the texts of one file; `sample` is its text, from which its codes are recognised.

    `found` are the codes of what was converted. The time grows linearly with the text.
    """

    def __init__(self, sample: Iterable[str] = ()) -> None:
        self.found: set[Code] = set()
        self._codes = _recognise(sample)

    @property
    def expects(self) -> bool:
        """Return whether the letters of the sample are in a legacy code."""
        return bool(self._codes)

    def read(self, text: str) -> str:
        """Return `text` with the lines in one of the file's codes in Unicode."""
        if not self._codes or not _TELLING.search(text):
            return text
        return "".join(map(self._read_line, _LINE.findall(text)))

    def read_font(self, text: str, font: LegacyFont | None) -> str:
        """Return text written in a font (None: any other); text that is Unicode Vietnamese stays as it is."""
        if font is None:
            return self.read(text)
        if _UNICODE_ONLY.search(text):
            return text
        converted = convert(text, font.code, capitals=font.capitals)
        if converted != text:
            self.found.add(font.code)
        return converted

    def _read_line(self, line: str) -> str:
        head = line[:_MOST_LINE]
        tallies = {code: _tally(head, code) for code in self._codes}
        code = max(tallies, key=lambda code: tallies[code].good)
        if not tallies[code].is_likely:
            return line
        self.found.add(code)
        return _in_unicode(line, code)


def read_legacy(text: str) -> tuple[str, tuple[Code, ...]]:
    """Return a text with what is in a legacy code in Unicode, and the codes found, in order of their names."""
    reader = LegacyReader([text])
    return reader.read(text), tuple(sorted(reader.found))


def restore_hyphens(text: str) -> str:
    """Return `text` with U+00AD, an "ư" in TCVN3, for hyphens that make a syllable so."""
    return _HYPHENATED.sub(_restored, text) if "-" in text else text


def _restored(match: re.Match[str]) -> str:
    word = match[0].replace("-", "\xad")
    return word if _is_known(convert(word, "TCVN3")) else match[0]


def is_legacy(text: str) -> bool:
    """Return whether the letters of `text` are in a legacy code."""
    return LegacyReader([text]).expects


def _recognise(sample: Iterable[str]) -> tuple[Code, ...]:
    totals = {code: _Tally() for code in _CODES}
    left = SAMPLE_CHARS
    for text in sample:
        for line in _LINE.findall(text[:left]):
            if not _TELLING.search(line) or len(_UNICODE_ONLY.findall(line)) > 2:
                continue
            tallies = {code: _tally(line[:_MOST_LINE], code) for code in _CODES}
            code = max(_CODES, key=lambda code: tallies[code].good - tallies[code].bad)
            if tallies[code].is_clear:
                totals[code].add(tallies[code])
        left -= len(text)
        if left <= 0:
            break
    most = max(total.good for total in totals.values())
    return tuple(code for code, total in totals.items() if _is_established(total, most))


def _is_established(total: _Tally, most: int) -> bool:
    """Return whether a document is in a code; `most` are the good words of the code that has most of them."""
    enough = len(total.right) >= _WORDS and total.good >= _OTHER_CODE * most
    return enough and total.syllables >= _SYLLABLES * total.words


def _tally(line: str, code: Code) -> _Tally:
    """Count what `code` makes of the words of a line."""
    return _tally_viqr(line) if code == "VIQR" else _tally_letters(line, code)


def _tally_letters(line: str, code: Code) -> _Tally:
    found = _Tally()
    changes = pattern(code)
    for match in _LETTERS.finditer(line):
        word = match[0]
        converted = convert(word, code) if changes.search(word) else word
        _count(found, word, converted, changed=converted != word)
    return found


def _tally_viqr(line: str) -> _Tally:
    found = _Tally()
    for match in _TOKEN.finditer(line):
        word = match[0].strip('"“”‘’«»()[]{}<>,;:!…-–/').rstrip(".?'")
        if word.isascii() and is_strong(word):
            _count(found, word, read_word(match[0]).strip("\"'“”‘’«»()[]{}<>,;:!…-–/.?"), changed=True)
        elif word:
            _count(found, word, word, changed=False)
    return found


def _count(found: _Tally, word: str, converted: str, *, changed: bool) -> None:
    lower = normal_syllable(unicodedata.normalize("NFC", converted).lower())
    if len(lower) > 1 and lower.isalpha():
        found.words += 1
        found.syllables += is_syllable(lower)
    if not changed:
        return
    if lower in known_syllables() and len(lower) > 1:
        found.good += 1
        found.right.add(lower)
    elif not _is_abbreviation(converted):
        found.bad += 1
    found.good_before += _is_known(word)


def _is_abbreviation(word: str) -> bool:
    """Return whether a word is one letter, or capitals without a vowel ("QĐ", "HĐND"): neither right nor wrong."""
    return len(word) < 2 or (word.isupper() and len(word) <= 5 and not re.search("[AEIOUY]", strip_accents(word)))


def _is_known(word: str) -> bool:
    return normal_syllable(unicodedata.normalize("NFC", word).lower()) in known_syllables()


def _in_unicode(line: str, code: Code) -> str:
    if code == "VIQR":
        return read_viqr(line, syllable_share)
    mixed = _UNICODE_ONLY.search(line) is not None
    return _LETTERS.sub(lambda match: _word_in_unicode(match[0], code, mixed=mixed), line)


def _word_in_unicode(word: str, code: Code, *, mixed: bool) -> str:
    """Return a word in Unicode; in a line that is `mixed`, words that are in Unicode already stay."""
    if (mixed and _is_known(word)) or (len(word) == 1 and not word.isalpha() and word != "\xad"):
        return word
    converted = convert(word, code)
    if code not in ("VISCII", "VPS") or is_syllable(converted.lower()):
        return converted
    # The bytes of these signs are letters in these codes; a sign among them makes no syllable.
    return "".join(part if _SIGN.fullmatch(part) else convert(part, code) for part in _SIGN.split(word))
