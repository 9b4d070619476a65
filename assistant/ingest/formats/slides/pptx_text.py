"""PowerPoint presentations (PPTX) to text: each slide is a page. Runs in a worker process only.

A slide has its title as heading, its bullets as list, its tables, diagrams and text boxes, and its notes at the end.
Hidden slides, comments, charts, pictures and what stands on every slide (number, date, footer) are not read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from assistant.ingest.formats.table_rows import write_rows
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import Element, core_properties, parse_optional, parse_part
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import MAX_PAGES, FileText, RefusedError
from assistant.text.normalise import normalise_line

_KIND = "PowerPoint presentation"
_MAIN = "ppt/presentation.xml"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # for older programs: a copy
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TITLES = frozenset(("title", "ctrTitle"))
_EVERYWHERE = frozenset(("sldNum", "dt", "ftr", "hdr", "sldImg"))  # kinds of placeholders


def read_pptx(archive: Archive) -> FileText:
    """Return the text of a presentation. Raises RefusedError if it is damaged, too large, or has no text."""
    writer = TextWriter(_KIND)
    targets = _targets(archive, _MAIN)
    listed = [entry.get(_R + "id") or "" for entry in parse_part(archive, _MAIN, _KIND).iter(_P + "sldId")]
    if len(listed) > MAX_PAGES:
        raise RefusedError(f"The {_KIND} has more than {MAX_PAGES:,} slides.", "Split it.")
    attached = _AttachedParts(archive)
    for name in dict.fromkeys(targets[key][1] for key in listed if key in targets):
        writer.page()
        slide = parse_part(archive, name, _KIND)
        if slide.get("show") not in ("0", "false"):
            _write_slide(writer, slide, attached, _targets(archive, name))
    return writer.file_text(*core_properties(archive, _KIND))


class _AttachedParts:
    """The notes and diagrams of slides. Each belongs to one slide: a file may refer to one a thousand times."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._read: set[str] = set()

    def take(self, name: str) -> Element | None:
        """Return the root element of a part; None if it was taken before, is missing or damaged."""
        if name in self._read:
            return None
        self._read.add(name)
        return parse_optional(self._archive, name, _KIND)


def _targets(archive: Archive, name: str) -> dict[str, tuple[str, str]]:
    """Return what a part refers to, by the key of the reference: its kind, and the name of the part."""
    folder, _, file = name.rpartition("/")
    root = parse_optional(archive, f"{folder}/_rels/{file}.rels", _KIND)
    found: dict[str, tuple[str, str]] = {}
    for entry in () if root is None else root.iter(_RELATIONSHIP):
        target = posixpath.normpath(posixpath.join("/" + folder, entry.get("Target") or "")).lstrip("/")
        if target in archive.names:  # else an address of the web
            found[entry.get("Id") or ""] = (entry.get("Type") or "").rpartition("/")[2], target
    return found


def _write_slide(
    writer: TextWriter, slide: Element, attached: _AttachedParts, targets: dict[str, tuple[str, str]]
) -> None:
    shapes = list(_shapes(slide))
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    for title in titles[:1]:
        writer.heading(" ".join(_paragraphs(title)), 2)
    for shape in shapes:
        if shape in titles[:1]:
            continue
        table = shape.find(f".//{_A}tbl")
        if table is not None:
            write_rows(writer, [[_cell(cell) for cell in row.iter(_A + "tc")] for row in table.iter(_A + "tr")])
        elif shape.tag == _P + "graphicFrame":
            _write_diagram(writer, shape, attached, targets)
        else:
            _write_text(writer, shape)
    for kind, name in targets.values():
        notes = attached.take(name) if kind == "notesSlide" else None
        for shape in () if notes is None else _shapes(notes):
            _write_text(writer, shape, listed=False)


def _shapes(root: Element) -> Iterator[Element]:
    """Yield the shapes with text and the frames of tables and diagrams, also those in groups, but what stands on
    every slide.
    """
    for shape in root.iter(_P + "sp", _P + "graphicFrame"):
        if _placeholder(shape) not in _EVERYWHERE and next(shape.iterancestors(_FALLBACK), None) is None:
            yield shape


def _placeholder(shape: Element) -> str | None:
    """Return the kind of placeholder that a shape fills ("body" for the text of a slide), None if it fills none."""
    found = next(shape.iterfind(f"*/{_P}nvPr/{_P}ph"), None)
    return None if found is None else found.get("type") or "body"


def _write_text(writer: TextWriter, shape: Element, *, listed: bool = True) -> None:
    """Write the paragraphs of a shape; those of a slide's body are a list when there are several."""
    paragraphs = list(_paragraphs(shape))
    bullets = listed and _placeholder(shape) == "body" and len(paragraphs) > 1
    for text in paragraphs:
        if bullets:
            writer.item(text.replace("\n", " "))
        else:
            writer.paragraph(text)


def _write_diagram(
    writer: TextWriter, frame: Element, attached: _AttachedParts, targets: dict[str, tuple[str, str]]
) -> None:
    """Write the texts of a SmartArt diagram as a list."""
    for reference in frame.iter(_DIAGRAM + "relIds"):
        _, name = targets.get(reference.get(_R + "dm") or "", ("", ""))
        data = attached.take(name) if name else None
        for point in () if data is None else data.iter(_DIAGRAM + "t"):
            writer.item(" ".join(_paragraphs(point)))


def _cell(cell: Element) -> str:
    return normalise_line(" ".join(_paragraphs(cell)))


def _paragraphs(parent: Element) -> Iterator[str]:
    """Yield the texts of the paragraphs under an element."""
    for paragraph in parent.iter(_A + "p"):
        parts = ("\n" if part.tag == _A + "br" else part.text or "" for part in paragraph.iter(_A + "t", _A + "br"))
        if text := "".join(parts).strip():
            yield text
