"""Escaping of untrusted text (questions, quotes, errors) for the Markdown report."""

from __future__ import annotations

import re

from assistant.text.control_characters import replace_nonprinting

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_LONGEST = 300


def markdown_cell(text: str) -> str:
    """Return `text` as one cell of a Markdown table, cut after 300 characters."""
    text = replace_nonprinting(" ".join(text.split()))
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return _SPECIAL.sub(r"\\\1", text)
