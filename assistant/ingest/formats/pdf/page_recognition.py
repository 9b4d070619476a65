"""Pages of a PDF that are read by text recognition: pictures, and signs whose font does not say which letters they are.

The shares are chosen by hand, because no labelled set of such pages exists; tests/ingest/test_recognition.py says what
they must achieve.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.image.unread_pages import Reason, UnreadPages
from assistant.ingest.formats.pdf.page_layout import Fragment

UNKNOWN = "\x00"
"""Stands for a sign of which the PDF does not say which letter it is."""
_DPI = 300  # in which a page is drawn: the resolution that Tesseract is made for
_MOST_PIXELS = 20_000_000  # of a page as it is drawn; A3 at 300 dpi
_FEW_LETTERS = 100  # on a picture: the stamp of a scanner or a fax machine
_PICTURE_SHARE = 0.6  # of the page that pictures cover
_DRAWN_PATHS = 50  # paths from which a page without text may be letters drawn as curves
_UNKNOWN_SHARE = 0.1  # of all signs: bullets of an odd font are fewer, the accented letters of a text are more
_WORD_LETTERS = 3  # of a word with an unknown sign in it; fewer stand beside the signs of a formula
_LOST_WORDS = 2  # words of unknown signs alone from which the page is recognised; one may be a decoration
_BROKEN_SHARE = 0.003  # words with unknown signs, relative to letters: "fi" in a font without it
_ILLEGIBLE_SHARE = 0.01  # from which the text is not used


@dataclass(frozen=True, slots=True)
class Legibility:
    """How well the text of a page says which letters stand on it.

    `broken` are words with unknown signs in them, `lost` those of unknown signs alone; `unknown` are all unknown signs.
    """

    letters: int
    signs: int
    unknown: int
    broken: int
    lost: int

    @classmethod
    def of(cls, signs: Sequence[str]) -> Legibility:
        """Judge the signs of a page in their order, "\\n" between lines."""
        text = "".join(UNKNOWN if is_unknown(sign) else sign for sign in signs)
        broken = lost = 0
        for word in re.finditer(r"[\x00\w]+", text) if UNKNOWN in text else ():
            begins_line = word.start() == 0 or text[word.start() - 1] == "\n"
            rest = word[0].lstrip(UNKNOWN) if begins_line else word[0]  # a bullet close to its word
            broken += UNKNOWN in rest and sum(map(str.isalpha, rest)) >= _WORD_LETTERS
            lost += len(word[0]) >= _WORD_LETTERS and not word[0].strip(UNKNOWN)
        return cls(sum(map(str.isalpha, text)), len(text), text.count(UNKNOWN), broken, lost)

    @property
    def is_broken(self) -> bool:
        """Whether words lack letters."""
        return self._is_unknown() or self.lost >= _LOST_WORDS or self.broken > _BROKEN_SHARE * self.letters

    @property
    def is_illegible(self) -> bool:
        """Whether so many letters lack that the text is of no use."""
        return self._is_unknown() or self.broken > _ILLEGIBLE_SHARE * self.letters

    def _is_unknown(self) -> bool:
        return self.unknown > _UNKNOWN_SHARE * self.signs


def is_unknown(sign: str) -> bool:
    """Return whether a sign is only the number that its glyph has in the font."""
    return (sign < " " and sign not in "\n\t") or "\ue000" <= sign <= "\uf8ff" or sign == "\ufffd"


class PageRecognition:
    """Decides which pages of a PDF are recognised, and notes those that are and those that cannot be read."""

    def __init__(self, recognition: TextRecognition) -> None:
        self.unread = UnreadPages()
        self.recognised: list[tuple[int, float]] = []
        self._recognition = recognition

    def read(self, page: pypdfium2.PdfPage, number: int, legibility: Legibility) -> Sequence[Fragment] | None:
        """Return the lines recognised on page `number` (from 1); None where its own text is to be taken."""
        reason = _reason(page, legibility)
        if reason is None:
            return None
        # The text of the page, where there is some, is better than nothing.
        nothing = () if legibility.is_illegible or not legibility.letters else None
        if not self._recognition.installed:
            return self._unread(reason, number, nothing)
        if not self._recognition.has_time:
            return self._unread("time", number, nothing)
        found = self._recognition.read(_drawn(page).to_pil())
        if not found.sure:
            return self._unread("unsure", number, nothing)
        letters = sum(map(str.isalpha, "".join(line.text for line in found.lines)))
        if reason == "picture" and letters <= 2 * legibility.letters:
            return nothing  # a page with a picture behind its few words
        self.recognised.append((number, found.confidence))
        return found.lines

    def _unread(self, reason: Reason, number: int, nothing: Sequence[Fragment] | None) -> Sequence[Fragment] | None:
        if nothing is not None:
            self.unread.add(reason, number)
        return nothing


def _reason(page: pypdfium2.PdfPage, legibility: Legibility) -> Reason | None:
    if legibility.is_broken:
        return "letters"
    if legibility.letters >= _FEW_LETTERS:
        return None
    share = _picture_share(page)
    if not legibility.letters:
        return "picture" if share or _is_drawn(page) else None
    return "picture" if share >= _PICTURE_SHARE else None


def _picture_share(page: pypdfium2.PdfPage) -> float:
    """Return the share of the page that its pictures cover; those that lie on each other count twice."""
    width, height = page.get_size()
    covered: float = 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = picture.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return covered / float(max(1.0, width * height))


def _is_drawn(page: pypdfium2.PdfPage) -> bool:
    """Return whether a page without text has so many paths that they may be letters."""
    paths = page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])
    return any(number >= _DRAWN_PATHS for number, _ in enumerate(paths, start=1))


def _drawn(page: pypdfium2.PdfPage) -> pypdfium2.PdfBitmap:
    """Draw a page in grey, a very large one in a lower resolution."""
    width, height = page.get_size()
    most = (_MOST_PIXELS / max(1.0, width * height)) ** 0.5
    return page.render(scale=min(_DPI / 72, most), grayscale=True)
