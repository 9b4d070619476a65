"""OpenDocument: texts, sheets and slides in reading order, what is passed over, and damaged or hostile files."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE

pytestmark = pytest.mark.slow  # files are read by processes

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "presentation": "presentation", "meta": "meta",
    }.items()
)  # fmt: skip


def odf(kind: str, body: str, *, doctype: str = "", styles: str = "", **parts: str) -> bytes:
    content = (
        f"{doctype}<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        for name, part in parts.items():
            archive.writestr({"meta": "meta.xml", "manifest": "META-INF/manifest.xml"}[name], part)
    return target.getvalue()


def read(data: bytes) -> Document:
    parsed = parse_file("a.odt", data, None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


def p(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{p(text) if text else ''}</table:table-cell>"


def table(*rows: str, name: str = "Table1") -> str:
    made = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{made}</table:table>'


def test_headings_lists_tables_and_notes_stand_in_their_order() -> None:
    note_body = f"<text:note-body>{p('A note.')}</text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{note_body}</text:note>"
    items = f"<text:list><text:list-item>{p('one')}<text:list><text:list-item>{p('two')}</text:list-item></text:list>"
    body = (
        f'<text:p text:style-name="P1">Plan</text:p><text:h text:outline-level="1">Łóżka</text:h>{p(POLISH + note)}'
        f"{items}</text:list-item></text:list>{table(cell('Year') + cell('Beds'), cell('2024') + cell('340'))}"
        f"{p(VIETNAMESE)}"
    )
    styles = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    meta = f"<office:document-meta {SPACES}><office:meta><meta:creation-date>2024-03-05T10:00:00</meta:creation-date>"
    made = read(odf("text", body, styles=styles, meta=meta + "</office:meta></office:document-meta>"))
    assert made.text.split("\n\n") == [
        "# Plan", "## Łóżka", POLISH, "A note.", "- one\n- two", "Year: 2024 | Beds: 340", VIETNAMESE,
    ]  # fmt: skip
    assert (made.title, made.published) == ("Plan", "2024-03-05")


def test_spaces_breaks_and_boxes_are_read_and_removed_text_is_not() -> None:
    body = (
        f"<text:tracked-changes>{p('gone')}</text:tracked-changes>"
        "<text:p>one<text:s text:c='3'/>two<text:tab/><text:span>three</text:span><text:line-break/>four"
        f"<office:annotation>{p('a remark')}</office:annotation>"
        f"<draw:frame><draw:text-box>{p('in a box')}</draw:text-box></draw:frame></text:p>"
    )
    assert read(odf("text", body)).text == "one two three\nfour\n\nin a box"


def test_sheets_are_headings_and_rows_name_their_columns() -> None:
    rows = [
        cell("berth") + cell("fee") + cell("", 'table:number-columns-repeated="1020"'),
        cell("Quay 1") + cell("20 zł"),
        cell("Quay 2") + cell("30 zł"),
        f"{cell('', 'table:number-columns-repeated=&quot;1024&quot;')}".replace("&quot;", '"'),
    ]
    made = read(odf("spreadsheet", table(*rows, name="Fees")))
    assert made.text.split("\n\n") == ["## Fees", "berth: Quay 1 | fee: 20 zł", "berth: Quay 2 | fee: 30 zł"]


def test_slides_are_pages_with_their_notes() -> None:
    slide = (
        '<draw:page draw:name="page1"><draw:frame><draw:text-box>{body}</draw:text-box></draw:frame>'
        '<draw:frame presentation:class="title"><draw:text-box><text:p>{title}</text:p></draw:text-box></draw:frame>'
        "<presentation:notes><draw:frame><draw:text-box><text:p>Say {title}.</text:p></draw:text-box></draw:frame>"
        "</presentation:notes></draw:page>"
    )
    body = slide.format(title="Boats", body=p(ENGLISH)) + slide.format(title="Bridges", body=p(POLISH))
    made = read(odf("presentation", body))
    assert made.text.split("\n\n") == ["## Boats", ENGLISH, "Say Boats.", "## Bridges", POLISH, "Say Bridges."]
    assert made.pages == (0, made.text.index("## Bridges"))


ENTITY = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'>]>"
MANY = table(cell("x", 'table:number-columns-repeated="1000"') * 30).replace(
    "<table:table-row>", '<table:table-row table:number-rows-repeated="999999">'
)
LONG = table(cell("The port is closed. " * 500, 'table:number-columns-repeated="1000"')).replace(
    "<table:table-row>", '<table:table-row table:number-rows-repeated="1000">'
)
SPARSE = table(cell("", 'table:number-columns-repeated="1000"') + cell("x")).replace(
    "<table:table-row>", '<table:table-row table:number-rows-repeated="1000">'
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (odf("text", p(ENGLISH))[:-40], "damaged"),
        (odf("text", p(ENGLISH)).replace(b"content.xml", b"another.xml"), "damaged"),
        (odf("text", "</not>"), "damaged"),
        (odf("text", p(ENGLISH), manifest="<manifest><encryption-data/></manifest>"), "password"),
        (odf("text", p("&b;"), doctype=ENTITY), "entities"),
        (odf("text", p(" " * 40_000_000)), "would grow"),
        (odf("spreadsheet", MANY), "more than 1,000,000 cells"),
        (odf("spreadsheet", LONG), "5,000,000 characters"),
        (odf("text", LONG), "5,000,000 characters"),
        (odf("spreadsheet", SPARSE * 2), "more than 1,000,000 cells"),
        (odf("text", p(" ")), "no text"),
        (odf("chart", p(ENGLISH)), "OpenDocument drawing"),
    ],
)
def test_bad_files_are_listed_failures(data: bytes, said: str) -> None:
    found = parse_file("a.odt", data, None)[0][1]
    assert isinstance(found, Failure)
    assert re.search(said, found.error)
    assert found.hint
