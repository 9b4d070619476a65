"""Parts of a Word file: XML read within limits, and the names of its elements. Runs in the worker only (worker.py)."""

from __future__ import annotations

import re

from assistant.ingest.formats.xml_parts import MAX_PART_BYTES, Element, parse_xml
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import RefusedError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""Namespace of Word's own elements and attributes."""
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
"""Namespace of the elements that hold one content in several forms, for newer and older programs."""
KIND = "Word file"

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"


def parse_part(archive: Archive, name: str) -> Element:
    """The root element of a part. Raises RefusedError when the part is missing, damaged, or declares entities."""
    data = archive.read(name, MAX_PART_BYTES)
    if _STRICT in data[:10_000]:  # "Strict Open XML": the same elements under another name
        data = data.replace(_STRICT, W[1:-1].encode())
    return parse_xml(data, KIND)


def parse_optional(archive: Archive, name: str) -> Element | None:
    """The root element of a part without which the text can still be read; None when it is missing or damaged."""
    try:
        return parse_part(archive, name)
    except RefusedError:
        return None


def value(element: Element | None) -> str | None:
    """The attribute `w:val` of an element."""
    return None if element is None else element.get(W + "val")


def number(element: Element | None) -> int | None:
    """The attribute `w:val` as a number from 0 to 99,999; None when it is anything else."""
    text = value(element)
    return int(text) if text and re.fullmatch("[0-9]{1,5}", text) else None


def is_on(element: Element | None) -> bool:
    """Whether a property that is either on or off is stated and on."""
    return element is not None and value(element) not in ("0", "false", "off")
