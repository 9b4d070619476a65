"""Word files: structure, revisions, what is passed over, and files that only look like one."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping

import pytest
from docx.document import Document as WordDocument

from assistant.ingest.formats.docx.docx_text import MAX_PART_BYTES, read_docx
from assistant.ingest.sandbox.archive import MAX_ENTRIES, MAX_UNPACKED_BYTES, Archive
from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from testkit.papers import ENGLISH, POLISH, VIETNAMESE, word

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def read(data: bytes) -> FileText:
    archive = Archive(data)
    return read_docx(archive, archive.word_part())


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def body(xml: str) -> bytes:
    return zipped({"word/document.xml": f"<w:document {W}><w:body>{xml}</w:body></w:document>"})


def refusal(data: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read(data)
    assert caught.value.hint
    return caught.value


def test_headings_lists_and_tables_stand_in_their_order() -> None:
    def fill(document: WordDocument) -> None:
        document.core_properties.title = "Plan of the hospital"
        document.add_heading("Kế hoạch năm 2025", 0)
        document.add_paragraph(VIETNAMESE)
        document.add_heading("Łóżka", 1)
        for text in ("oddział dziecięcy", "oddział wewnętrzny"):
            document.add_paragraph(text, style="List Bullet")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(
            [cell for row in table.rows for cell in row.cells], ["Rok", "Łóżka", "2024", "340"], strict=True
        ):
            cell.text = text
        document.add_heading("Koniec", 2)
        document.add_paragraph(POLISH).add_run(" " + ENGLISH).bold = True

    packed = read(word(fill))
    assert packed.text.split("\n\n") == [
        "# Kế hoạch năm 2025",
        VIETNAMESE,
        "## Łóżka",
        "- oddział dziecięcy\n- oddział wewnętrzny",
        "Rok | Łóżka\n2024 | 340",
        "### Koniec",
        f"{POLISH} {ENGLISH}",
    ]
    assert (packed.title, packed.pages) == ("Plan of the hospital", ())


def test_inserted_text_is_read_and_deleted_text_is_not() -> None:
    xml = (
        "<w:p><w:r><w:t>The ferry </w:t></w:r><w:del><w:r><w:delText>sinks</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>sails</w:t></w:r></w:ins><w:moveFrom><w:r><w:t> away</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t> at noon</w:t></w:r></w:moveTo>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> secret</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:tc></w:tr>"
        "<w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    assert read(body(xml)).text == "The ferry sails at noon\n\na | b"


def test_content_controls_links_and_breaks_are_text_and_boxes_and_contents_are_not() -> None:
    xml = (
        "<w:sdt><w:sdtContent><w:p><w:hyperlink><w:r><w:t>Linked</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>words</w:t>"
        "<w:br/><w:t>below</w:t></w:r><w:r><w:drawing><w:t>box</w:t></w:drawing></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p></w:sdtContent></w:sdt>"
        '<w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr><w:r><w:t>Contents 7</w:t></w:r></w:p>'
    )
    styles = f'<w:styles {W}><w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style></w:styles>'
    document = f"<w:document {W}><w:body>{xml}</w:body></w:document>"
    assert read(zipped({"word/document.xml": document, "word/styles.xml": styles})).text == "Linked words\nbelow"


def test_styles_based_on_each_other_in_a_circle_end() -> None:
    styles = "".join(
        f'<w:style w:styleId="{own}"><w:name w:val="{own}"/><w:basedOn w:val="{base}"/></w:style>'
        for own, base in (("A", "B"), ("B", "A"))
    )
    parts = {
        "word/document.xml": f'<w:document {W}><w:body><w:p><w:pPr><w:pStyle w:val="A"/></w:pPr><w:r><w:t>Text</w:t>'
        "</w:r></w:p></w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
    }
    assert read(zipped(parts)).text == "Text"


def test_layout_tables_are_paragraphs() -> None:
    def fill(document: WordDocument) -> None:
        cell = document.add_table(rows=1, cols=2).cell(0, 0)
        cell.text = ENGLISH
        cell.add_paragraph(POLISH)

    assert read(word(fill)).text == f"{ENGLISH}\n\n{POLISH}"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/workbook.xml": "<x/>"}, "XLSX"),
        ({"ppt/presentation.xml": "<x/>"}, "PPTX"),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, "ODT"),
        ({"mimetype": "application/epub+zip"}, "EPUB"),
        ({"photo.jpg": "x"}, "ZIP archive"),
        ({"word/document.xml": "<not closed"}, "damaged"),
        ({"word/document.xml": "<w/>"}, "damaged"),
        ({"word/document.xml": b"\x89PNG\r\n\x1a\n"}, "damaged"),
        ({"word/document.xml": f"<w:document {W}><w:body/></w:document>"}, "no text"),
    ],
)
def test_what_is_no_word_file_is_named(parts: Mapping[str, str | bytes], said: str) -> None:
    assert said in refusal(zipped(parts)).error


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE d [<!ENTITY c SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY c "x">]>',
    ],
)
def test_entities_are_refused(dtd: str) -> None:
    xml = f"{dtd}<w:document {W}><w:body><w:p><w:r><w:t>Text &c;</w:t></w:r></w:p></w:body></w:document>"
    assert "entities" in refusal(zipped({"word/document.xml": xml})).error


def overlapping(data: bytes) -> bytes:
    """The archive with a second entry in its list that names the bytes of the first."""
    end = data.rindex(b"PK\x05\x06")
    start = data.index(b"PK\x01\x02")
    entry = data[start:end]
    tail = bytearray(data[end:])
    tail[8:12] = (2).to_bytes(2, "little") * 2
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    return data[:start] + entry + entry.replace(b"document.xml", b"document2xml") + bytes(tail)


def lying(data: bytes, *, of: int = 0, size: int = 0) -> bytes:
    """The archive with a list that states another size of one of its entries."""
    start = [match.start() for match in re.finditer(b"PK\x01\x02", data)][of]
    return data[: start + 24] + size.to_bytes(4, "little") + data[start + 28 :]


LONG = f"<w:document {W}><w:body>{'<w:p/>' * 2_000_000}<w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body></w:document>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped({"word/document.xml": LONG}), "would grow"),
        (overlapping(body("<w:p/>" * 50)), "on top of each other"),
        (lying(body("<w:p/>" * 50)), "damaged"),
        (zipped({f"{n}": "" for n in range(MAX_ENTRIES + 1)}), "entries"),
        (body("<w:p/>")[:-30], "damaged"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
    ids=["ratio", "overlap", "lie", "entries", "cut", "zeros"],
)
def test_bombs_and_damaged_archives_are_refused(data: bytes, said: str) -> None:
    assert said in refusal(data).error


def test_an_archive_inside_is_never_unpacked() -> None:
    bomb = zipped({"zeros": bytes(10_000_000)})
    inner = zipped({f"{n}.zip": bomb for n in range(50)}, zipfile.ZIP_STORED)
    document = f"<w:document {W}><w:body><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body></w:document>"
    assert read(zipped({"word/document.xml": document, "word/embeddings/a.zip": inner})).text == "Text"


def test_limits() -> None:
    paragraph = f"<w:p><w:r><w:t>{'Some text. ' * 1000}</w:t></w:r></w:p>"
    assert "characters" in refusal(body(paragraph * (1 + MAX_CHARS // 11_000))).error
    # Beside it no text is packed so well that it could be a bomb.
    picture: dict[str, str | bytes] = {"word/media/picture": random.Random(1).randbytes(6_000_000)}
    text = f"<w:document {W}><w:body>{'<w:p/>' * (1 + MAX_PART_BYTES // 6)}</w:body></w:document>"
    assert "larger than" in refusal(zipped({"word/document.xml": text, **picture})).error
    grown = zipped({"word/document.xml": paragraph, **picture})
    assert "would grow" in refusal(lying(grown, of=1, size=MAX_UNPACKED_BYTES)).error


def encrypted(data: bytes) -> bytes:
    """The archive with its entries marked as encrypted."""
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for match in list(re.finditer(re.escape(magic), data)):
            at = match.start() + offset
            data = data[:at] + b"\x01" + data[at + 1 :]
    return data


def test_a_protected_archive_says_so() -> None:
    assert "password" in refusal(encrypted(body("<w:p/>"))).error


@pytest.mark.parametrize("deep", [lambda n: "<w:sdt><w:sdtContent>" * n, lambda n: "<w:ins>" * n])
def test_nesting_without_end_is_damage(deep: Callable[[int], str]) -> None:
    assert "damaged" in refusal(body(deep(5_000))).error
