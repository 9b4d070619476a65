"""What makes a quote understood, shown beside it: the question that it answers, its lead-in, its heading."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from assistant.answer.messages import back_references
from assistant.records import Block, ContextRole, Document, QuoteContext
from assistant.text.blocks import row_cells
from assistant.text.sentences import sentence_spans

_LISTED = ("item", "definition", "code")
# Limits of time, chosen by hand: blocks before a quote that are looked at, and characters of its paragraph.
_MOST_BLOCKS = 60
_MOST_CHARS = 2_000


def context_of(document: Document, start: int) -> tuple[QuoteContext, ...]:
    """Return the context of a quote that begins at `start`; empty where it can stand alone.

    An item without its list comes with the lead-in of the list, an answer with its question. A quote that begins with
    a word such as "He" or "Its" comes with the sentence before it, or with the heading above it.
    """
    blocks = document.blocks
    index = bisect_right(blocks, start, key=lambda block: block.end)
    if index == len(blocks):
        return ()
    found = _announcement(document.text, blocks, index) or _referent(document, blocks, index, start)
    return (found,) if found and found.start < start else ()


def quoted_parts(document: Document, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the slices of the blocks in a quote, without the marks between them; of one block, the quote itself."""
    blocks = _blocks_in(document, start, end)
    return tuple(_inside(block, start, end) for block in blocks) if len(blocks) > 1 else ((start, end),)


def shown_slices(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """Return the slices of a quote that its source shows in one piece each: items without labels, cells without the
    names of their columns; the quote itself in a document without blocks.
    """
    if not document.blocks:
        return [(start, end)]
    slices: list[tuple[int, int]] = []
    for block in _blocks_in(document, start, end):
        if block.kind == "row":
            cells = row_cells(document.text, block)
            slices += [(cell.start, cell.end) for cell in cells if start <= cell.start < cell.end <= end]
        else:
            slices.append(_inside(block, start, end))
    return slices


def _blocks_in(document: Document, start: int, end: int) -> Sequence[Block]:
    blocks = document.blocks
    first = bisect_right(blocks, start, key=lambda block: block.end)
    after = bisect_right(blocks, end - 1, key=lambda block: block.start)
    return blocks[first:after]


def _inside(block: Block, start: int, end: int) -> tuple[int, int]:
    return max(start, block.start), min(end, block.end)


def _announcement(text: str, blocks: Sequence[Block], index: int) -> QuoteContext | None:
    """Return the question that a block answers, or the lead-in of the list that it is in."""
    first = index
    while first > max(0, index - _MOST_BLOCKS) and blocks[first].kind in _LISTED and blocks[first - 1].kind in _LISTED:
        first -= 1
    if first == 0:
        return None
    before = blocks[first - 1]
    if before.kind == "question":
        return _context("question", text, before)
    if blocks[index].kind in _LISTED and text.endswith(":", before.start, before.end):
        return _context("lead_in", text, before)
    return None


def _referent(document: Document, blocks: Sequence[Block], index: int, start: int) -> QuoteContext | None:
    """Return what the first word of a quote speaks of, where it is such a word."""
    text = document.text
    opening = text[start : start + 40].casefold()
    if not any(opening.startswith(f"{word} ") for word in back_references(document.language)):
        return None
    first = max(blocks[index].start, start - _MOST_CHARS)
    before = sentence_spans(text[first:start], document.language)
    if before:
        begin, end = before[-1]
        return QuoteContext("lead_in", first + begin, first + end, text[first + begin : first + end])
    for block in reversed(blocks[max(0, index - _MOST_BLOCKS) : index]):
        if block.kind == "heading" or (block.kind == "question" and block.level):
            return _context("heading", text, block)
    return None


def _context(role: ContextRole, text: str, block: Block) -> QuoteContext:
    return QuoteContext(role, block.start, block.end, text[block.start : block.end])
