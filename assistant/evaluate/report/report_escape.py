"""Untrusted text (questions, quotes, errors) → Markdown that shows it."""

from __future__ import annotations

import re

from assistant.text.control_characters import replace_nonprinting

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_LONGEST = 300


def markdown_cell(text: str) -> str:
    """`text` as one cell of a Markdown table, cut where it is very long."""
    text = replace_nonprinting(" ".join(text.split()))
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return _SPECIAL.sub(r"\\\1", text)
