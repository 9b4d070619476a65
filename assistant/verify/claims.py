"""Finds the sentences of an answer that make a claim, which needs a source."""

from __future__ import annotations

import re

from assistant.text.facts.lexicon import SILENCE, TALK, YES_NO
from assistant.text.fold import words

_LEAD_IN = re.compile(r":[\s*_\"'”»)]*$")
_HEADING = re.compile(r"\s*#|\s*(?:\*\*|__)[^*_.!?]+(?:\*\*|__)\s*$")
_QUESTION = re.compile(r"[?？][\s*_\"'”»)]*$")
_BULLET = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_NEXT_NUMBER = re.compile(r"(?<=[.:;!?])\s+\d{1,2}[.)]\s*$")  # of a list that is split after its numbers
_YES_NO = re.compile(rf"(?:{YES_NO})(?:[,.;:!]\s*|\s*$)", re.IGNORECASE)
_MARKS = re.compile(r"\*\*|__|`")
_SILENCE = {language: re.compile(pattern, re.IGNORECASE) for language, pattern in SILENCE.items()}


def claim_of(sentence: str) -> str:
    """Return `sentence` without list marks and numbers, emphasis, and a leading "Yes, …" or "No, …".

    >>> claim_of("2. **No**, the rate fell in group 4.")
    'the rate fell in group 4.'
    """
    text = _MARKS.sub("", _NEXT_NUMBER.sub("", sentence)).strip()
    bullet = _BULLET.match(text)
    # "2. miejsce zajął …": a number before a small letter is an ordinal.
    if bullet and not (text[0].isdigit() and text[bullet.end()].islower()):
        text = text[bullet.end() :]
    return _YES_NO.sub("", text, count=1) if _YES_NO.match(text) else text


def makes_claim(sentence: str, language: str) -> bool:
    """Return whether `sentence` makes a claim about the subject of the documents.

    These do not: a lead-in that ends with a colon and has no digits, a Markdown heading, a question, a sentence about
    the answer itself ("Here is what the documents say."), and one that says that the documents do not say something.

    >>> makes_claim("Here is the answer:", "en"), makes_claim("The rate is low.", "en")
    (False, True)
    """
    text = claim_of(sentence)
    digits = any(char.isdigit() for char in text)
    if _HEADING.match(sentence) or _QUESTION.search(text) or (_LEAD_IN.search(text) and not digits):
        return False
    if not digits and set(words(text)) <= TALK.get(language, TALK["en"]):
        return False
    silence = _SILENCE.get(language)
    return not (silence and silence.search(text))
