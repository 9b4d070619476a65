"""Where sentences begin and end, as exact slices of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

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
# The splitter takes the square of the time for runs of quotation marks and for scripts without spaces: it gets a long
# paragraph in windows, each beginning with a sentence.
_WINDOW = 4_000
# It also takes all that follows a mark without its partner ("5' end") for one sentence. No sentence is that long.
_ENDLESS = 1_000
_FLOOD = 0.06  # of all characters; code and tables of figures have as many, running text a third of it
_QUOTES = re.compile("[\"'`´‘’‚‛“”„‟«»‹›()\\[\\]「」『』（）《》]")
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
    ends: list[int] = []  # of the sentences, in the text
    lettered = False  # whether the last of them has a letter; it begins at `begin`
    begin = position = start
    for piece in _raw_pieces(paragraph, "en" if language == "und" else language):
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


def _raw_pieces(paragraph: str, language: str) -> Iterator[str]:
    """The paragraph as the splitter cuts it; joined, the pieces are the paragraph."""
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
    """`text` in pieces; without `quotes`, marks and brackets are read as dashes."""
    shown = text if quotes else _QUOTES.sub("-", text)
    pieces = sentencex.segment(language, shown)
    if "".join(pieces) != shown:  # never let a splitter's rewriting move an offset
        return [text]
    ends = list(accumulate(map(len, pieces), initial=0))
    return [text[start:end] for start, end in pairwise(ends)]


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
