"""Blocks: what the parts of a document's text are, as typed slices of it.

The parsers write the text of a document with marks: "## " before a heading, "- " before an item, " | " between the
cells of a row, and the characters of MARKS where a text does not show by itself what it is. `read_blocks` takes those
characters out and returns the blocks; all other marks stay in the text, outside of the blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from assistant.records import Block, BlockKind

CODE, CAPTION, QUOTATION = "\ufdd0", "\ufdd1", "\ufdd2"
"""Marks at the beginning of a paragraph; it ends at a blank line."""
DEFINITION, NESTED = "\ufdd3", "\ufdd4"
"""Marks at the beginning of an item: a term and its description; once for each list that the item's list is in."""
MARKS = CODE + CAPTION + QUOTATION + DEFINITION + NESTED
"""Unicode's noncharacters, which `remove_invisible` removes from all that is read."""

BETWEEN_CELLS = " | "

_PARAGRAPHS: dict[str, BlockKind] = {CODE: "code", CAPTION: "caption", QUOTATION: "quotation"}
_BAR = re.compile(r" \|(?= )")
_MARKED = re.compile(f"[{MARKS}]+")
_HEADING = re.compile(r"(#{1,6}) +(?=\S)")
_LABEL = r"(?:\(?(?:\d{1,3}|[^\W\d_]|[ivxIVX]{1,5})[.)]|\d{1,3}(?:\.\d{1,3}){1,4}\.?|§ ?\d{1,4}[a-z]?\.?)"
_ITEM = re.compile(rf"(?:[-•*–] +({_LABEL} +)?|({_LABEL} +))(?=\S)")
_MORE_MARKS = re.compile(r"(?:(?:#{1,6}|-) +)*(?=\S)")  # of a heading or an item in another
_QUESTION = re.compile(r"([*_]*(?:Q|Question|Hỏi|Câu hỏi|P|Pytanie)(?: ?\d{1,3})?[:.][*_]* +)(?=\S)", re.IGNORECASE)
_ANSWER = re.compile(
    r"([*_]*(?:A|Answer|Đáp|Trả lời|O|Odp|Odpowiedź)(?: ?\d{1,3})?[:.]{1,2}[*_]* +)(?=\S)", re.IGNORECASE
)
_ASKS = re.compile(r"[?？][\"”»’)*_\]]*$")
_LONGEST_QUESTION = 250  # characters; chosen by hand
_LONGEST_LABEL = 40
_LONGEST_NAME = 90  # characters of a column's name and its colon


def read_blocks(marked: str, pages: Sequence[int] = ()) -> tuple[str, tuple[Block, ...], tuple[int, ...]]:
    """Return the text without the characters of MARKS, its blocks in order, and the offsets of its pages.

    `pages` are the offsets in `marked`. The blocks do not overlap, and whatever has a letter or a digit is in a block
    or in the label of one.

    >>> text, blocks, _ = read_blocks("# Visits\\n\\n- 1. Ring.\\n- 2. Wait.")
    >>> [(block.kind, block.label, text[block.start : block.end]) for block in blocks]
    [('heading', '', 'Visits'), ('item', '1.', 'Ring.'), ('item', '2.', 'Wait.')]
    """
    reader = _Reader()
    for line in marked.split("\n"):
        reader.take(line)
    text = "\n".join(reader.lines)
    return text, tuple(_with_answers(reader.blocks)), tuple(_moved(pages, marked))


class Cell(NamedTuple):
    """A cell of a row: where its value stands, and the name of its column (empty where it has none)."""

    name_start: int
    name_end: int
    start: int
    end: int


def row_cells(text: str, row: Block) -> list[Cell]:
    """Return the cells of a row ("name: value | name: value", or "value | value"), in order.

    >>> cells = row_cells("Ward: North | 4 pm", Block("row", 0, 18))
    >>> [("Ward: North | 4 pm"[cell.start : cell.end]) for cell in cells]
    ['North', '4 pm']
    """
    cells = []
    start = row.start
    ends = [*(bar.start() for bar in _BAR.finditer(text, row.start, row.end)), row.end]
    for end in ends:
        start = min(start, end)  # nothing stands between the bars around an empty cell
        colon = text.find(": ", start, min(end, start + _LONGEST_NAME))
        cells.append(Cell(start, max(colon, start), colon + 2 if colon > start else start, end))
        start = end + len(BETWEEN_CELLS)
    return cells


