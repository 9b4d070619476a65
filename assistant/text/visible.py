"""Text without what cannot be seen: control characters, directions, joiners, tags."""

from __future__ import annotations

import re
import unicodedata

UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but tab, line feed and carriage return, and lone surrogates: no page can hold them."""
JOINERS = "\u200c\u200d"
"""Spelling in Persian and Indic scripts and in emoji."""


def visible(text: str, keep: str = "") -> str:
    """`text` without control and format characters and lone surrogates, but with line breaks, tabs and those in `keep`.

    >>> visible("one\\u202e\\u200b\\x00 two\\r\\n")
    'one two \\n'
    """
    kept = set("\n\t" + keep)
    return "".join(char if char in kept or not _is_hidden(char) else " " * char.isspace() for char in text)


def _is_hidden(char: str) -> bool:
    # Variation selectors of the supplement select nothing that fonts have, but can spell out a hidden text.
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") or "\U000e0100" <= char <= "\U000e01ef"
