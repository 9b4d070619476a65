"""What a document page draws: headings, paragraphs, lists, tables and code, made of the blocks of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from assistant.records import Block, BlockKind, Document
from assistant.text.blocks import Cell, read_blocks, row_cells

_MOST_COLUMNS = 40
_DEEPEST = 4  # level of a list within lists that is drawn

PartKind = Literal["heading", "paragraph", "list", "table", "code", "caption", "quotation"]


_DRAWN_AS: dict[BlockKind, PartKind] = {
    "heading": "heading",
    "paragraph": "paragraph",
    "question": "paragraph",
    "answer": "paragraph",
    "item": "list",
    "definition": "list",
    "row": "table",
    "code": "code",
    "caption": "caption",
    "quotation": "quotation",
}


class Span(NamedTuple):
    """The characters to mark: offsets into the document's text, end-exclusive."""

    start: int
    end: int


class MarkedLine(NamedTuple):
    """A line in three parts, the middle one marked; a line without a mark is all in `before`.

    `first` tells that the mark is the first on the page, to which links jump.
    """

    before: str
    marked: str = ""
    after: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: what is printed before it, its level from 1, and whether it has a bullet."""

    label: str
    level: int
    line: MarkedLine
    bullet: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a page.

    A heading has a `level` from 2 and one line, a list `items`; a table has `rows` of cells, and `columns` if it names
    them. All others have lines.
    """

    kind: PartKind
    lines: tuple[MarkedLine, ...] = ()
    level: int = 0
    items: tuple[Item, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[MarkedLine, ...], ...] = ()


def drawn_parts(document: Document, span: Span | None) -> Iterator[Part]:
    """Yield the parts of the page of a document, in order, the span marked."""
    draw = _Drawing(document.text, span or Span(0, 0))
    blocks = document.blocks or read_blocks(document.text)[1]
    for kind, run in groupby(blocks, _drawn_as):
        if kind == "list":
            yield Part("list", items=tuple(draw.item(block) for block in run))
        elif kind == "table":
            yield draw.table(list(run))
        else:
            for block in run:
                yield draw.part(kind, block)


def _drawn_as(block: Block) -> PartKind:
    return "heading" if block.kind == "question" and block.level else _DRAWN_AS[block.kind]


class _Drawing:
    """Cuts lines from the text and marks the part of the span in each."""

    def __init__(self, text: str, span: Span) -> None:
        self._text = text
        self._span = span
        self._none_yet = True

    def part(self, kind: PartKind, block: Block) -> Part:
        """A block that is a part of its own; the title of the page is its only heading of level 1."""
        lines = tuple(self._lines(block.start, block.end))
        if block.label and kind != "heading":
            lines = (lines[0]._replace(before=f"{block.label} {lines[0].before}"), *lines[1:])
        return Part(kind, lines, min(6, block.level + 1))

    def item(self, block: Block) -> Item:
        """An item of a list."""
        (line,) = self._lines(block.start, block.end)
        bullet = block.kind == "item" and not block.label
        return Item(block.label, min(max(block.level, 1), _DEEPEST), line, bullet)

    def table(self, rows: Sequence[Block]) -> Part:
        """A table, with the names of its columns above it where its rows name them."""
        cells = [row_cells(self._text, block) for block in rows]
        columns = self._columns(cells)
        return Part("table", columns=columns, rows=tuple(tuple(self._row(row, columns)) for row in cells))

    def _columns(self, rows: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
        """Return the names that the rows give their cells, in order; empty where they do not agree in them."""
        columns: dict[str, None] = {}
        named = several = 0
        for row in rows:
            names = [self._name(cell) for cell in row]
            columns.update(dict.fromkeys(filter(None, names)))
            several += len(row) > 1
            named += len(row) > 1 and all(names) and len(set(names)) == len(names)
            if len(columns) > _MOST_COLUMNS:
                return ()
        widest = max(map(len, rows))
        return tuple(columns) if named and named == several and len(columns) <= 2 * widest else ()

    def _row(self, cells: Sequence[Cell], columns: Sequence[str]) -> Iterator[MarkedLine]:
        if not columns:
            yield from (self._line(cell.name_start, cell.end) for cell in cells)
            return
        if len(cells) == 1 and not self._name(cells[0]):  # a note, or the name of a group of rows
            yield self._line(cells[0].start, cells[0].end)
            return
        values = {self._name(cell): self._line(cell.start, cell.end) for cell in cells}
        yield from (values.get(name, MarkedLine("")) for name in columns)

    def _name(self, cell: Cell) -> str:
        return self._text[cell.name_start : cell.name_end]

    def _lines(self, start: int, end: int) -> Iterator[MarkedLine]:
        for line in self._text[start:end].split("\n"):
            yield self._line(start, start + len(line))
            start += len(line) + 1

    def _line(self, start: int, end: int) -> MarkedLine:
        marked_from = min(max(start, self._span.start), end)
        marked_to = max(min(end, self._span.end), marked_from)
        text = self._text
        if marked_from == marked_to:
            return MarkedLine(text[start:end])
        first, self._none_yet = self._none_yet, False
        return MarkedLine(text[start:marked_from], text[marked_from:marked_to], text[marked_to:end], first)
