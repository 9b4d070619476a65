"""Escaping of untrusted text (questions, quotes, errors) for the HTML and Markdown reports."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_LONGEST = 300


def visible(text: str) -> str:
    """Return `text` with U+FFFD in place of unprintable characters, such as control characters and surrogates.

    >>> visible("a\\x1b[31m")
    'a�[31m'
    """
    return "".join(char if char.isprintable() or char.isspace() else "\ufffd" for char in text)


def markdown_cell(text: str) -> str:
    """Return `text` as one cell of a Markdown table, cut after 300 characters."""
    text = visible(" ".join(text.split()))
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return _SPECIAL.sub(r"\\\1", text)
