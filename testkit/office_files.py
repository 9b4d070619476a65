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
ODF_NAMES = " ".join(
    f'xmlns:{short}="{_OPEN_DOCUMENT}:{name}:1.0"'
    for short, name in (("o", "office"), ("x", "text"), ("t", "table"), ("d", "drawing"), ("s", "style"))
)
"""Short names of the namespaces of OpenDocument."""
SLIDE_NAMES = (
    f'xmlns:p="{_MICROSOFT}/presentationml/2006/main" xmlns:a="{_MICROSOFT}/drawingml/2006/main" '
    f'xmlns:g="{_MICROSOFT}/drawingml/2006/diagram" xmlns:m="{_MICROSOFT}/markup-compatibility/2006" '
    f'xmlns:r="{_MICROSOFT}/officeDocument/2006/relationships"'
)
"""Names of the namespaces of a slide; "g" is that of diagrams, "m" that of forms for older programs."""


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
    """Return an OpenDocument text with a heading, a list, a table, a note and a text box."""
    cells = "<t:table-cell><x:p>a</x:p></t:table-cell>" * 2
    body = (
        f'<x:h x:outline-level="1">Plan</x:h><x:p>{POLISH}<x:s/>b</x:p><x:list><x:list-item><x:p>one</x:p>'
        f"</x:list-item></x:list><t:table><t:table-row>{cells}</t:table-row></t:table><x:p>c<x:note><x:note-body>"
        "<x:p>d</x:p></x:note-body></x:note><d:frame><d:text-box><x:p>e</x:p></d:text-box></d:frame></x:p>"
    )
    return open_document("text", body)


def ods() -> bytes:
    """Return an OpenDocument spreadsheet with a header row and repeated cells and rows."""

    def row(cells: tuple[str, ...], times: int) -> str:
        made = "".join(f"<t:table-cell><x:p>{cell}</x:p></t:table-cell>" for cell in cells)
        empty = '<t:table-cell t:number-columns-repeated="9"/>'
        return f'<t:table-row t:number-rows-repeated="{times}">{made}{empty}</t:table-row>'

    rows = row(("berth", "fee"), 1) + row(("Quay 1", "1250"), 3) + row((), 99) + row(("Quay 2", "5"), 1)
    return open_document("spreadsheet", f'<t:table t:name="Fees">{rows}</t:table>')


def open_document(kind: str, body: str, styles: str = "") -> bytes:
    """Return an OpenDocument file of a kind ("text", "spreadsheet", "presentation")."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<o:document-content {ODF_NAMES}><o:automatic-styles>{styles}</o:automatic-styles><o:body>"
            f"<o:{kind}>{body}</o:{kind}></o:body></o:document-content>",
        }
    )


def pptx() -> bytes:
    """Return a presentation of one slide with a title, a table, a diagram and notes."""
    relations = f'xmlns="{_MICROSOFT}/package/2006/relationships"'
    shape = (
        '<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>Boats</a:t></a:r>'
        f"</a:p><a:p><a:r><a:t>{ENGLISH}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    cell = "<a:tc><a:p><a:r><a:t>b</a:t></a:r></a:p></a:tc>"
    table = f"<p:graphicFrame><a:tbl><a:tr>{cell * 2}</a:tr></a:tbl></p:graphicFrame>"
    diagram = '<p:graphicFrame><g:relIds r:dm="d"/></p:graphicFrame>'
    return zipped(
        {
            "ppt/presentation.xml": f'<p:presentation {SLIDE_NAMES}><p:sldId r:id="a"/></p:presentation>',
            "ppt/_rels/presentation.xml.rels": f"<Relationships {relations}>"
            '<Relationship Id="a" Type="slide" Target="slides/slide1.xml"/></Relationships>',
            "ppt/slides/slide1.xml": f"<p:sld {SLIDE_NAMES}>{shape}{table}{diagram}</p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": f"<Relationships {relations}>"
            '<Relationship Id="d" Type="diagramData" Target="../slide-data.xml"/>'
            '<Relationship Id="n" Type="notesSlide" Target="../slide-notes.xml"/></Relationships>',
            "ppt/slide-data.xml": f"<g:dataModel {SLIDE_NAMES}><g:t><a:p><a:t>c</a:t></a:p></g:t></g:dataModel>",
            "ppt/slide-notes.xml": f"<p:notes {SLIDE_NAMES}>{shape}</p:notes>",
        }
    )


def epub() -> bytes:
    """Return an e-book of two chapters."""
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<container xmlns="{_OPEN_DOCUMENT}:container"><rootfiles>'
            '<rootfile full-path="book.xml"/></rootfiles></container>',
            "book.xml": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"/>'
            '<item id="b" href="b.xhtml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
            "a.xhtml": f"<html><body><h1>One</h1><p>{VIETNAMESE}</p></body></html>",
            "b.xhtml": f"<html><body><h1>Two</h1><p>{ENGLISH}</p></body></html>",
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
