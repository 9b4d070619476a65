"""OpenDocument texts, spreadsheets and presentations to text. Runs in a worker process only.

Deleted text, comments, pictures, headers and footers are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from assistant.ingest.formats.table_rows import MAX_CELLS, table_lines, write_rows
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import Element, damaged, parse_optional, parse_part
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from assistant.text.normalise import normalise_line

KINDS = {
    "text": "OpenDocument text",
    "spreadsheet": "OpenDocument spreadsheet",
    "presentation": "OpenDocument presentation",
}
"""The kinds that are read, by the end of their MIME type."""

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TEXT, _TABLE, _DRAW = (f"{{{_SPACE}{name}:1.0}}" for name in ("office", "text", "table", "drawing"))
_STYLE = f"{{{_SPACE}style:1.0}}"
_META, _PRESENTATION = f"{{{_SPACE}meta:1.0}}", f"{{{_SPACE}presentation:1.0}}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED = frozenset(
    [
        _TEXT + name
        for name in ("tracked-changes", "table-of-content", "alphabetical-index", "sequence-decls", "ruby-text")
    ]
    + [_OFFICE + name for name in ("annotation", "annotation-end", "forms", "binary-data")]
    + [_PRESENTATION + "settings", _TABLE + "calculation-settings", _TABLE + "shapes"]
)
_APART = _SKIPPED | {_DRAW + "frame", _DRAW + "custom-shape", _TEXT + "note"}
_SIGNS = {_TEXT + "s": " ", _TEXT + "tab": " ", _TEXT + "line-break": "\n"}
_NOTES = _PRESENTATION + "notes"
_MAX_REPEATED = 1_000  # spaces, columns or rows that an attribute may claim
_MAX_DEPTH = 100  # of lists, tables and frames in each other
_DEFAULT_NAME = re.compile(r"(?:Sheet|Arkusz|Trang tính|Tabelle|Feuille|page|Slide)[ _]?\d*", re.I)


def read_odf(archive: Archive, kind: str) -> FileText:
    """Return the text of an OpenDocument file; `kind` is a key of KINDS.

    Raises RefusedError if the file is encrypted or damaged, too large, or has no text.
    """
    named = KINDS[kind]
    if "META-INF/manifest.xml" in archive.names:
        manifest = archive.read("META-INF/manifest.xml", 1_000_000)
        if b"encryption-data" in manifest:
            raise RefusedError(f"The {named} is protected with a password.", "Save a copy without it.")
    body = parse_part(archive, "content.xml", named).find(_OFFICE + "body")
    root = None if body is None else body.find(_OFFICE + kind)
    if root is None:
        raise damaged(named)
    writer = TextWriter(named)
    _Reader(writer, _title_styles(body), pages=kind == "presentation").read(root, 0)
    return writer.file_text(*_properties(archive, named), named_by_file=kind == "spreadsheet")


def _properties(archive: Archive, named: str) -> tuple[str | None, str | None]:
    meta = parse_optional(archive, "meta.xml", named)
    if meta is None:
        return None, None
    created = meta.findtext(f".//{_META}creation-date") or ""
    stated = re.match(r"(?:19|20)\d\d-\d\d-\d\d", created)
    return normalise_line(meta.findtext(f".//{_DUBLIN}title") or "") or None, stated[0] if stated else None


def _title_styles(body: Element) -> frozenset[str]:
    """Return the names of the styles of a document's title."""
    styles = body.getparent().iterfind(f"{_OFFICE}automatic-styles/{_STYLE}style[@{_STYLE}parent-style-name='Title']")
    return frozenset(style.get(_STYLE + "name") or "" for style in styles) | {"Title"}


