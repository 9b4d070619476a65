"""The chunker: cuts a document at headings, paragraphs and sentences, never above the token limits.

A chunk is one slice of the document from the first to the last of its sentences, so that `chunk.text ==
document.text[chunk.start:chunk.end]`. Every word of the document is in a chunk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.records import Chunk, Document, Sentence
from assistant.text.sentences import sentence_spans

Span = tuple[int, int]

_HEADING = re.compile(r"#{1,6} +(\S.*)")
# Tokens are counted in pieces no longer than this: tokenizers slow down badly on endless "words".
_PIECE_CHARS = 1000
# A sentence longer than this is cut at its semicolons, into items of at least _SHORTEST_ITEM_CHARS. Chosen by hand:
# decrees list whole paragraphs in one sentence, and a quote should stay readable.
_LONG_SENTENCE_CHARS = 400
_SHORTEST_ITEM_CHARS = 60
_WHOLE = ("row", "code")
_LINES = ("item", "definition")
_SEMICOLON = re.compile(r";\s+")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a chunk.

    `tokens` is the most tokens of a chunk, as `count` counts them; `fits` returns whether the encoder takes a text
    whole; `overlap_sentences` is the number of sentences repeated from the chunk before.
    """

    tokens: int
    overlap_sentences: int
    count: Callable[[str], int]
    fits: Callable[[str], bool]


def split_document(document: Document, limits: Limits) -> tuple[list[Chunk], list[Sentence]]:
    """Return the chunks and the sentences of `document`, both in reading order; its text is cut into sentences once.

    The sentences are the texts that can be quoted; a row of a table, and code, is one. A long sentence with semicolons
    is cut into its items, and a sentence longer than a chunk into pieces. All offsets are characters of
    `document.text`, end-exclusive.
    """
    sections = _Sections()
    quotes: list[Span] = []
    for start, end, whole in _sentences(document):
        pieces = list(_pieces(document.text, start, end, limits))
        sections.add(_heading_at(document.text, start), pieces)
        items = [] if whole else list(_items(document.text, start, end))
        if len(items) <= 1:
            quotes += pieces
        else:
            quotes += [piece for item in items for piece in _pieces(document.text, *item, limits)]
    chunks = [
        Chunk.cut(document, *span, section.headings)
        for section in sections.all
        for start, end in _pack(document.text, section.sentences, limits)
        for span in _fit(document.text, start, end, limits)
    ]
    return chunks, [Sentence(document.doc_id, *quote) for quote in quotes]


def _sentences(document: Document) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of each sentence of a document; True with those that are a whole block."""
    position = 0
    for block in document.blocks:
        if block.kind in _WHOLE:
            yield from _sentences_between(document, position, block.start)
            yield block.start, block.end, True
            position = block.end
        elif block.kind in _LINES:
            line = document.text.rfind("\n", position, block.start) + 1
            yield from _sentences_between(document, position, line)
            position = max(position, line)
    yield from _sentences_between(document, position, len(document.text))


def _sentences_between(document: Document, first: int, last: int) -> Iterator[tuple[int, int, bool]]:
    for start, end in sentence_spans(document.text[first:last], document.language):
        yield first + start, first + end, False


@dataclass(slots=True)
class _Section:
    """Sentences under the same headings; the lines of the headings are the first of them."""

    headings: tuple[str, ...] = ()
    sentences: list[Span] = field(default_factory=list)
    only_headings: bool = True


class _Sections:
    """The sections of a document, which a heading after other text begins."""

    def __init__(self) -> None:
        self.all = [_Section()]
        self._path: list[tuple[int, str]] = []

    def add(self, heading: tuple[int, str] | None, pieces: Sequence[Span]) -> None:
        """Add a sentence, cut into `pieces`; `heading` is its level and title where it is a heading."""
        if heading is not None:
            if not self.all[-1].only_headings:
                self.all.append(_Section())
            self._path = [entry for entry in self._path if entry[0] < heading[0]] + [heading]
            self.all[-1].headings = tuple(title for _, title in self._path)
        section = self.all[-1]
        section.sentences += pieces
        section.only_headings = section.only_headings and heading is not None and len(pieces) == 1


def _items(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the items of a long sentence with semicolons; short ones stay with the item before."""
    first = start
    if end - start > _LONG_SENTENCE_CHARS:
        for match in _SEMICOLON.finditer(text, start, end):
            if match.start() + 1 - first >= _SHORTEST_ITEM_CHARS and end - match.end() >= _SHORTEST_ITEM_CHARS:
                yield first, match.start() + 1
                first = match.end()
    yield first, end


