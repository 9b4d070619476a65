"""XML files to text: words without tags, each element with simple parts a record."""

from __future__ import annotations

import re

from lxml import etree

from assistant.ingest.formats.markdown.markdown_page import looks_like_markdown
from assistant.ingest.formats.records.record_writer import RecordWriter
from assistant.ingest.formats.xml_parts import Element, parse_xml
from assistant.ingest.sandbox.limits import FileText, RefusedError

_KIND = "XML file"
_DECLARATION = re.compile(r"\s*<\?xml\b[^<>]{0,200}\?>")
_ROOT = re.compile(r"\s*<([A-Za-z_][\w.:-]*)[\s>]")


def read_xml(text: str) -> FileText | None:
    """Return the text of an XML file; None for what is none.

    Raises RefusedError if the XML is damaged, declares entities, is a drawing, or holds numbers rather than text.
    """
    declared = _DECLARATION.match(text)
    if not declared and not _is_element(text):
        return None
    root = parse_xml(text[declared.end() if declared else 0 :].strip().encode("utf-8", "replace"), _KIND)
    if etree.QName(root).localname == "svg":
        raise RefusedError("The file is a drawing (SVG), not text.", "Remove it from the source.")
    writer = RecordWriter(_KIND)
    _write(writer, root, 1)
    return writer.file_text()


def _is_element(text: str) -> bool:
    """Return whether a text without a declaration is one XML element: its last tag closes its first, and it parses."""
    root = _ROOT.match(text)
    if not root or not text.rstrip().endswith(f"</{root[1]}>") or looks_like_markdown(text):
        return False
    try:
        return len(parse_xml(text.strip().encode("utf-8", "replace"), _KIND)) > 1
    except RefusedError as error:
        return "entities" in error.error


def _write(writer: RecordWriter, element: Element, level: int) -> None:
    """Write what is in an element."""
    for name, value in element.attrib.items():
        if not name.startswith("{"):  # those of namespaces are about XML
            writer.field(name, value)
    children = [child for child in element if isinstance(child.tag, str)]
    if not children or _is_mixed(element):
        writer.field(_name(element), "".join(element.itertext()))
        return
    for child in children:
        if not len(child) or _is_mixed(child):
            for name, value in child.attrib.items():
                if not name.startswith("{"):
                    writer.field(f"{_name(child)} {name}", value)
            writer.field(_name(child), "".join(child.itertext()))
            continue
        writer.end()
        if any(len(inner) and not _is_mixed(inner) for inner in child):
            writer.heading(_name(child), level + 1)
        _write(writer, child, level + 1)
        writer.end()


def _is_mixed(element: Element) -> bool:
    """Return whether an element is a text with marks in it, as a paragraph with words in bold."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _name(element: Element) -> str:
    return str(etree.QName(element).localname)
