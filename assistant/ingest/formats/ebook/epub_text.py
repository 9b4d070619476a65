"""E-books (EPUB) to text: the chapters in their order. Runs in a worker process only.

The table of contents is not read, nor what readers skip (covers and other pictures).
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from urllib.parse import unquote

from assistant.ingest.decode import UnreadableFileError, decode
from assistant.ingest.formats.html.html_fragment import html_blocks_text
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import MAX_PART_BYTES, Element, damaged, parse_part
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line

_KIND = "e-book"
_CONTAINER = "META-INF/container.xml"
_ROOT_FILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF = "{http://www.idpf.org/2007/opf}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_ENCRYPTION = "META-INF/encryption.xml"
_FONT_ALGORITHMS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
"""Algorithms that only make fonts unusable elsewhere; the text is open."""


def read_epub(archive: Archive) -> FileText:
    """Return the text of an e-book. Raises RefusedError if it is protected or damaged, too long, or has no text."""
    _refuse_protected(archive)
    root_file = next(parse_part(archive, _CONTAINER, _KIND).iter(_ROOT_FILE), None)
    name = "" if root_file is None else root_file.get("full-path") or ""
    package = parse_part(archive, name, _KIND)
    writer = TextWriter(_KIND)
    codes: set[str] = set()
    for chapter in _chapters(package, posixpath.dirname(name)):
        if chapter not in archive.names:
            continue
        try:
            markup = decode(archive.read(chapter, MAX_PART_BYTES), chapter)
        except UnreadableFileError:
            raise damaged(_KIND) from None
        blocks, found = html_blocks_text(markup)
        codes.update(found)
        for block in blocks:
            writer.block(block)
    stated = {key: normalise_line(package.findtext(f".//{_DUBLIN}{key}") or "") for key in ("title", "creator", "date")}
    text = writer.file_text(stated["title"] or None, stated["date"] or None)
    return replace(text, publisher=stated["creator"] or None, converted_from=tuple(sorted(codes)))


def _chapters(package: Element, folder: str) -> list[str]:
    """Return the names of the parts with text, in reading order, each once."""
    items = {item.get("id"): item for item in package.iter(_OPF + "item")}
    listed = (items.get(entry.get("idref")) for entry in package.iter(_OPF + "itemref"))
    wanted = [item for item in listed if item is not None and "nav" not in (item.get("properties") or "").split()]
    names = (posixpath.join(folder, unquote(item.get("href") or "").partition("#")[0]) for item in wanted)
    return list(dict.fromkeys(map(posixpath.normpath, names)))


def _refuse_protected(archive: Archive) -> None:
    if _ENCRYPTION not in archive.names:
        return
    methods = archive.read(_ENCRYPTION, 1_000_000).split(b"EncryptionMethod")[1:]
    if any(not any(algorithm in method.partition(b">")[0] for algorithm in _FONT_ALGORITHMS) for method in methods):
        raise RefusedError("The e-book is protected against copying.", "Get a copy without protection.")
