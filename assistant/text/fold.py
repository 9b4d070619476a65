"""Words in comparable form: NFKC, case-folded, and without accents."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+(?:[.,:/]\d+)*", re.UNICODE)
# Letters that do not decompose into a base letter and a combining mark.
_STROKES = str.maketrans("đðłøħŧ", "ddloht")


def casefold(text: str) -> str:
    """Return `text` in NFKC and case folded.

    >>> casefold("BỆNH VIỆN")
    'bệnh viện'
    """
    return unicodedata.normalize("NFKC", text).casefold()


def strip_accents(text: str) -> str:
    """Return `text` case folded and without accents, so that "bệnh viện" and "benh vien" are equal.

    >>> strip_accents("Đà Nẵng, Łódź")
    'da nang, lodz'
    """
    decomposed = unicodedata.normalize("NFKD", casefold(text).translate(_STROKES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """Return the case-folded words of `text` in order; a number keeps its inner separators.

    >>> words("Tỷ lệ 3.57%, ngày 10/08/2020.")
    ['tỷ', 'lệ', '3.57', 'ngày', '10/08/2020']
    """
    return _WORD.findall(casefold(text))
