"""Statements: sentences that can be quoted on their own."""

from __future__ import annotations

import re

from assistant.records import Document
from assistant.text.fold import words

# The end of a sentence. A line without it and of at most _SHORT_WORDS words is taken for a heading, a caption or a
# name. The number is chosen by hand: few headings are longer.
_SENTENCE_END = re.compile(r"[.!?…;:。！？।]['\"”’»)\]/.]*$")
_SHORT_WORDS = 12
# An item of a list: a bullet, or a label as it is printed ("1.", "a)", "(iv)", "2.3") and at least _ITEM_WORDS words
# with it. The number is chosen by hand: a numbered heading has few words ("1. Introduction").
_BULLETED = re.compile(r"[-•] ")
_NUMBERED = re.compile(r"(?:\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,5})[.)]|\d+(?:\.\d+)+) ")
_ITEM_WORDS = 5


def is_statement(text: str, document: Document) -> bool:
    """Return whether `text` can answer on its own: it is no heading, title, caption's file name or lone name."""
    if text.startswith("#") or text == document.title:
        return False
    if _SENTENCE_END.search(text) or _BULLETED.match(text) or " | " in text:
        return True
    return len(words(text)) > (_ITEM_WORDS - 1 if _NUMBERED.match(text) else _SHORT_WORDS)
