"""The body of a Word file → paragraphs and tables, in reading order. Runs in the worker only (worker.py).

Inserted text is read, removed and hidden text is not. What stands in a text box follows the paragraph that the box is
tied to; the copy of it for older programs is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assistant.ingest.formats.docx.docx_numbering import Numbering
from assistant.ingest.formats.docx.docx_parts import COMPATIBILITY, W, is_on, number, value
from assistant.ingest.formats.docx.docx_styles import Styles, list_place, outline_level
from assistant.ingest.formats.xml_parts import Element
from assistant.text.normalise import normalise_line

NOTE_REFERENCES = {W + "footnoteReference": "footnote", W + "endnoteReference": "endnote"}
"""Elements that refer to a note, and the kind of the note."""
MAX_COLUMNS = 63
"""Word's own limit for the columns of a table."""

_ALTERNATIVES = COMPATIBILITY + "AlternateContent"
_UNDERSTOOD = frozenset("wps wpg wpc wp14 w14 w15".split())  # extensions whose text is read here
_BOX = W + "txbxContent"
_DRAWN = frozenset(W + name for name in ("drawing", "pict", "object"))  # of which only text boxes are read
_SKIPPED = frozenset(W + name for name in "del moveFrom rPr pPr sdtPr sdtEndPr rt".split())
_SIGNS = {W + "tab": " ", W + "ptab": " ", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
_GONE = tuple(W + name for name in ("del", "moveFrom", "vanish"))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: its lines, its label as printed (docx_numbering.Numbering.label), and the notes that it refers to.

    `outline_level` is the level of a heading from 0, None for other paragraphs.
    """

    text: str
    label: str
    style: str
    outline_level: int | None
    notes: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: where it begins in the grid, how many columns it takes, whether it goes on with the cell above it.

    `merged` is "restart" in the first of the cells merged over rows and "continue" in the others, which have no
    content.
    """

    content: tuple[Block, ...]
    column: int
    span: int
    merged: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table: its rows from top to bottom. Two tables are never equal."""

    rows: tuple[tuple[Cell, ...], ...]


Block: TypeAlias = Paragraph | Table


@dataclass(slots=True)
class _Content:
    """The content of a paragraph: text, text boxes, and kind and number of the notes."""

    text: str = ""
    boxes: list[Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


class BodyReader:
    """Reads blocks. List items are counted as they are read: each element may be read once, in its order."""

    def __init__(self, styles: Styles, numbering: Numbering, notes: Mapping[tuple[str, str], Element]) -> None:
        self._styles = styles
        self._numbering = numbering
        self._notes = dict(notes)

    def read(self, parent: Element) -> Iterator[Block]:
        """The paragraphs and tables under an element, also those in content controls and around revisions."""
        for element in _within(parent, (W + "p", W + "tbl")):
            if element.tag == W + "tbl":
                yield Table(tuple(self._rows(element)))
            else:
                yield from self._paragraph(element)

    def _paragraph(self, element: Element) -> Iterator[Block]:
        content = _content(element)
        properties = element.find(W + "pPr")
        if content.text or not _is_gone(properties):
            style = self._styles.get(value(element.find(f"{W}pPr/{W}pStyle")) or "")
            level = outline_level(properties)
            level = style.outline_level if level is None else level
            label = self._label(properties, style.key)
            notes = tuple(block for note in content.notes for block in self._note(note))
            yield Paragraph(content.text, label, style.name, level if level is not None and level < 9 else None, notes)
        for box in content.boxes:
            yield from self.read(box)

    def _label(self, properties: Element | None, style_key: str) -> str:
        style = self._styles.get(style_key)
        num_id, level = list_place(properties)
        if num_id is None:
            num_id = style.num_id
            if num_id is not None and level is None:
                own = self._numbering.level_of(num_id, style.key)
                level = style.list_level if own is None else own
                level = self._numbering.level_of(num_id, style.num_style) if level is None else level
        return self._numbering.label(num_id, level or 0) if num_id not in (None, "0") else ""

    def _note(self, note: tuple[str, str]) -> list[Block]:
        """The text of a note, at the first reference to it; references in a note to other notes are passed over."""
        element = self._notes.pop(note, None)
        if element is None:
            return []
        others, self._notes = self._notes, {}
        blocks = list(self.read(element))
        self._notes = others
        return blocks

    def _rows(self, table: Element) -> Iterator[tuple[Cell, ...]]:
        for row in _within(table, (W + "tr",)):
            if row.find(f"{W}trPr/{W}del") is None:
                yield tuple(self._cells(row))

    def _cells(self, row: Element) -> Iterator[Cell]:
        column = number(row.find(f"{W}trPr/{W}gridBefore")) or 0
        for element in _within(row, (W + "tc",)):
            properties = element.find(W + "tcPr")
            stated = None if properties is None else properties.find(W + "vMerge")
            merged = None if stated is None else (value(stated) or "continue")
            span = None if properties is None else number(properties.find(W + "gridSpan"))
            span = min(max(span or 1, 1), MAX_COLUMNS)
            content = () if merged == "continue" else tuple(self.read(element))
            yield Cell(content, column, span, merged)
            column += span


def _within(parent: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    """The elements of these tags under `parent`, also in content controls and around revisions."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in tags:
            yield element
        elif element.tag in _WRAPPERS:
            stack.append(iter(element))
        elif element.tag == _ALTERNATIVES:
            stack.append(iter(_understood(element)))


def _understood(alternatives: Element) -> Element:
    """The first of several forms of one content whose extensions are understood, else the one for older programs."""
    for form in alternatives:
        if form.tag == COMPATIBILITY + "Choice" and _UNDERSTOOD.issuperset((form.get("Requires") or "").split()):
            return form
    fallback = alternatives.find(COMPATIBILITY + "Fallback")
    return () if fallback is None else fallback


def _content(paragraph: Element) -> _Content:
    found = _Content()
    parts: list[str] = []
    stack = [(iter(paragraph), False)]
    while stack:
        children, drawn = stack[-1]
        element = next(children, None)
        if element is None:
            stack.pop()
        elif element.tag == _BOX:
            found.boxes.append(element)
        elif element.tag == _ALTERNATIVES:
            stack.append((iter(_understood(element)), drawn))
        elif element.tag in _DRAWN or drawn:
            stack.append((iter(element), True))
        elif element.tag == W + "t":
            parts.append(element.text or "")
        elif element.tag in _SIGNS:
            parts.append(_SIGNS[element.tag])
        elif element.tag in NOTE_REFERENCES:
            found.notes.append((NOTE_REFERENCES[element.tag], element.get(W + "id") or ""))
        elif isinstance(element.tag, str) and element.tag not in _SKIPPED and not _is_hidden(element):
            stack.append((iter(element), False))
    lines = [normalise_line(line) for line in "".join(parts).split("\n")]
    found.text = "\n".join(line for line in lines if line)
    return found


def _is_hidden(run: Element) -> bool:
    return run.tag == W + "r" and is_on(run.find(f"{W}rPr/{W}vanish"))


def _is_gone(properties: Element | None) -> bool:
    """Whether the end of a paragraph is removed or hidden: without text, nothing of it is printed."""
    mark = None if properties is None else properties.find(W + "rPr")
    return mark is not None and any(is_on(mark.find(name)) for name in _GONE)
