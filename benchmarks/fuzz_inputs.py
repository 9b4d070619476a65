"""Inputs to fuzz: samples of each format, and how they are changed by what they are made of."""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Sequence

from docx.document import Document as WordDocument
from lxml import etree

from testkit import growth_archives as archives
from testkit.growth_tokens import HTML, JSON, MAIL, TABLE, XML
from testkit.growth_tokens import RTF as RTF_TOKENS
from testkit.office_files import RECORDS, RTF, eml, epub, ods, odt, pptx, xlsx
from testkit.ole_files import msg, xls, xlsb
from testkit.papers import ENGLISH, POLISH, VIETNAMESE, drawn, paragraphs, pdf, table, word, write_lines
from testkit.pictures import drawn_pages, saved
from testkit.samples import SAMPLES

ZIPPED = ("docx", "xlsx", "odf", "pptx", "epub")
"""The targets whose inputs are ZIP archives."""
TOKENS = [
    "<p>", "</p>", "<div class='nav'>", "</div>", "<table><tr><td>", "</td><td>", "</table>", "<br>", "<!--", "-->",
    "<script>", "</script>", "<script type='application/ld+json'>", "<html lang='pl'>", "</body>", "<h1>", "</h1>",
    "<li>", "<meta property='og:title' content='", "<link rel='canonical' href='https://a.example/b/c'>", "<title>",
    "&amp;nbsp;", "&#58;", "&#xD800;", "&lt;", "# ", "## ", "\n", "\n\n", "\r", "- ", "1. ", "a | b | c", "|---|---|",
    "```", "---\n", "title: ", "date: 2024-03-05\n", "](", "[a](https://a.example)", "**", "__", "~~", "\\",
    "<!DOCTYPE html>", "Source: https://a.example/x\n", "Báo AnBáo An16/10/2025", "Comment (0)", "photo.jpg",
    "\u00a0", "\u200b", "\x00", "e\u0302\u0301", "đ", "👩\u200d🔬", "\u202e", "\u0301", "«", "“", "'", "\u2028",
    "\ufeff", "؟", "病院。", "...", "; ", '{"id": "', '", "text": "', '"}', "\\ud800", "\\u0000", "null", "[[", "1e999",
    "4 March 2024", "A sentence of the port. ",
]  # fmt: skip
PDF_TOKENS = [
    "obj", "endobj", "stream\n", "endstream", "<<", ">>", "/Type", "/Pages", "/Kids[", "/Count 99999999", "/Length ",
    "BT", "ET", "Tj", "TJ", "Tf", "Tm", "Td", "cm", "q", "Q", "re", "m", "l", "S", "0 0 1e38 0", "-1 0 0 -1",
    "/MediaBox[0 0 0 0]", "/Rotate 90", "/Contents", "/Font", "/ToUnicode", "xref", "trailer", "startxref",
    "%PDF-1.7", "%%EOF", "NaN", "(", ")",
]  # fmt: skip
WORD_TOKENS = [
    "<w:p>", "</w:p>", "<w:r>", "</w:r>", "<w:t>", "</w:t>", "<w:tbl>", "</w:tbl>", "<w:tr>", "</w:tr>", "<w:tc>",
    "</w:tc>", "<w:pPr><w:pStyle w:val='Heading1'/></w:pPr>", "<w:numPr>", "<w:del>", "</w:del>", "<w:ins>",
    "<w:br/>", "<w:tab/>", "<w:sdt>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "<w:vanish/>",
    "<w:outlineLvl w:val='99'/>", "<mc:AlternateContent>", "<w:numPr><w:ilvl w:val='8'/><w:numId w:val='5'/></w:numPr>",
    "<w:start w:val='99999'/>", "<w:numFmt w:val='upperRoman'/>", "<w:lvlText w:val='%1.%9'/>", "<w:isLgl/>",
    "<w:tcPr><w:gridSpan w:val='99'/><w:vMerge/></w:tcPr>", "<w:txbxContent>", "</w:txbxContent>",
]  # fmt: skip


_TOKENS_OF: dict[str, Sequence[str]] = {
    "pdf": PDF_TOKENS,
    "docx": (*WORD_TOKENS, *archives.NOTE_TOKENS, *archives.STYLE_TOKENS, *archives.NUMBERING_TOKENS),
    "xlsx": (*archives.CELL_TOKENS, *archives.STRING_TOKENS),
    "odf": (*archives.ODS_TOKENS, *archives.ODT_TOKENS),
    "pptx": archives.SLIDE_TOKENS,
    "epub": (*archives.PACKAGE_TOKENS, *HTML),
    "mail": MAIL,
    "rtf": RTF_TOKENS,
    "records": (*JSON, *XML, *TABLE),
}