def kept_blocks(blocks: Sequence[Block], pieces: Iterable[tuple[int, int]], gap: int) -> tuple[Block, ...]:
    """Return the blocks of the slices `pieces` of a text, in order, as those of the slices with `gap` between them."""
    kept: list[Block] = []
    index = position = 0
    for start, end in pieces:
        while index < len(blocks) and blocks[index].start < start:
            index += 1
        while index < len(blocks) and blocks[index].end <= end:
            block = blocks[index]
            kept.append(replace(block, start=block.start - start + position, end=block.end - start + position))
            index += 1
        position += end - start + gap
    return tuple(kept)


def _moved(offsets: Sequence[int], marked: str) -> Iterator[int]:
    """Yield each offset in `marked` less the marks before it."""
    if not offsets or not _MARKED.search(marked):
        yield from offsets
        return
    pieces = (marked[start:end] for start, end in zip((0, *offsets), offsets, strict=False))
    yield from accumulate(len(_MARKED.sub("", piece)) for piece in pieces)


class _Reader:
    """Reads lines, from the first to the last: `lines` without marks, and their `blocks`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.blocks: list[Block] = []
        self._offset = 0  # of the next line
        self._open: BlockKind | None = None  # the paragraph that the next line may go on

    def take(self, line: str) -> None:
        """Take the next line."""
        found = _MARKED.match(line)
        marks = found[0] if found else ""
        if _MARKED.search(line, len(marks)) or marks:
            line = _MARKED.sub("", line)
        self._read(line, marks)
        self.lines.append(line)
        self._offset += len(line) + 1

    def _read(self, line: str, marks: str) -> None:
        if not line.strip():
            self._open = None
        elif marks and marks[0] in _PARAGRAPHS:
            self._add(_PARAGRAPHS[marks[0]], line)
            self._open = self.blocks[-1].kind
        elif self._open in ("code", "caption", "quotation"):
            self._extend(line)
        elif not self._special(line, marks):
            if self._open == "paragraph":
                self._extend(line)
            else:
                self._add("paragraph", line)
                self._open = "paragraph"

    def _special(self, line: str, marks: str) -> bool:
        """Add a heading, an item, a row, a question or an answer; return whether the line is one of them."""
        kind: BlockKind
        level = 0
        if found := _HEADING.match(line):
            kind = "question" if _ASKS.search(line) and len(line) <= _LONGEST_QUESTION else "heading"
            level, begins, label = len(found[1]), found.end(), ""
        elif DEFINITION in marks:
            kind, begins, label = "definition", _after_bullet(line), ""
        elif found := _ITEM.match(line):
            kind, begins, label = "item", found.end(), (found[1] or found[2] or "").strip()
            level = 1 + marks.count(NESTED)
        elif BETWEEN_CELLS in line:
            kind, begins, label = "row", 0, ""
        elif found := _QUESTION.match(line) or _ANSWER.match(line):
            kind = "question" if found.re is _QUESTION else "answer"
            begins, label = found.end(), found[1].strip()
        else:
            return False
        if more := _MORE_MARKS.match(line, begins):
            begins = more.end()
        self._add(kind, line, begins, level, label)
        # The answer to a question goes on below its first line.
        self._open = "paragraph" if kind == "answer" else None
        return True

    def _add(self, kind: BlockKind, line: str, begins: int = 0, level: int = 0, label: str = "") -> None:
        begins += len(line[begins:]) - len(line[begins:].lstrip()) if kind != "code" else 0
        start, end = self._offset + begins, self._offset + len(line.rstrip())
        self.blocks.append(Block(kind, start, end, level, label[:_LONGEST_LABEL]))

    def _extend(self, line: str) -> None:
        self.blocks[-1] = replace(self.blocks[-1], end=self._offset + len(line.rstrip()))


def _after_bullet(line: str) -> int:
    return 2 if line.startswith("- ") and line[2:].strip() else 0


def _with_answers(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield the blocks; a paragraph after a question is its answer."""
    before: BlockKind | None = None
    for block in blocks:
        yield replace(block, kind="answer") if block.kind == "paragraph" and before == "question" else block
        before = block.kind
