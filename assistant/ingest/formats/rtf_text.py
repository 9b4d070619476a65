"""Rich text (RTF) to text: paragraphs, lists and table rows. Runs in a worker process only.

Headers, footers, footnotes, pictures and the targets of links are not read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from striprtf.striprtf import font_table_group, rtf_to_text

from assistant.ingest.formats.table_rows import table_lines
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import damaged
from assistant.ingest.sandbox.limits import FileText
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_reader import read_legacy

_KIND = "RTF document"
_PICTURE = re.compile(r"[0-9a-fA-F]{64,}+")  # a line of its data: letter by letter it would take very long
_FONT = re.compile(r"\\f(\d{1,9})|\\fcharset(\d{1,9})")
_CODE_PAGE = re.compile(r"\\ansicpg(\d{3,5})\b")
_TITLE = re.compile(r"\{\\title\b ?([^{}]{1,500})\}")
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})\b")
_ITEM = re.compile(r"\s*([•·▪◦–-]|\(?(?:\d{1,3}|[a-z])[.)])\t\s*(?=\S)")


def read_rtf(data: bytes) -> FileText:
    """Return the text of an RTF document. Raises RefusedError if it is damaged, too long, or has no text."""
    source = _PICTURE.sub("", data.decode("latin-1"))
    page = _CODE_PAGE.search(source)
    writer = TextWriter(_KIND)
    rows: list[list[str]] = []
    plain, codes = read_legacy(_plain(source))
    for line in [*plain.split("\n"), ""]:
        if line.rstrip().endswith("|") and line.count("|") > 1:
            rows.append([normalise_line(cell) for cell in line.strip().removesuffix("|").split("|")])
            continue
        writer.table(table_lines(rows))
        rows = []
        item = _ITEM.match(line)
        if item:
            writer.item(line[item.end() :], "- " if item[1] in "•·▪◦–-" else item[1] + " ")
        else:
            writer.paragraph(line.replace("|", " ") if line.rstrip().endswith("|") else line)
    title, created = _TITLE.search(source), _CREATED.search(source)
    shown = _plain(f"{{\\rtf1\\ansi\\ansicpg{page[1] if page else 1252} {title[1]}}}") if title else ""
    date = f"{created[1]}-{int(created[2]):02}-{int(created[3]):02}" if created else None
    return replace(writer.file_text(normalise_line(shown) or None, date), converted_from=codes)


def _plain(source: str) -> str:
    """Return what a document says, paragraphs and table rows on lines. Raises RefusedError if it is damaged."""
    source = source.replace("\\fldinst", "\\fldtype")  # passed over as well: the library reads links in quadratic time
    if fonts := font_table_group(source):
        source = source.replace(fonts, _font_table(fonts), 1)
    try:
        text: str = rtf_to_text(source, errors="replace")
    except (ValueError, TypeError, LookupError, OverflowError):
        raise damaged(_KIND) from None
    # Letters beyond 16 bits are written as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _font_table(group: str) -> str:
    """Return a group with a font table, in which only numbers and character sets are left.

    The library searches the table with a pattern whose time grows with the cube of the length.
    """
    before, _, table = group.partition("\\fonttbl")
    number, charsets = "", {}
    for font, charset in _FONT.findall(table):
        if font:
            number = font
        elif number:
            charsets[number] = charset
    fonts = "".join(f"{{\\f{number}\\fcharset{charset} a;}}" for number, charset in charsets.items())
    return f"{before}{{\\fonttbl{fonts}}}}}"  # also without fonts, or the library would take another table
