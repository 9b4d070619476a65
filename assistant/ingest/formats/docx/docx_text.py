"""Word files → text in reading order: paragraphs, headings, lists and tables. Runs in the worker only (worker.py).

The XML is read directly and not through python-docx, which opens every part of the file without a limit, leaves out
inserted text and content controls, and loads the XML with its entities. Headers, footers, footnotes, comments and text
boxes are not read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lxml import etree

from assistant.ingest.formats.text.text_units import is_prose
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from assistant.text.normalise import tidy

Element: TypeAlias = Any
"""An lxml element (lxml comes without types)."""

MAX_PART_BYTES = 60_000_000
"""Of one part of the file, unpacked: the longest text (packed.MAX_CHARS) with ten bytes of markup a character."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
# Of what stands beside the text in a paragraph: removed text, pictures and boxes, and the copy for older programs.
_SKIPPED = frozenset(
    [_W + name for name in "del moveFrom drawing pict object rPr pPr sdtPr sdtEndPr".split()]
    + ["{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"]
)
_SIGNS = {_W + "tab": " ", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_CONTENTS = re.compile(r"toc ?\d", re.I)  # Word's own name of the styles in a table of contents
_DAMAGED = ("The Word file is damaged: it cannot be read.", "Open it in Word or LibreOffice and save it again.")


@dataclass(slots=True)
class _Style:
    """What a paragraph style says, None where it leaves it to the style it is based on."""

    name: str
    base: str | None
    level: int | None
    listed: bool | None


@dataclass(slots=True)
class _Writer:
    """Blocks as they are written; list items, or rows of one table, share a block."""

    blocks: list[str] = field(default_factory=list)
    last: object = None
    chars: int = 0

    def write(self, text: str, kind: object) -> None:
        self.chars += len(text)
        if self.chars > MAX_CHARS:
            raise RefusedError(f"The Word file holds more than {MAX_CHARS:,} characters.", "Split it.")
        if kind is not None and kind == self.last:
            self.blocks[-1] += "\n" + text
        else:
            self.blocks.append(text)
        self.last = kind


def read_docx(archive: Archive, main: str) -> FileText:
    """The text of a Word file; `main` is the part that holds it. Raises RefusedError when it is damaged or empty."""
    body = _parse(archive, main).find(_W + "body")
    if body is None:
        raise RefusedError(*_DAMAGED)
    folder = main.rpartition("/")[0]
    styles = _styles(archive, f"{folder}/styles.xml")
    titled = any(_style(styles, paragraph).name == "title" for paragraph in body.iter(_W + "p"))
    writer = _Writer()
    for block in _blocks(body):
        if block.tag == _W + "tbl":
            _write_table(writer, block, styles)
        else:
            _write_paragraph(writer, block, styles, deeper=titled)
    text = "\n\n".join(writer.blocks)
    if not any(map(str.isalnum, text)):
        raise RefusedError("The Word file holds no text.", "Text in boxes and pictures is not read: save it as PDF.")
    title, created = _properties(archive)
    return FileText(text, (), title, created)


def _parse(archive: Archive, name: str) -> Element:
    # Entities can hold whole files or grow without end, and Word never writes any.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    data = archive.read(name, MAX_PART_BYTES)
    if _STRICT in data[:10_000]:  # "Strict Open XML": the same elements under another name
        data = data.replace(_STRICT, _W[1:-1].encode())
    try:
        tree = etree.parse(io.BytesIO(data), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RefusedError(*_DAMAGED) from None
    if tree.docinfo.doctype:
        raise RefusedError("The Word file declares entities, which Word never does.", "Save it again in Word.")
    return tree.getroot()


def _properties(archive: Archive) -> tuple[str | None, str | None]:
    """Title and date of creation, as far as the file states them."""
    try:
        core = _parse(archive, "docProps/core.xml")
    except RefusedError:
        return None, None
    title = tidy(core.findtext(_DUBLIN + "title") or "")
    created = re.match(r"(?:19|20)\d\d-\d\d-\d\d", core.findtext(_TERMS + "created") or "")
    return title or None, created[0] if created else None


def _styles(archive: Archive, name: str) -> dict[str, _Style]:
    try:
        root = _parse(archive, name)
    except RefusedError:
        return {}  # text without styles is still text
    found = {}
    for style in root.iter(_W + "style"):
        shown = (_value(style.find(_W + "name")) or "").lower()
        level = _level(style.find(f"{_W}pPr/{_W}outlineLvl"))
        heading = re.fullmatch(r"heading ([1-9])", shown)
        listed = _listed(style.find(_W + "pPr"))
        key = style.get(_W + "styleId") or ""
        found[key] = _Style(
            shown, _value(style.find(_W + "basedOn")), int(heading[1]) - 1 if heading else level, listed
        )
    return found


def _style(styles: dict[str, _Style], paragraph: Element) -> _Style:
    """The style of a paragraph, with what it takes over from those it is based on."""
    key = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
    own = styles.get(key or "", _Style("", None, None, None))
    level, listed, base = own.level, own.listed, own.base
    for _ in range(20):  # styles can be based on each other in a circle
        if base is None or base not in styles:
            break
        level = styles[base].level if level is None else level
        listed = styles[base].listed if listed is None else listed
        base = styles[base].base
    return _Style(own.name, None, level, listed)


def _value(element: Element | None) -> str | None:
    return None if element is None else element.get(_W + "val")


def _level(element: Element | None) -> int | None:
    value = _value(element)
    return int(value) if value and re.fullmatch("[0-9]", value) else None


def _listed(properties: Element | None) -> bool | None:
    """Whether paragraph properties make a list item; number 0 takes a paragraph out of its style's list."""
    numbered = None if properties is None else properties.find(_W + "numPr")
    if numbered is None:
        return None
    return _value(numbered.find(_W + "numId")) != "0"


def _blocks(parent: Element) -> Iterator[Element]:
    """The paragraphs and tables under an element, also those in content controls and around revisions."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in (_W + "p", _W + "tbl"):
            yield element
        elif element.tag in tuple(_W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")):
            stack.append(iter(element))


def _text(paragraph: Element) -> str:
    """The words of a paragraph: inserted ones too, removed and hidden ones not."""
    parts: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag == _W + "t":
            parts.append(element.text or "")
        elif element.tag in _SIGNS:
            parts.append(_SIGNS[element.tag])
        elif isinstance(element.tag, str) and element.tag not in _SKIPPED and not _is_hidden(element):
            stack.append(iter(element))
    lines = [tidy(line) for line in "".join(parts).split("\n")]
    return "\n".join(line for line in lines if line)


def _is_hidden(run: Element) -> bool:
    hidden = run.find(f"{_W}rPr/{_W}vanish") if run.tag == _W + "r" else None
    return hidden is not None and _value(hidden) not in ("0", "false")


def _write_paragraph(writer: _Writer, paragraph: Element, styles: dict[str, _Style], *, deeper: bool) -> None:
    text = _text(paragraph)
    style = _style(styles, paragraph)
    if not text or _CONTENTS.match(style.name):
        return
    properties = paragraph.find(_W + "pPr")
    level = _level(None if properties is None else properties.find(_W + "outlineLvl"))
    level = style.level if level is None else level
    listed = _listed(properties)
    if style.name == "title":
        writer.write("# " + text.replace("\n", " "), None)
    elif level is not None and level < 9:  # 9 is "body text"
        writer.write("#" * min(level + 1 + deeper, 6) + " " + text.replace("\n", " "), None)
    elif listed or (listed is None and style.listed):
        writer.write("- " + text.replace("\n", " "), "item")
    else:
        writer.write(text, None)


def _write_table(writer: _Writer, table: Element, styles: dict[str, _Style]) -> None:
    """Rows with their cells beside each other; a table that only lays out the page as the paragraphs in it."""
    rows = [row for row in _children(table, "tr") if row.find(f"{_W}trPr/{_W}del") is None]
    cells = [[[p for p in cell.iter(_W + "p") if _text(p)] for cell in _children(row, "tc")] for row in rows]
    wide = max((len(row) for row in cells), default=0)
    if wide < 2 or any(sum(is_prose(_text(p)) for p in cell) > 1 for row in cells for cell in row):
        for paragraph in (p for row in cells for cell in row for p in cell):
            _write_paragraph(writer, paragraph, styles, deeper=True)
        return
    for row in cells:
        shown = " | ".join(" ".join(_text(p).replace("\n", " ") for p in cell) for cell in row).strip(" |")
        if shown:
            writer.write(shown, table)


def _children(parent: Element, name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, also in content controls."""
    for element in parent:
        if element.tag == _W + name:
            yield element
        elif element.tag in (_W + "sdt", _W + "sdtContent", _W + "ins"):
            yield from _children(element, name)
