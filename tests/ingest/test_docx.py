"""Word files: structure, revisions, what is passed over, and files that only look like one."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Mapping

import pytest
from docx.document import Document as WordDocument

from assistant.ingest.formats.docx.docx_text import read_docx
from assistant.ingest.formats.xml_parts import MAX_PART_BYTES
from assistant.ingest.sandbox.archive import MAX_ENTRIES, MAX_UNPACKED_BYTES, Archive
from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from testkit.papers import ENGLISH, POLISH, VIETNAMESE, word

W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
)


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


def with_parts(xml: str, **parts: str) -> bytes:
    """A file with this body and other parts, each without its root element: numbering, styles, footnotes, endnotes."""
    made = {f"word/{name}.xml": f"<w:{name} {W}>{content}</w:{name}>" for name, content in parts.items()}
    return zipped({"word/document.xml": f"<w:document {W}><w:body>{xml}</w:body></w:document>", **made})


def p(content: str, place: tuple[int, int] | None = None, styled: str = "") -> str:
    """A paragraph of text or runs; `place` is list and level, `styled` the key of a style."""
    numbered = f'<w:numPr><w:ilvl w:val="{place[1]}"/><w:numId w:val="{place[0]}"/></w:numPr>' if place else ""
    look = f'<w:pStyle w:val="{styled}"/>' if styled else ""
    return f"<w:p><w:pPr>{look}{numbered}</w:pPr>{content if content.startswith('<') else r(content)}</w:p>"


def r(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""


def definition(key: int, *levels: tuple[str, str] | tuple[str, str, str], start: int = 1) -> str:
    """Levels of a list, each as format, text and further elements."""
    made = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{level[0]}"/>{"".join(level[2:])}'
        f'<w:lvlText w:val="{level[1]}"/></w:lvl>'
        for at, level in enumerate(levels)
    )
    return f'<w:abstractNum w:abstractNumId="{key}">{made}</w:abstractNum>'


def num(key: int, of: int, override: str = "") -> str:
    return f'<w:num w:numId="{key}"><w:abstractNumId w:val="{of}"/>{override}</w:num>'


def style(key: str, name: str, list_key: int | None = None, base: str = "") -> str:
    """A style, with the list that it numbers its paragraphs by."""
    based = f'<w:basedOn w:val="{base}"/>' if base else ""
    numbered = f'<w:pPr><w:numPr><w:numId w:val="{list_key}"/></w:numPr></w:pPr>' if list_key else ""
    return f'<w:style w:styleId="{key}"><w:name w:val="{name}"/>{based}{numbered}</w:style>'


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def tc(content: str, span: int = 1, merge: str = "") -> str:
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    inner = content if content.startswith("<") else p(content)
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/>{merged}</w:tcPr>{inner}</w:tc>'


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
        "Rok: 2024 | Łóżka: 340",
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


STATUTE = definition(1, ("decimal", "§ %1"), ("decimal", "%1.%2"), ("lowerLetter", "%3)"), ("lowerRoman", "%4."))


def test_numbers_are_those_that_are_printed() -> None:
    texts = [("Members", 0), ("Fee.", 1), ("Leave.", 1), ("by letter", 2), ("signed", 3), ("dated", 3), ("by mail", 2)]
    texts += [("Board", 0), ("Five sit.", 1), ("one", 2)]
    xml = "".join(p(text, (1, level)) for text, level in texts)
    assert read(with_parts(xml, numbering=STATUTE + num(1, 1))).text.split("\n\n") == [
        "§ 1 Members",
        "1.1 Fee.",
        "1.2 Leave.",
        "a) by letter\ni. signed\nii. dated\nb) by mail",
        "§ 2 Board",
        "2.1 Five sit.",
        "a) one",
    ]


@pytest.mark.parametrize(
    ("format_", "text", "start", "labels"),
    [
        ("decimal", "Điều %1.", 3, ["Điều 3.", "Điều 4."]),
        ("upperRoman", "(%1)", 1998, ["(MCMXCVIII)", "(MCMXCIX)"]),
        ("lowerRoman", "%1)", 3999, ["mmmcmxcix)", "4000)"]),
        ("upperLetter", "%1.", 26, ["Z.", "AA."]),
        ("lowerLetter", "%1.", 780, ["z" * 30 + ".", "781."]),
        ("decimalZero", "%1", 9, ["09", "10"]),
        ("ordinal", "%1", 11, ["11th", "12th"]),
        ("ordinal", "%1", 21, ["21st", "22nd"]),
        ("none", "Note:", 1, ["Note:", "Note:"]),
        ("bullet", "\uf0b7", 1, ["-", "-"]),
        ("upperLetter", "%1.", 0, ["0.", "A."]),
        ("chicago", "%1.", 1, ["1.", "2."]),
    ],
)
def test_formats_of_numbers(format_: str, text: str, start: int, labels: list[str]) -> None:
    numbering = definition(1, (format_, text), start=start) + num(1, 1)
    read_text = read(with_parts(p("ferry", (1, 0)) + p("bridge", (1, 0)), numbering=numbering)).text
    assert read_text.split() == [word for label, end in zip(labels, ("ferry", "bridge"), strict=True)
                                 for word in (*label.split(), end)]  # fmt: skip


def test_lists_go_on_or_begin_again_as_they_state() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride>'
    other = (
        '<w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>'
        "</w:lvlOverride>"
    )
    numbering = definition(1, ("decimal", "%1.")) + num(1, 1) + num(2, 1) + num(3, 1, again) + num(4, 1, other)
    xml = "".join(p(f"item {key}", (key, 0)) for key in (1, 1, 2, 3, 3, 1, 4))
    assert re.findall(r"^\S+", read(with_parts(xml, numbering=numbering)).text, re.MULTILINE) == [
        "1.", "2.", "3.", "7.", "8.", "9.", "X.",
    ]  # fmt: skip


def test_levels_may_keep_their_numbers_and_show_others_in_digits() -> None:
    numbering = definition(
        1,
        ("upperRoman", "Part %1"),
        ("decimal", "Article %2", '<w:lvlRestart w:val="0"/>'),
        ("decimalZero", "Section %1.%3", "<w:isLgl/>"),
    ) + num(1, 1)
    xml = "".join(p("x", (1, level)) for level in (0, 1, 2, 0, 1, 2))
    assert read(with_parts(xml, numbering=numbering)).text.split("\n\n") == [
        "Part I x", "Article 1 x", "Section 1.01 x", "Part II x", "Article 2 x", "Section 2.01 x",
    ]  # fmt: skip


def test_a_level_that_is_left_out_counts() -> None:
    numbering = definition(1, ("decimal", "%1."), ("decimal", "%1.%2."), ("decimal", "%1.%2.%3.")) + num(1, 1)
    xml = "".join(p("x", (1, level)) for level in (2, 1, 0, 2))
    assert read(with_parts(xml, numbering=numbering)).text.split() == [
        "1.1.1.",
        "x",
        "1.2.",
        "x",
        "2.",
        "x",
        "2.1.1.",
        "x",
    ]


def test_styles_number_headings_and_steps() -> None:
    styles = (
        style("H1", "heading 1", 1)
        + style("H2", "heading 2", base="H1")
        + style("Step", "List Number", 2)
        + style("Own", "Own step", base="Step")
        + style("Law", "Law", 3)
    )
    numbering = (
        definition(1, ("decimal", "%1", '<w:pStyle w:val="H1"/>'), ("decimal", "%1.%2", '<w:pStyle w:val="H2"/>'))
        + definition(2, ("decimal", "%1."))
        + definition(3, ("upperLetter", "(%1)"))
        + '<w:abstractNum w:abstractNumId="4"><w:numStyleLink w:val="Law"/></w:abstractNum>'
        + num(1, 1) + num(2, 2) + num(3, 3) + num(4, 4)
    )  # fmt: skip
    xml = p("Scope", styled="H1") + p("Terms", styled="H2") + p("Fill in", styled="Step") + p("Sign", styled="Own")
    xml += p("No step", (0, 0), styled="Step") + p("Linked", (4, 0)) + p("Annex", styled="H1")
    assert read(with_parts(xml, numbering=numbering, styles=styles)).text.split("\n\n") == [
        "# 1 Scope", "## 1.1 Terms", "1. Fill in\n2. Sign", "No step", "(A) Linked", "# 2 Annex",
    ]  # fmt: skip


def test_removed_items_are_not_counted_and_empty_ones_are() -> None:
    removed = (
        '<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr>'
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    )
    numbering = definition(1, ("decimal", "%1.")) + num(1, 1)
    xml = p("first", (1, 0)) + removed + p("second", (1, 0)) + p("", (1, 0)) + p("fourth", (1, 0))
    assert read(with_parts(xml, numbering=numbering)).text == "1. first\n2. second\n4. fourth"


def test_rows_keep_their_automatic_numbers() -> None:
    rows = [tc("Lp.") + tc("Oddział"), *(tc(p("", (1, 0))) + tc(name) for name in ("Chirurgia", "Pediatria"))]
    made = with_parts(table(*rows), numbering=definition(1, ("decimal", "%1.")) + num(1, 1))
    assert read(made).text == "Lp.: 1. | Oddział: Chirurgia\nLp.: 2. | Oddział: Pediatria"


def test_each_row_and_column_has_the_value_of_a_merged_cell() -> None:
    rows = (
        tc("Hall") + tc("Mon") + tc("Tue") + tc("Wed"),
        tc("Summer", 4),
        tc("North", 1, "restart") + tc("closed", 2, "restart") + tc("8-9"),
        tc("", 1, "continue") + tc("", 2, "continue") + tc("9-10"),
        tc("", 1, "continue") + tc("open", 3),
        '<w:trPr><w:gridBefore w:val="1"/></w:trPr>' + tc("a", 1, "restart") + tc("b"),
        tc("South") + tc("", 1, "continue") + tc("c"),
    )
    assert read(body(table(*rows))).text.split("\n") == [
        "Summer",
        "Hall: North | Mon: closed | Tue: closed | Wed: 8-9",
        "Hall: North | Mon: closed | Tue: closed | Wed: 9-10",
        "Hall: North | Mon: open | Tue: open | Wed: open",
        "Mon: a | Tue: b",
        "Hall: South | Mon: a | Tue: c",
    ]


def test_a_long_text_in_a_merged_cell_stands_once() -> None:
    rows = (tc(ENGLISH * 4, 1, "restart") + tc("a"), tc("", 1, "continue") + tc("b"))
    assert read(body(table(*rows))).text == f"{ENGLISH * 4} | a\nb"


def test_a_table_in_a_cell_has_rows_of_its_own() -> None:
    inner = table(tc("Windscreen") + tc("150 euros"), tc("Theft") + tc("500 euros"))
    rows = (tc("Partner") + tc(p("Cover") + inner + p("")), tc("Other") + tc("none"))
    assert read(body(table(*rows))).text.split("\n\n") == [
        "Partner | Cover", "Windscreen | 150 euros\nTheft | 500 euros", "Other | none",
    ]  # fmt: skip


def boxed(inner: str) -> str:
    """A text box as Word writes it: once for itself, once for older programs."""
    box = f"<w:txbxContent>{inner}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback>'
        f"<w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_a_text_box_stands_once_after_its_paragraph() -> None:
    xml = p(r("Before.") + boxed(p("In the box.") + table(tc("a") + tc("b"))) + r(" Still before.")) + p("After.")
    assert read(body(xml)).text == "Before. Still before.\n\nIn the box.\n\na | b\n\nAfter."
    older = "<w:r><w:pict><v:textbox><w:txbxContent>" + p("Old box.") + "</w:txbxContent></v:textbox></w:pict></w:r>"
    assert read(body(p(older))).text == "Old box."


def test_what_is_written_for_older_programs_is_read_where_the_newer_form_is_not_understood() -> None:
    smile = '<w:r><mc:AlternateContent><mc:Choice Requires="w16se"/><mc:Fallback><w:t>☺</w:t></mc:Fallback>'
    assert read(body(p(r("Well done ") + smile + "</mc:AlternateContent></w:r>"))).text == "Well done ☺"


def test_notes_follow_the_block_that_refers_to_them() -> None:
    def reference(kind: str, key: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{key}"/></w:r>'

    xml = p(r("The rent is 500") + reference("footnote", 2) + r(" euros.")) + p("Next.")
    xml += table(tc(p(r("a") + reference("endnote", 1))) + tc("b"), tc("c") + tc("d"))
    xml += p(r("Again") + reference("footnote", 2))
    footnotes = '<w:footnote w:id="-1">' + p("separator") + '</w:footnote><w:footnote w:id="2">'
    footnotes += p(r(" Heating aside.") + reference("footnote", 2)) + "</w:footnote>"
    made = with_parts(xml, footnotes=footnotes, endnotes=f'<w:endnote w:id="1">{p("Of 2024.")}</w:endnote>')
    assert read(made).text.split("\n\n") == [
        "The rent is 500 euros.", "Heating aside.", "Next.", "a | b\nc | d", "Of 2024.", "Again",
    ]  # fmt: skip


def test_notes_that_refer_to_each_other_end() -> None:
    def reference(key: int) -> str:
        return f'<w:r><w:footnoteReference w:id="{key}"/></w:r>'

    chain = "".join(
        f'<w:footnote w:id="{n}">{p(r(f"Note {n}.") + reference(n + 1))}</w:footnote>' for n in range(5_000)
    )
    assert read(with_parts(p(r("Text.") + reference(0)), footnotes=chain)).text == "Text.\n\nNote 0."


@pytest.mark.parametrize(
    ("stated", "created"),
    [
        ("2013-12-23T23:15:00Z", None),
        ("2013-12-23T08:00:00Z", "2013-12-23"),
        ("1970-01-01T00:00:00Z", None),
        ("2024-03-05T10:00:00Z", "2024-03-05"),
    ],
)
def test_the_date_of_a_template_is_no_date_of_the_document(stated: str, created: str | None) -> None:
    core = f'<c xmlns:t="http://purl.org/dc/terms/"><t:created>{stated}</t:created></c>'
    document = f"<w:document {W}><w:body>{p('Text')}</w:body></w:document>"
    assert read(zipped({"word/document.xml": document, "docProps/core.xml": core})).created == created


@pytest.mark.parametrize(
    "numbering",
    [
        "<w:abstractNum",
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="A"/></w:abstractNum>' + num(1, 1),
        num(1, 5),
        definition(1, ("decimal", "")) + num(2, 1),
    ],
    ids=["damaged", "linked to itself", "no definition", "no list"],
)
def test_a_list_that_is_not_defined_has_bullets(numbering: str) -> None:
    assert read(with_parts(p("Text", (1, 0)), numbering=numbering, styles=style("A", "a", 1))).text == "- Text"


def test_labels_and_merged_cells_do_not_make_a_text_grow_without_end() -> None:
    one_row = table(tc("x" * 300, 99_999) * 1_000)
    assert len(read(body(one_row)).text) < 1_200 * 303
    longest = definition(1, ("upperRoman", "%1" * 500), start=3888) + num(1, 1)
    assert len(read(with_parts(p("x", (1, 0)), numbering=longest)).text) < 2_000


def test_layout_tables_are_paragraphs() -> None:
    def fill(document: WordDocument) -> None:
        cell = document.add_table(rows=1, cols=2).cell(0, 0)
        cell.text = ENGLISH
        cell.add_paragraph(POLISH)

    assert read(word(fill)).text == f"{ENGLISH}\n\n{POLISH}"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"visio/document.xml": "<x/>"}, "Visio"),
        ({"mimetype": "application/vnd.oasis.opendocument.graphics"}, "OpenDocument drawing"),
        ({"mimetype": "application/epub+zip"}, "ZIP archive"),
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
