"""Vietnamese in legacy codes in files of each format: read as Unicode, and said of the document."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from email.message import EmailMessage

import openpyxl
import pytest
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.run import Run
from reportlab.pdfgen.canvas import Canvas

from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.parse import finish_document, parse_file
from assistant.records import Document, Failure
from testkit.office_files import zipped
from testkit.ole_files import msg, xls, xlsb
from testkit.papers import drawn, word

TCVN3 = (
    "Quy ®Þnh vÒ viÖc m\xad\xeen s¸ch",
    "Ng\xad\xeai ®äc ph¶i tr¶ s¸ch ®óng h¹n, tr\xad\xedc ngµy cuèi th¸ng.",
    "Mçi ng\xad\xeai ®\xad\xeec m\xad\xeen nhiÒu nhÊt bèn cuèn s¸ch mét lÇn.",
)
UNICODE = (
    "Quy định về việc mượn sách",
    "Người đọc phải trả sách đúng hạn, trước ngày cuối tháng.",
    "Mỗi người được mượn nhiều nhất bốn cuốn sách một lần.",
)
VNI = "Ngöôøi ñoïc phaûi traû saùch ñuùng haïn, tröôùc ngaøy cuoái thaùng."


def document(data: bytes, name: str = "file") -> Document:
    ((_, parsed),) = parse_file(name, data, None)
    assert not isinstance(parsed, Failure), parsed
    found = parsed if isinstance(parsed, Document) else finish_document(parsed, frozenset())
    assert found is not None
    return found


def html(body: str, head: str = "") -> bytes:
    return f"<html><head><title>x</title>{head}</head><body>{body}</body></html>".encode()


def in_font(run: Run, name: str) -> None:
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:ascii"), name)
    fonts.set(qn("w:hAnsi"), name)


def docx(fill: Callable[[WordDocument], object]) -> Document:
    return document(word(fill))


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    for number, line in enumerate(TCVN3):
        book.active.append([line, number])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def odt() -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(f"<text:p>{line}</text:p>" for line in TCVN3)
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0">'
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        }
    )


def epub() -> bytes:
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="book.xml"/></rootfiles></container>',
            "book.xml": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml"/>'
            '</manifest><spine><itemref idref="a"/></spine></package>',
            "a.xhtml": f"<html><body>{''.join(f'<p>{line}</p>' for line in TCVN3)}</body></html>",
        }
    )


def eml() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "b@b.example", "Quy dinh"
    message["Date"] = "Tue, 05 Mar 2004 23:30:00 +0100"
    message.set_content("\n\n".join(TCVN3))
    return bytes(message)


def rtf() -> bytes:
    lines = "\\par ".join("".join(c if c.isascii() else f"\\'{ord(c):02x}" for c in line) for line in TCVN3)
    return f"{{\\rtf1\\ansi\\ansicpg1252{{\\fonttbl{{\\f0 .VnTime;}}}}\\f0 {lines}\\par}}".encode()


@pytest.mark.parametrize(
    "data",
    [
        "\n\n".join(TCVN3).encode(),
        "\n\n".join(TCVN3).encode("latin-1"),
        b"# X\n\n- a\n- b\n\n" + "\n\n".join(TCVN3).encode(),
        html("".join(f"<p>{line}</p>" for line in TCVN3)),
        html("".join(f"<p>{line}</p>" for line in TCVN3)).decode().encode("latin-1"),
        html("".join(f"<p>{''.join(f'&#{ord(c)};' for c in line)}</p>" for line in TCVN3)),
        json.dumps([{"quy dinh": line} for line in TCVN3], ensure_ascii=False).encode(),
        ("so,quy dinh\n" + "".join(f'{n},"{line}"\n' for n, line in enumerate(TCVN3))).encode(),
        xlsx(),
        xls([[(line, ""), (number, "0")] for number, line in enumerate(TCVN3)]),
        xlsb([[line, number] for number, line in enumerate(TCVN3)]),
        odt(),
        epub(),
        eml(),
        msg("\n\n".join(TCVN3)),
        msg("", html=html("".join(f"<p>{line}</p>" for line in TCVN3))),
        rtf(),
        word(lambda file: [file.add_paragraph(line) for line in TCVN3]),
    ],
    ids="text bytes markdown html html-bytes html-entities json csv xlsx xls xlsb odt epub eml msg msg-html rtf "
    "docx".split(),
)
def test_letters_tell_the_code_in_each_format(data: bytes) -> None:
    found = document(data)
    assert all(line in found.text for line in UNICODE), found.text
    assert found.converted_from == ("TCVN3",)
    assert found.language == "vi"


def test_records_of_jsonl_are_converted() -> None:
    line = json.dumps({"id": "a", "title": TCVN3[0], "text": "\n".join(TCVN3)}).encode()
    ((_, found),) = read_jsonl(io.BytesIO(line), "a.jsonl")
    assert isinstance(found, Document)
    assert (found.title, found.text, found.converted_from) == (UNICODE[0], "\n".join(UNICODE), ("TCVN3",))


def test_fonts_tell_the_code_of_short_runs_in_word() -> None:
    def fill(file: WordDocument) -> None:
        paragraph = file.add_paragraph()
        in_font(paragraph.add_run("VÐ göi xe"), ".VnTime")
        paragraph.add_run(" (café, Łódź) ")
        in_font(paragraph.add_run("mÊt vÐ"), ".VnTimeH")

    found = docx(fill)
    assert found.text == "Vé gửi xe (café, Łódź) MẤT VÉ"
    assert found.converted_from == ("TCVN3",)


def test_a_letter_and_its_sign_may_be_in_two_runs() -> None:
    def fill(file: WordDocument) -> None:
        paragraph = file.add_paragraph()
        for part in ("Ve", "ù xe ma", "ùy"):
            in_font(paragraph.add_run(part), "VNI-Times")

    found = docx(fill)
    assert (found.text, found.converted_from) == ("Vé xe máy", ("VNI",))


def test_fonts_of_styles_and_defaults_count_in_word() -> None:
    def fill(file: WordDocument) -> None:
        file.styles["Normal"].font.name = ".VnTime"
        file.add_paragraph("VÐ göi xe")
        base = file.styles.add_style("Cu", 1)
        base.font.name = "VNI-Times"
        child = file.styles.add_style("Moi", 1)
        child.base_style = base
        file.add_paragraph("Veù xe maùy", style="Moi")

    found = docx(fill)
    assert found.text == "Vé gửi xe\n\nVé xe máy"
    assert found.converted_from == ("TCVN3", "VNI")

    def default(file: WordDocument) -> None:
        defaults = file.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
        defaults.remove(defaults.find(qn("w:rFonts")))
        fonts = OxmlElement("w:rFonts")
        fonts.set(qn("w:hAnsi"), ".VnTime")
        defaults.append(fonts)
        file.add_paragraph("VÐ göi xe")

    assert docx(default).text == "Vé gửi xe"


def test_fonts_tell_the_code_in_a_page() -> None:
    sheet = '<style>p.MsoNormal, .cu {font-size: 12pt; font-family:".VnTime", serif} h2 {color: red}</style>'
    body = (
        '<h1><font face=".VnTimeH">quy ®Þnh göi xe</font></h1>'
        "<p style=\"font: bold 12pt 'VNI-Times'\">Veù xe maùy ban ngaøy</p>"
        '<p class="MsoNormal">VÐ « t« <i>ban ®ªm</i> <span style="font-family: Arial">cafe Łódź café</span> mÊt vÐ</p>'
    )
    found = document(html(body, sheet))
    assert "QUY ĐỊNH GỬI XE" in found.text
    assert "Vé xe máy ban ngày" in found.text
    assert "Vé ô tô ban đêm cafe Łódź café mất vé" in found.text
    assert found.converted_from == ("TCVN3", "VNI")


def test_a_control_character_costs_no_page() -> None:
    lines = "".join(f"<p>{line} &#2; now</p>" for line in TCVN3)
    found = document(
        html(f"<p>The ferry&#11;sails \x01 at noon.</p>{lines}", '<meta name="description" content="&#6;">')
    )
    assert "The ferry sails at noon." in found.text
    assert all(f"{line} now" in found.text for line in UNICODE), found.text


def test_fonts_and_letters_tell_the_code_in_a_pdf() -> None:
    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(TCVN3):
            canvas.drawString(72, 700 - 40 * number, line.encode("latin-1").decode("cp1252"))

    plain = drawn(draw)
    for data in (plain, plain.replace(b"/BaseFont /Helvetica", b"/BaseFont /.VnTime")):
        found = document(data)
        assert all(line in found.text for line in UNICODE), found.text
        assert found.converted_from == ("TCVN3",)


def test_a_pdf_font_tells_the_code_of_a_short_line_and_its_capitals() -> None:
    data = drawn(lambda canvas: canvas.drawString(72, 700, "vÐ göi xe"))
    found = document(data.replace(b"/BaseFont /Helvetica", b"/BaseFont /.VnTimeH"))
    assert found.text.removeprefix("# ") == "VÉ GỬI XE"


def test_two_codes_in_one_text_are_both_read() -> None:
    found = document("\n\n".join([*TCVN3, UNICODE[1], VNI, VNI]).encode())
    assert found.text.count(UNICODE[1]) == 4
    assert found.converted_from == ("TCVN3", "VNI")


def test_pages_begin_where_they_did() -> None:
    def draw(canvas: Canvas) -> None:
        for line in TCVN3:
            canvas.drawString(72, 700, line.encode("latin-1").decode("cp1252"))
            canvas.showPage()

    found = document(drawn(draw))
    assert [found.text[start:].split("\n")[0].lstrip("# ") for start in found.pages] == list(UNICODE)
