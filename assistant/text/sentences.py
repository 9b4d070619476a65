"""Where sentences begin and end, as exact slices of the text."""

from __future__ import annotations

import re
from itertools import pairwise

import sentencex

# A piece that ends so has not ended its sentence: an initial ("J."), a dotted abbreviation ("PGS.TS."), a
# title or unit in capitals and up to three letters ("TP.", "ThS.", "Dr.", "No."), or a short word before
# a number ("tel. 123", "art. 5").
_INITIAL = re.compile(r"(?:^|[\s(\"“„«-])(?:[^\W\d_]\.)+\s*$")
_DOTTED = re.compile(r"(?:^|\W)[^\W\d_]{1,4}(?:\.[^\W\d_]{1,4})+\.\s*$")
_TITLE = re.compile(r"(?:^|[\s(\"“„«/-])[^\W\d_]{1,3}\.\s*$")
_BEFORE_NUMBER = re.compile(r"(?:^|[\s(])[^\W\d_]{1,5}\.\s*$")
_LETTER = re.compile(r"[^\W\d_]")
_TAIL = 64  # characters in which these can be seen
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=[-*•–] |\d+[.)] |\S.* \| )")


def sentence_spans(text: str, language: str = "und") -> list[tuple[int, int]]:
    """(start, end) of each sentence of `text`, in order, white space around them left out.

    Sentences never cross a paragraph or list item. Every character that is not white space is in exactly
    one span.

    >>> sentence_spans("TP. Huế. Xong.")
    [(0, 8), (9, 14)]
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        spans += _in_paragraph(text, start, gap.start(), language)
        start = gap.end()
    spans += _in_paragraph(text, start, len(text), language)
    return spans


def _in_paragraph(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    paragraph = text[start:end]
    if not paragraph.strip():
        return []
    pieces = sentencex.segment("en" if language == "und" else language, paragraph)
    if "".join(pieces) != paragraph:  # never let a splitter's rewriting move an offset
        pieces = [paragraph]
    ends: list[int] = []  # of the sentences, in the text
    lettered = False  # whether the last of them has a letter; it begins at `begin`
    begin = position = start
    for piece in pieces:
        before = text[max(begin, position - _TAIL) : position]
        has_letter = bool(_LETTER.search(piece))
        if ends and (not lettered or not has_letter or _continues(before, piece)):
            ends[-1] += len(piece)
            lettered = lettered or has_letter
        else:
            ends.append(position + len(piece))
            begin, lettered = position, has_letter
        position += len(piece)
    spans = []
    for first, last in pairwise([start, *ends]):
        sentence = text[first:last]
        if sentence.strip():
            spans.append((first + len(sentence) - len(sentence.lstrip()), first + len(sentence.rstrip())))
    return spans


def _continues(before: str, after: str) -> bool:
    """Whether the full stop at the end of `before` belongs to an abbreviation."""
    if not before.rstrip().endswith("."):
        return False
    following = after.lstrip()[:1]
    if following.islower():
        return True
    if following.isdigit() and _BEFORE_NUMBER.search(before):
        return True
    # A short last word is an abbreviation only if it could not close a sentence of its own: it is
    # capitalised ("TP.", "Dr.") or dotted.
    if _INITIAL.search(before) or _DOTTED.search(before):
        return True
    title = _TITLE.search(before)
    return bool(title and title.group().strip(' ("“„«/-')[:1].isupper())
