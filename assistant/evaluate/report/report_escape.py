"""Untrusted text (questions, quotes, errors) → what a page can hold, and Markdown that shows it."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_LONGEST = 300


def visible(text: str) -> str:
    """`text` with U+FFFD for what cannot be shown: control characters, half an emoji.

    >>> visible("a\\x1b[31m")
    'a�[31m'
    """
    return "".join(char if char.isprintable() or char.isspace() else "\ufffd" for char in text)


def markdown_cell(text: str) -> str:
    """`text` as one cell of a Markdown table, cut where it is very long."""
    text = visible(" ".join(text.split()))
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return _SPECIAL.sub(r"\\\1", text)
