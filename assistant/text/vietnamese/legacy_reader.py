"""Reads Vietnamese text in legacy codes (legacy_codes.py, viqr.py), recognised by fonts or by the letters."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.text.vietnamese.accents import is_syllable, syllable_share
from assistant.text.vietnamese.legacy_codes import Code, LegacyFont, convert
from assistant.text.vietnamese.legacy_recognition import (
    LETTERS,
    LINE,
    MOST_LINE,
    UNICODE_ONLY,
    is_known,
    recognise,
    tally,
)
from assistant.text.vietnamese.viqr import read_viqr

_HYPHENATED = re.compile(r"(?<![\w-])[A-Za-z§®]{0,3}-[\xa1-\xffa-zA-Z]{0,4}(?![\w-])")
_SIGN = re.compile("([–—“”‘’…•°²³±«»])")
_SYMBOLS = frozenset("£×÷±°©»¼½¾¥¢")  # letters of TCVN3 that are no words by themselves
_TELLING = re.compile("[^\x00-\x7f]|[a-zA-Z][\\^(+*~`'?.]|dd|DD|Dd")


class LegacyReader:
    """Reads the texts of one file; `sample` is its text, from which its codes are recognised.

    `found` are the codes of what was converted. The time grows linearly with the text.
    """

    def __init__(self, sample: Iterable[str] = ()) -> None:
        self.found: set[Code] = set()
        self._codes = recognise(sample)

    @property
    def expects(self) -> bool:
        """Return whether the letters of the sample are in a legacy code."""
        return bool(self._codes)

    def read(self, text: str) -> str:
        """Return `text` with the lines in one of the file's codes in Unicode."""
        if not self._codes or not _TELLING.search(text):
            return text
        return "".join(map(self._read_line, LINE.findall(text)))

    def read_font(self, text: str, font: LegacyFont | None) -> str:
        """Return text written in a font (None: any other); text that is Unicode Vietnamese stays as it is."""
        if font is None:
            return self.read(text)
        if UNICODE_ONLY.search(text):
            return text
        converted = convert(text, font.code, capitals=font.capitals)
        if converted != text:
            self.found.add(font.code)
        return converted

    def _read_line(self, line: str) -> str:
        head = line[:MOST_LINE]
        tallies = {code: tally(head, code) for code in self._codes}
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


def is_legacy(text: str) -> bool:
    """Return whether the letters of `text` are in a legacy code."""
    return LegacyReader([text]).expects


def _restored(match: re.Match[str]) -> str:
    word = match[0].replace("-", "\xad")
    return word if is_known(convert(word, "TCVN3")) else match[0]


def _in_unicode(line: str, code: Code) -> str:
    if code == "VIQR":
        return read_viqr(line, syllable_share)
    mixed = UNICODE_ONLY.search(line) is not None
    return LETTERS.sub(lambda match: _word_in_unicode(match[0], code, mixed=mixed), line)


def _word_in_unicode(word: str, code: Code, *, mixed: bool) -> str:
    """Return a word in Unicode; in a line that is `mixed`, words that are in Unicode already stay."""
    if (mixed and is_known(word)) or (code == "TCVN3" and word in _SYMBOLS):
        return word
    converted = convert(word, code)
    if code not in ("VISCII", "VPS") or is_syllable(converted.lower()):
        return converted
    # The bytes of these signs are letters in these codes; a sign among them makes no syllable.
    return "".join(part if _SIGN.fullmatch(part) else convert(part, code) for part in _SIGN.split(word))
