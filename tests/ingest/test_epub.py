"""E-books: chapters in their order, metadata, and protected, damaged or hostile files."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="text/book.opf"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Boats and bridges</dc:title><dc:creator>J. Oak</dc:creator><dc:date>2021-05-04</dc:date></metadata>"
    '<manifest><item id="n" href="nav.xhtml" properties="nav"/><item id="b" href="the%20end.xhtml"/>'
    '<item id="a" href="../first.xhtml"/></manifest>'
    '<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="a"/></spine></package>'
)
FONTS = '<e><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></e>'
LOCK = '<e><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>'


def page(body: str) -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>'
        f"<body>{body}</body></html>"
    )


def epub(first: str = ENGLISH, package: str = PACKAGE, **more: str) -> bytes:
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "text/book.opf": package,
        "text/nav.xhtml": page("<nav><ol><li>One</li></ol></nav>"),
        "first.xhtml": page(f"<h1>One</h1><p>{first}</p>"),
        "text/the end.xhtml": page(f'<div class="footer"><p>{POLISH}</p></div><ul><li>{VIETNAMESE}</li></ul>'),
    }
    if "encryption" in more:
        parts["META-INF/encryption.xml"] = more["encryption"]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def read(data: bytes) -> Document:
    parsed = parse_file("a.epub", data, None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


def test_chapters_are_read_in_their_order_and_each_once() -> None:
    made = read(epub())
    assert made.text.split("\n\n") == ["# One", ENGLISH, POLISH, f"- {VIETNAMESE}"]
    assert (made.title, made.publisher, made.published) == ("Boats and bridges", "J. Oak", "2021-05-04")


def test_a_book_whose_fonts_alone_are_protected_is_read() -> None:
    assert ENGLISH in read(epub(encryption=FONTS)).text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (epub()[:-40], "damaged"),
        (epub(package="<not closed"), "damaged"),
        (epub(package="<!DOCTYPE a [<!ENTITY b 'bb'>]>" + PACKAGE), "entities"),
        (epub(package="<package/>"), "no text"),
        (epub(encryption=LOCK), "protected"),
        (epub(" " * 40_000_000), "would grow"),
    ],
)
def test_bad_files_are_listed_failures(data: bytes, said: str) -> None:
    found = parse_file("a.epub", data, None)[0][1]
    assert isinstance(found, Failure)
    assert re.search(said, found.error)
    assert found.hint
