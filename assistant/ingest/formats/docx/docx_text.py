"""Word files to text in reading order: paragraphs, headings, lists and tables. Runs in a worker process only.

The XML is read directly: no library gives numbers as they are printed, text boxes once and removed text not at all
(docs/experiments/extraction.md). Headers, footers and comments are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from assistant.ingest.formats.docx.docx_body import (
    MAX_COLUMNS,
    NOTE_REFERENCES,
    Block,
    BodyReader,
    Cell,
    Paragraph,
    Table,
)
from assistant.ingest.formats.docx.docx_fonts import Fonts
from assistant.ingest.formats.docx.docx_numbering import BULLET, Numbering
from assistant.ingest.formats.docx.docx_parts import KIND, W, parse_optional, parse_part, value
from assistant.ingest.formats.docx.docx_styles import Styles
from assistant.ingest.formats.table_rows import numbered_lines
from assistant.ingest.formats.text.text_blocks import is_prose
from assistant.ingest.formats.xml_parts import Element, core_properties, damaged
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from assistant.text.normalise import normalise_line

_CONTENTS = re.compile(r"toc ?\d", re.I)  # Word's own name of the styles in a table of contents
_ITEM = re.compile(r"\(?(?:\d+|[^\W\d_]{1,4})[.)]? ")  # "1. ", "a) ", "(iv) "; other labels are those of sections
_MAX_REPEATED_CHARS = 300
"""Longest text of a merged cell that is repeated in each of its rows and columns."""


@dataclass(slots=True)
class _Writer:
    """Blocks as they are written, in lines; list items, or rows of one table, share a block, and notes follow it."""

    blocks: list[list[str]] = field(default_factory=list)
    last: object = None
    chars: int = 0
    notes: list[Block] = field(default_factory=list)

    def write(self, text: str, kind: object) -> None:
        """Write a piece of text; it joins the block before when `kind` is not None and the same."""
        joins = kind is not None and kind == self.last
        if not joins:
            self.write_notes()
        self.chars += len(text)
        if self.chars > MAX_CHARS:
            raise RefusedError(f"The Word file holds more than {MAX_CHARS:,} characters.", "Split it.")
        if joins:
            self.blocks[-1].append(text)
        else:
            self.blocks.append([text])
        self.last = kind

    def write_notes(self) -> None:
        """Write the notes that wait."""
        waiting, self.notes = self.notes, []
        for note in waiting:
            _write(self, note, deeper=True)


def read_docx(archive: Archive, main: str) -> FileText:
    """Return the text of a Word file; `main` is the name of the part that holds it.

    Raises RefusedError if the file is damaged, too long, or has no text.
    """
    body = parse_part(archive, main).find(W + "body")
    if body is None:
        raise damaged(KIND)
    folder = main.rpartition("/")[0]
    stated = parse_optional(archive, f"{folder}/styles.xml")
    styles, fonts = Styles(stated), Fonts(stated)
    fonts.convert(body, archive.legacy)
    numbering = Numbering(parse_optional(archive, f"{folder}/numbering.xml"), styles)
    keys = (value(paragraph.find(f"{W}pPr/{W}pStyle")) or "" for paragraph in body.iter(W + "p"))
    titled = any(styles.get(key).name == "title" for key in keys)
    writer = _Writer()
    for block in BodyReader(styles, numbering, dict(_notes(archive, folder, fonts))).read(body):
        _write(writer, block, deeper=titled)
    writer.write_notes()
    text = "\n\n".join("\n".join(lines) for lines in writer.blocks)
    if not any(map(str.isalnum, text)):
        raise RefusedError("The Word file holds no text.", "Text in pictures is not read: save it as PDF.")
    title, created = core_properties(archive, KIND)
    return FileText(text, (), title, created)


def _notes(archive: Archive, folder: str, fonts: Fonts) -> Iterator[tuple[tuple[str, str], Element]]:
    """Footnotes and endnotes by their kind and number."""
    for kind in NOTE_REFERENCES.values():
        root = parse_optional(archive, f"{folder}/{kind}s.xml")
        if root is not None:
            fonts.convert(root, archive.legacy)
        for note in () if root is None else root.iterchildren(W + kind):
            yield (kind, note.get(W + "id") or ""), note


def _write(writer: _Writer, block: Block, *, deeper: bool) -> None:
    """Write a block; `deeper` puts headings one level down, below a title."""
    if isinstance(block, Table):
        _write_table(writer, block)
    else:
        _write_paragraph(writer, block, deeper=deeper)


def _write_paragraph(writer: _Writer, paragraph: Paragraph, *, deeper: bool) -> None:
    if _CONTENTS.match(paragraph.style):
        return
    if paragraph.text:
        _write_text(writer, paragraph, deeper=deeper)
    writer.notes += paragraph.notes


def _write_text(writer: _Writer, paragraph: Paragraph, *, deeper: bool) -> None:
    line = paragraph.text.replace("\n", " ")
    number = "" if paragraph.label == BULLET else paragraph.label
    if paragraph.style == "title":
        writer.write(f"# {number}{line}", None)
    elif paragraph.outline_level is not None:
        writer.write("#" * min(paragraph.outline_level + 1 + deeper, 6) + f" {number}{line}", None)
    elif paragraph.label == BULLET or _ITEM.fullmatch(paragraph.label):
        writer.write(paragraph.label + line, "item")
    else:
        writer.write(paragraph.label + paragraph.text, None)


def _write_table(writer: _Writer, table: Table) -> None:
    """Rows with their cells beside each other; a table that only lays out the page as the blocks in it."""
    cells = [cell for row in table.rows for cell in row]
    if max(map(len, table.rows), default=0) < 2 or any(sum(map(_is_prose, cell.content)) > 1 for cell in cells):
        for block in (block for cell in cells for block in cell.content):
            _write(writer, block, deeper=True)
        return
    above: dict[int, str] = {}
    rows = [[] if all(cell.merged == "continue" for cell in row) else _row(row, above) for row in table.rows]
    lines = dict(numbered_lines(rows))
    for index, row in enumerate(table.rows):
        if index in lines:
            writer.write(lines[index], table)
        for block in (block for cell in row for block in cell.content):
            if isinstance(block, Table):  # a block of its own after the row
                _write_table(writer, block)
            else:
                writer.notes += block.notes


def _row(row: tuple[Cell, ...], above: dict[int, str]) -> list[str]:
    """The values of a row, with that of a merged cell in each of its columns and rows.

    `above` has the cells merged over rows by the column where they begin, and is brought up to date.
    """
    values = [""] * min(row[0].column, MAX_COLUMNS) if row else []
    for cell in row:
        text = above.get(cell.column, "") if cell.merged == "continue" else _cell(cell)
        short = len(text) <= _MAX_REPEATED_CHARS
        above[cell.column] = text if cell.merged and short else ""
        # A cell over the whole width is a heading within the table.
        values += [text] * (cell.span if short and len(row) > 1 and cell.column < MAX_COLUMNS else 1)
    return list(map(normalise_line, values))


def _cell(cell: Cell) -> str:
    paragraphs = (block for block in cell.content if isinstance(block, Paragraph))
    numbered = (("" if block.label == BULLET else block.label) + block.text for block in paragraphs)
    return " ".join(text.replace("\n", " ").strip() for text in numbered if text)


def _is_prose(block: Block) -> bool:
    return isinstance(block, Paragraph) and is_prose(block.text)