class _Reader:
    """Writes blocks in reading order. `pages`: each drawing page is a page of the document."""

    def __init__(self, writer: TextWriter, title_styles: frozenset[str], *, pages: bool) -> None:
        self._writer = writer
        self._title_styles = title_styles
        self._pages = pages
        self._cells = self._chars = 0

    def read(self, parent: Element, depth: int) -> None:
        """Write all blocks under an element."""
        if depth > _MAX_DEPTH:
            return
        for element in parent.iterchildren(tag="*"):
            tag = element.tag
            if tag in _SKIPPED or tag == _NOTES:
                continue
            if tag == _TEXT + "h":
                level = element.get(_TEXT + "outline-level") or "1"
                self._writer.heading(_plain(element), int(level) + 1 if re.fullmatch("[1-9]", level) else 2)
                self._boxes(element, depth)
            elif tag == _TEXT + "p":
                if element.get(_TEXT + "style-name") in self._title_styles:
                    self._writer.heading(_plain(element), 1)
                else:
                    self._writer.paragraph(_plain(element))
                self._boxes(element, depth)
            elif tag == _TEXT + "list":
                self._list(element, depth)
            elif tag == _TABLE + "table":
                self._table(element, depth)
            elif tag == _DRAW + "page":
                self._page(element, depth)
            else:
                self.read(element, depth + 1)

    def _boxes(self, paragraph: Element, depth: int) -> None:
        """Write the text boxes and notes that are tied to a paragraph."""
        for box in paragraph.iter(_DRAW + "text-box", _TEXT + "note-body"):
            if not any(around.tag in (_DRAW + "text-box", _TEXT + "note-body") for around in _between(box, paragraph)):
                self.read(box, depth + 1)

    def _list(self, element: Element, depth: int) -> None:
        if depth > _MAX_DEPTH:
            return
        for item in element.iterchildren(_TEXT + "list-item", _TEXT + "list-header"):
            for block in item.iterchildren(tag="*"):
                if block.tag == _TEXT + "list":
                    self._list(block, depth + 1)
                elif block.tag == _TEXT + "h":  # a numbered heading stands in a list
                    self.read(item, depth + 1)
                    break
                else:
                    self._writer.item(_plain(block))
                    self._boxes(block, depth)

    def _page(self, page: Element, depth: int) -> None:
        if self._pages:
            self._writer.page()
        titles = page.xpath("*[@*[local-name() = 'class'] = 'title' or @*[local-name() = 'class'] = 'subtitle']")
        for title in titles[:1]:
            self._writer.heading(" ".join(_plain(text) for text in title.iter(_TEXT + "p")), 2)
            page.remove(title)
        self.read(page, depth + 1)
        for notes in page.iterchildren(_NOTES):
            self.read(notes, depth + 1)

    def _table(self, table: Element, depth: int) -> None:
        name = table.get(_TABLE + "name") or ""
        rows = list(self._rows(table))
        sheet = table.getparent().tag == _OFFICE + "spreadsheet"
        if sheet:
            self._writer.heading("" if _DEFAULT_NAME.fullmatch(name) or not any(map(any, rows)) else name, 2)
            write_rows(self._writer, rows)
        elif max(map(len, rows), default=0) < 2:  # a table that only frames text
            for cell in table.iter(_TABLE + "table-cell"):
                self.read(cell, depth + 1)
        else:
            self._writer.table(table_lines(rows))

    def _rows(self, table: Element) -> Iterator[list[str]]:
        """Yield the cells of each row, repeated as the file says; what is only empty is repeated once.

        Raises RefusedError when all tables together have more than MAX_CELLS cells, or MAX_CHARS characters.
        """
        for row in table.iter(_TABLE + "table-row"):
            around = next(row.iterancestors(_TABLE + "table"))
            if around is not table or row.get(_TABLE + "visibility") == "collapse":
                continue
            cells: list[str] = []
            filled = 0  # cells up to the last one with anything in it
            for cell in row.iterchildren(_TABLE + "table-cell", _TABLE + "covered-table-cell"):
                cells += [_cell(cell)] * _repeated(cell, "number-columns-repeated")
                filled = len(cells) if len(cell) else filled
            del cells[filled:]
            chars = sum(map(len, cells))
            for _ in range(_repeated(row, "number-rows-repeated") if cells else 1):
                self._cells += len(cells)
                self._chars += chars
                if self._cells > MAX_CELLS or self._chars > MAX_CHARS:
                    raise RefusedError(
                        f"The tables have more than {MAX_CELLS:,} cells or {MAX_CHARS:,} characters.",
                        "Save the part that readers need as a file.",
                    )
                yield cells


def _repeated(element: Element, attribute: str) -> int:
    stated = element.get(_TABLE + attribute) or "1"
    return min(max(int(stated), 1), _MAX_REPEATED) if re.fullmatch(r"\d{1,9}", stated) else 1


def _cell(cell: Element) -> str:
    return normalise_line(" ".join(_plain(text) for text in cell.iter(_TEXT + "p", _TEXT + "h")))


def _between(element: Element, ancestor: Element) -> Iterator[Element]:
    for around in element.iterancestors():
        if around is ancestor:
            return
        yield around


def _plain(element: Element) -> str:
    """Return the text of a paragraph, without the boxes, notes and comments that are tied to it."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "end":
            parts.append("" if node is element else node.tail or "")
        elif node is not element and node.tag in _APART:
            walk.skip_subtree()
        else:
            parts.append(_SIGNS.get(node.tag) or node.text or "")
    return "".join(parts)
