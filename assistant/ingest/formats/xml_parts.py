"""XML of office files, read within limits. Runs in the worker only (worker.py)."""

from __future__ import annotations

import io
import re
from typing import Any, TypeAlias

from lxml import etree

from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import RefusedError
from assistant.text.normalise import normalise_line

Element: TypeAlias = Any
"""An lxml element (lxml comes without types)."""

MAX_PART_BYTES = 60_000_000
"""Of one part of a file, unpacked: the longest text (limits.MAX_CHARS) with ten bytes of markup a character."""

_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_TEMPLATE_DATES = re.compile(r"2013-(?:12-23T23:15:00|01-27T09:14:16)|1970-01-01|1980-01-01")
"""Dates of creation that programs copy from a template (python-docx, python-pptx) or state instead of none."""


def damaged(kind: str) -> RefusedError:
    """Return the refusal of a damaged file; `kind` names it ("Excel workbook")."""
    return RefusedError(
        f"The {kind} is damaged: it cannot be read.", "Open it in the program it comes from and save it again."
    )


def parse_xml(data: bytes, kind: str) -> Element:
    """Return the root element. Raises RefusedError if the XML is damaged or declares entities."""
    # Entities can hold whole files or grow without end, and office programs never write any.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True, remove_comments=True
    )
    try:
        tree = etree.parse(io.BytesIO(data), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise damaged(kind) from None
    declared = tree.docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise RefusedError(
            f"The {kind} declares entities, which can grow without end.", "Save it again without its DOCTYPE."
        )
    return tree.getroot()


def parse_part(archive: Archive, name: str, kind: str) -> Element:
    """Return the root element of a part of a file, its text in Unicode where it is in a legacy code.

    Raises RefusedError if the part is missing, too large or damaged, or declares entities.
    """
    root = parse_xml(archive.read(name, MAX_PART_BYTES), kind)
    if archive.legacy.expects:
        for element in root.iter():
            element.text = archive.legacy.read(element.text) if element.text else element.text
            element.tail = archive.legacy.read(element.tail) if element.tail else element.tail
    return root


def parse_optional(archive: Archive, name: str, kind: str) -> Element | None:
    """Return the root element of a part that the text does not depend on; None if it is missing or damaged."""
    try:
        return parse_part(archive, name, kind)
    except RefusedError:
        return None


def core_properties(archive: Archive, kind: str) -> tuple[str | None, str | None]:
    """Return title and date of creation that a file of Microsoft Office states in its properties, None where none."""
    core = parse_optional(archive, "docProps/core.xml", kind)
    if core is None:
        return None, None
    stated = core.findtext(_TERMS + "created") or ""
    created = None if _TEMPLATE_DATES.match(stated) else re.match(r"(?:19|20)\d\d-\d\d-\d\d", stated)
    return normalise_line(core.findtext(_DUBLIN + "title") or "") or None, created[0] if created else None
