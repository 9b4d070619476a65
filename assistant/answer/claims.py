"""Which sentences of an answer claim something that needs a source."""

from __future__ import annotations

import re

from assistant.text.fold import words
from assistant.text.lexicon import SILENCE, TALK

_LEAD_IN = re.compile(r":[\s*_\"'”»)]*$")
_HEADING = re.compile(r"\s*#|\s*(?:\*\*|__)[^*_.!?]+(?:\*\*|__)\s*$")
_QUESTION = re.compile(r"[?？][\s*_\"'”»)]*$")
_SILENCE = {language: re.compile(pattern, re.IGNORECASE) for language, pattern in SILENCE.items()}


def makes_claim(sentence: str, language: str) -> bool:
    """Whether `sentence` says anything about what the documents are about.

    None does that leads in a list with a colon and has no digits, is a heading in Markdown or a question, speaks only
    of the answer ("Here is what the documents say."), or says that the documents do not say something.

    >>> makes_claim("Here is the answer:", "en"), makes_claim("The rate is low.", "en")
    (False, True)
    """
    if not any(char.isalpha() for char in sentence):
        return any(char.isdigit() for char in sentence)
    if _LEAD_IN.search(sentence) and not any(char.isdigit() for char in sentence):
        return False
    if _HEADING.match(sentence) or _QUESTION.search(sentence):
        return False
    if set(words(sentence)) <= TALK.get(language, TALK["en"]):
        return False
    silence = _SILENCE.get(language)
    return not (silence and silence.search(sentence))