def seeds(target: str) -> list[bytes]:
    """Where the mutations begin."""
    raw = {sample.name: sample.raw.encode() for sample in SAMPLES}
    if target == "image":
        page = drawn_pages(drawn(lambda canvas: write_lines(canvas, 10, 20, [ENGLISH[:40]])), 100)[0]
        words = page.crop((0, page.height - 60, 400, page.height))
        return [saved(words, kind, [words]) for kind in ("PNG", "JPEG", "TIFF", "WEBP")]
    if target == "pdf":
        rows = [["Ward", "Doctors"], ["Surgery", "Eleven"]]
        lines = [ENGLISH[:40], POLISH[:40]]
        return [
            pdf([*paragraphs("# Health", ENGLISH, "---", "- a", POLISH), *table(rows)]),
            drawn(lambda canvas: write_lines(canvas, 60, 700, lines)),
        ]
    made: dict[str, Callable[[], list[bytes]]] = {
        "xlsx": lambda: [xlsx(), xlsb([["name", "beds"], ["Ward 7", 12.0]])],
        "odf": lambda: [odt(), ods()],
        "pptx": lambda: [pptx()],
        "epub": lambda: [epub()],
        "mail": lambda: [eml()],
        "ole": lambda: [
            msg(ENGLISH, attachments={"a.txt": POLISH.encode()}),
            xls([[("name", ""), (7, "0.0%"), (45000, "d.m.y")]]),
        ],
        "rtf": lambda: [RTF],
        "records": lambda: [*RECORDS],
    }
    if target in made:
        return made[target]()
    if target == "docx":
        return [word(lambda document: document.add_paragraph(VIETNAMESE)), word(_fill)]
    if target == "jsonl":
        row = {
            "id": "a",
            "title": "T",
            "text": ENGLISH,
            "url": "https://a.example",
            "published": "2024-03-05",
            "lang": "en",
        }
        return [json.dumps(row).encode() + b"\n" + json.dumps({"_id": 7, "text": POLISH}).encode()]
    if target == "stated":
        return [
            b'---\ntitle: "A: b"\ndate: 2024-03-05 # c\ntags:\n  - x\ntext: >\n  folded\n  more\n---\nText\n',
            b'["a.txt"]\ntitle = "T"\nurl = "https://a.example"\nurl_kind = "page"\nlanguage = "en"\n'
            b'published = 2024-03-05\nquestions = ["A?"]\nnote = "n"\n',
        ]
    chosen = {
        "html": [name for name, data in raw.items() if b"<html" in data],
        "markdown": [name for name in raw if name.endswith((".md", "guide.txt"))],
    }.get(target, list(raw))
    return [raw[name] for name in chosen]


def _fill(document: object) -> None:

    assert isinstance(document, WordDocument)
    document.add_heading("Plan", 0)
    document.add_paragraph("one", style="List Bullet")
    made = document.add_table(rows=2, cols=2)
    for cell in (cell for row in made.rows for cell in row.cells):
        cell.text = ENGLISH[:30]


def mutated(data: bytes, target: str, rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    """The bytes changed by what they are made of, or (`plain`) by the fuzzer's own means."""
    if target in ZIPPED:
        return _mutated_zip(data, target, rest, plain)
    return _changed(data, _tokens(target, rest), rest, plain)


def blindly(data: bytes, rest: random.Random) -> bytes:
    """The bytes with a few of them replaced, removed, added or repeated."""
    changed = bytearray(data)
    for _ in range(rest.choice((1, 1, 2, 8))):
        at = rest.randint(0, len(changed))
        end = min(len(changed), at + rest.choice((1, 1, 4, 40)))
        match rest.randrange(4):
            case 0:
                changed[at:end] = rest.randbytes(end - at)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = rest.choice((b"\0", b"\xff", b"9" * 20, b"-1", rest.randbytes(4)))
            case 3:
                changed[at:at] = changed[at:end] * rest.choice((1, 20))
    return bytes(changed)


def _tokens(target: str, rest: random.Random) -> list[bytes]:
    """The tokens of a format, and some of every other, each with a number in it where it has one."""
    own = _TOKENS_OF.get(target, ())
    number = str(rest.choice((0, 1, 9, 255, 65_536, 10**9, -1)))
    return [token.replace("{i}", number).encode("utf-8", "replace") for token in (*own, *own, *TOKENS)]


def _changed(data: bytes, tokens: Sequence[bytes], rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    at, other = sorted((rest.randint(0, len(data)), rest.randint(0, len(data))))
    match rest.randrange(8):
        case 0 | 1:
            return data[:at] + rest.choice(tokens) + data[at:]
        case 2:  # a flood
            return data[:at] + rest.choice(tokens) * rest.choice((10, 100, 1_000)) + data[at:]
        case 3:
            return data[:at] + data[other:]
        case 4:
            return data[:other] + data[at:other] * rest.choice((1, 3, 50)) + data[other:]
        case 5:
            lines = data.split(b"\n")
            rest.shuffle(lines)
            return b"\n".join(lines)
    return plain(data)


def _mutated_zip(data: bytes, target: str, rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    """The archive with one of its parts changed, seldom with its own bytes changed."""
    parts: dict[str, bytes] = {}
    if rest.randrange(10):
        with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {entry.filename: archive.read(entry) for entry in archive.infolist() if entry.file_size < 200_000}
    wanted = [name for name in parts if not re.search(r"theme|docProps/app|Content_Types", name)]
    if not wanted:
        return plain(data)
    name = rest.choice(wanted)
    parts[name] = _changed(parts[name], _tokens(target, rest), rest, plain)
    if rest.randrange(4):  # or most of the XML would be refused for one open element
        parts[name] = _closed(parts[name])
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for part, content in parts.items():
            made.writestr(part, content)
    return written.getvalue()


def _closed(xml: bytes) -> bytes:
    """XML with its open elements closed; the bytes as they are where there is no XML."""
    with contextlib.suppress(etree.LxmlError):
        tree = etree.fromstring(xml, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
        return xml if tree is None else bytes(etree.tostring(tree, encoding="utf-8"))
    return xml
