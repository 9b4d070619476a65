"""Which sentences can be quoted on their own."""

from __future__ import annotations

import re

from assistant.records import Document
from assistant.text.fold import words

# The end of a sentence. A line without it and of at most _SHORT_WORDS words is taken for a heading, a caption or a
# name. The number is chosen by hand: few headings are longer.
_SENTENCE_END = re.compile(r"[.!?…;:。！？।]['\"”’»)\]/.]*$")
_SHORT_WORDS = 12


def is_statement(text: str, document: Document) -> bool:
    """Whether `text` can answer on its own: not a heading, the title, a caption's file name or a lone name."""
    if text.startswith("#") or text == document.title:
        return False
    return (
        bool(_SENTENCE_END.search(text))
        or len(words(text)) > _SHORT_WORDS
        or text.startswith(("- ", "• "))
        or (" | " in text)
    )
