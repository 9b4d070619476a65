"""Small office files, e-books, e-mails and records, one of each format, for fuzzing."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

import openpyxl

from testkit.papers import ENGLISH, POLISH, VIETNAMESE

_OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
_MICROSOFT = "http://schemas.openxmlformats.org"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP archive with these entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def xlsx() -> bytes:
    """Return a workbook with a header row, a number and a date."""
    book = openpyxl.Workbook()
    for row in (["berth", "fee", "since"], ["Quay 1", 1250.5, datetime.date(2024, 3, 5)], ["Quay 2", 0.5, None]):
        book.active.append(row)
    book.active["B2"].number_format = '#,##0.00 "zł"'
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def odt() -> bytes:
    """Return an OpenDocument text with a heading, a list and a table."""
    names = " ".join(f'xmlns:{name}="{_OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "text", "table"))
    cells = "<table:table-cell><text:p>a</text:p></table:table-cell>" * 2
    body = (
        f'<text:h text:outline-level="1">Plan</text:h><text:p>{POLISH}<text:s/>b</text:p><text:list><text:list-item>'
        f"<text:p>one</text:p></text:list-item></text:list><table:table><table:table-row>{cells}</table:table-row>"
        "</table:table>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {names}><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        }
    )


def pptx() -> bytes:
    """Return a presentation of one slide."""
    names = (
        f'xmlns:p="{_MICROSOFT}/presentationml/2006/main" xmlns:a="{_MICROSOFT}/drawingml/2006/main" '
        f'xmlns:r="{_MICROSOFT}/officeDocument/2006/relationships"'
    )
    shape = (
        '<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>Boats</a:t></a:r>'
        f"</a:p><a:p><a:r><a:t>{ENGLISH}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    return zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {names}><p:sldId r:id="a"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{_MICROSOFT}/package/2006/relationships">'
            '<Relationship Id="a" Type="slide" Target="slides/slide1.xml"/></Relationships>',
            "ppt/slides/slide1.xml": f"<p:sld {names}>{shape}</p:sld>",
        }
    )


def epub() -> bytes:
    """Return an e-book of one chapter."""
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<container xmlns="{_OPEN_DOCUMENT}:container"><rootfiles>'
            '<rootfile full-path="book.xml"/></rootfiles></container>',
            "book.xml": '<package xmlns="http://www.idpf.org/2007/opf">'
            '<manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>',
            "a.xhtml": f"<html><body><h1>One</h1><p>{VIETNAMESE}</p></body></html>",
        }
    )


def eml() -> bytes:
    """Return an e-mail in two forms with an attachment."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Hà <ha@island.example>", "all@island.example", "Cầu ra đảo"
    message["Date"] = "Tue, 05 Mar 2024 23:30:00 +0100"
    message.set_content(ENGLISH)
    message.add_alternative(f"<p>{ENGLISH}</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="plan.pdf")
    return bytes(message)


RTF = (
    rb"{\rtf1\ansi\ansicpg1250{\fonttbl{\f0\fcharset238 Times;}}{\info{\title Plan}}\f0 Po\'bf\u243? \par"
    rb"{\listtext\bullet\tab}one\par\trowd a\cell b\cell\row}"
)
RECORDS = (
    json.dumps({"title": "T", "rows": [{"a": ENGLISH, "b": 1.5}, {"a": "x", "c": ["y", "z"]}]}).encode(),
    f"<?xml version='1.0'?><a><b c='d'><e>{ENGLISH}</e><f>2</f></b><b><e>x <i>y</i></e></b></a>".encode(),
    b'name;room;phone\nMrs. Oak;3;551\nMr. Pine;"4;5";552\nMs. Yew;9;553\n',
)
