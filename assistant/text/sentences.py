"""The sentence splitter: sentences as exact slices of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

import sentencex

from assistant.text.abbreviations import mark_full_stops

_LETTER = re.compile(r"[^\W\d_]")
_TAIL = 64  # characters in which the full stop at the end of a piece is looked for
# The splitter takes the square of the time for runs of quotation marks and for scripts without spaces: it gets a long
# paragraph in windows, each beginning with a sentence.
_WINDOW = 4_000
# It also takes all that follows a mark without its partner ("5' end") for one sentence. No sentence is that long.
_ENDLESS = 1_000
_FLOOD = 0.06  # share of such marks among all characters; chosen by hand: running text has a third of it, code as many
_QUOTES = re.compile("[\"'`´‘’‚‛“”„‟«»‹›()\\[\\]「」『』（）《》]")
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")  # the splitter breaks off at one before a full stop ("A\xa0.")
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=[-*•–] |\d+[.)] |\S.* \| )")


def sentence_spans(text: str, language: str = "und") -> list[tuple[int, int]]:
    """Return start and end of each sentence of `text`, in order, without the white space around it.

    Offsets are characters, end-exclusive. No sentence crosses a paragraph or list item. Every character that is not
    white space is in exactly one span.

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
    ends: list[int] = []  # of the sentences, in the text
    lettered = False  # whether the last of them has a letter; it begins at `begin`
    begin = position = start
    for piece in _raw_pieces(paragraph, language):
        has_letter = bool(_LETTER.search(piece))
        if ends and (not lettered or not has_letter or _goes_on(text[max(begin, position - _TAIL) : position], piece)):
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


def _raw_pieces(paragraph: str, language: str) -> Iterator[str]:
    """Yield the paragraph as the splitter cuts it; joined, the pieces are the paragraph."""
    at = 0
    while at < len(paragraph):
        window = paragraph[at : at + _WINDOW]
        whole = at + _WINDOW >= len(paragraph)
        flood = len(window) > _ENDLESS and len(_QUOTES.findall(window)) > _FLOOD * len(window)
        pieces = [
            part
            for piece in _segment(window, language, quotes=not flood)
            for part in (_segment(piece, language, quotes=False) if len(piece) > _ENDLESS else [piece])
        ]
        # The last sentence may go on behind the window: it begins the next one, unless it fills this one.
        if not whole and 2 * len(pieces[-1]) < _WINDOW:
            pieces.pop()
        elif not whole and (space := pieces[-1].rfind(" ")) * 2 > len(pieces[-1]):
            pieces[-1] = pieces[-1][: space + 1]
        yield from pieces
        at += sum(map(len, pieces))


def _segment(text: str, language: str, *, quotes: bool = True) -> list[str]:
    """Return `text` in pieces; without `quotes`, marks and brackets are read as dashes."""
    shown = _WIDE_SPACE.sub(" ", mark_full_stops(text if quotes else _QUOTES.sub("-", text), language))
    pieces = sentencex.segment("en" if language == "und" else language, shown)
    if "".join(pieces) != shown:  # never let a splitter's rewriting move an offset
        return [text]
    ends = list(accumulate(map(len, pieces), initial=0))
    return [text[start:end] for start, end in pairwise(ends)]


def _goes_on(before: str, after: str) -> bool:
    """Return whether the piece `before` ends with a full stop and `after` goes on in lower case."""
    return before.rstrip().endswith(".") and after.lstrip()[:1].islower()