def _heading_at(text: str, start: int) -> tuple[int, str] | None:
    if text[start] != "#" or (start and text[start - 1] != "\n"):
        return None
    match = _HEADING.match(text, start)
    return (len(match.group().split(" ")[0]), match.group(1).strip()) if match else None


def _pack(text: str, sentences: Sequence[Span], limits: Limits) -> Iterator[Span]:
    """Yield the spans of chunks, as many sentences each as fit; one ends at a paragraph end if that leaves it at least
    half full.
    """
    sizes = [limits.count(text[start:end]) for start, end in sentences]
    first = 0
    while first < len(sentences):
        after, size = first, 0
        while after < len(sentences) and (after == first or size + sizes[after] < limits.tokens):
            size += sizes[after] + 1  # the white space between
            after += 1
        if after < len(sentences):
            after = _paragraph_end(text, sentences, sizes, first, after)
        while after > first + 1 and limits.count(text[sentences[first][0] : sentences[after - 1][1]]) > limits.tokens:
            after -= 1
        yield sentences[first][0], sentences[after - 1][1]
        if after == len(sentences):
            return
        # The overlap must leave room for something new, or the packing would not advance.
        overlap = min(limits.overlap_sentences, after - first - 1)
        while overlap and sum(sizes[after - overlap : after]) * 2 > limits.tokens:
            overlap -= 1
        first = after - overlap


def _paragraph_end(text: str, sentences: Sequence[Span], sizes: Sequence[int], first: int, after: int) -> int:
    total = sum(sizes[first:after])
    for end in range(after, first + 1, -1):
        if sum(sizes[first:end]) * 2 < total:
            break
        if "\n\n" in text[sentences[end - 1][1] : sentences[end][0]] and not _introduces(text, sentences[end - 1]):
            return end
    return after


def _introduces(text: str, span: Span) -> bool:
    """Return whether a line belongs to the next one: a heading, or the "…:" before a list."""
    return text[span[1] - 1] == ":" or (span[1] - span[0] < 80 and text[span[1] - 1].isalnum())


def _pieces(text: str, start: int, end: int, limits: Limits) -> Iterator[Span]:
    """Yield a sentence longer than a chunk in pieces that fit, cut between words where there are any."""
    small = end - start <= _PIECE_CHARS
    if end - start <= 1 or (small and limits.count(text[start:end]) <= limits.tokens):
        yield start, end
        return
    middle = start + (end - start) // 2
    space = text.rfind(" ", max(start + 1, middle - _PIECE_CHARS // 4), middle)
    cut = space if space > start + (middle - start) // 2 else middle
    for part_start, part_end in ((start, cut), (cut, end)):
        stripped = text[part_start:part_end]
        left = part_start + len(stripped) - len(stripped.lstrip())
        right = part_start + len(stripped.rstrip())
        if left < right:
            yield from _pieces(text, left, right, limits)


def _fit(text: str, start: int, end: int, limits: Limits) -> Iterator[Span]:
    """Yield the span in parts that the encoder takes whole."""
    if end - start == 1 or limits.fits(text[start:end]):
        yield start, end
        return
    halves = Limits(max(limits.tokens // 2, 1), 0, limits.count, limits.fits)
    parts = list(_pieces(text, start, end, halves))
    if len(parts) == 1:  # few of our tokens, many of the encoder's
        middle = (start + end) // 2
        parts = [(start, middle), (middle, end)]
    for part_start, part_end in parts:
        yield from _fit(text, part_start, part_end, halves)
