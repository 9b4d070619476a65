"""PDF to text in reading order, with the offsets of its pages. Runs in a worker process only.

PDFium reads the characters and their places, page_layout.py makes paragraphs of them, and pdfplumber finds the cells of
ruled tables, on pages that have rulings. Pages whose text is missing or broken are recognised (page_recognition.py).

The ratios, of gaps and slants to the font size, are chosen by hand; tests/ingest/test_pdf.py says what they must
achieve.
"""

from __future__ import annotations

import ctypes
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pdfplumber
import pypdfium2
from pypdfium2 import raw

from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.pdf.page_layout import Fragment, assemble, join, read_blocks, read_columns
from assistant.ingest.formats.pdf.page_recognition import UNKNOWN, Legibility, PageRecognition
from assistant.ingest.formats.pdf.pdf_legacy import convert_legacy, normalise_legacy
from assistant.ingest.formats.pdf.running_headers import remove_running_headers
from assistant.ingest.formats.table_rows import table_lines
from assistant.ingest.sandbox.limits import MAX_CHARS, MAX_PAGES, FileText, RefusedError
from assistant.text.vietnamese.legacy_codes import font_code

MAX_TABLE_PAGES = 100
"""Pages given to pdfplumber, which takes ten times as long as PDFium; later tables are read line by line."""
# Chosen by hand, on papers, reports and forms.
_DRAWING_PATHS = 3_000  # paths on a page from which it is a drawing; a table has fewer
_GRID_SEGMENTS = 10  # segments of one path from which it may be a grid: two boxes side by side
_LINE_HEIGHT = 8  # points beyond which a line is a ruling
_DAMAGED = ("The PDF is damaged: it cannot be read.", "Open it in a PDF viewer, save or print it as a new PDF.")
_HYPHENS = ("\x02", "\ufffe")  # what PDFium makes of a hyphen at the end of a line
_BOLD_WEIGHT = 600  # font weight of "semi-bold"


class _Char(NamedTuple):
    """A character as the reader sees the page upright, or a line break (without a place)."""

    text: str
    place: int
    left: float = 0.0
    bottom: float = 0.0
    right: float = 0.0
    top: float = 0.0


@dataclass(slots=True)
class _Table:
    """A ruled table: where it lies and the cells of its rows, each (left, bottom, right, top) or None."""

    box: tuple[float, float, float, float]
    rows: list[list[tuple[float, float, float, float] | None]]


def read_pdf(
    data: bytes,
    recognition: TextRecognition,
    *,
    max_chars: int = MAX_CHARS,
    max_table_pages: int = MAX_TABLE_PAGES,
) -> FileText:
    """Return the text of a PDF; pdfplumber reads at most `max_table_pages` of its pages.

    Raises RefusedError if it is damaged, protected, longer than MAX_PAGES pages or `max_chars` characters, or has no
    text, none that can be recognised either.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise RefusedError(
                "The PDF is protected with a password.", "Save a copy without the password, and index that."
            ) from None
        raise RefusedError(*_DAMAGED) from None
    with document:
        count = len(document)
        if not count:
            raise RefusedError(*_DAMAGED)
        if count > MAX_PAGES:
            raise RefusedError(f"The PDF has {count:,} pages; at most {MAX_PAGES:,} are read.", "Split it.")
        recognised = PageRecognition(recognition)
        pages = _Pages(document, _Tables(data, max_table_pages), recognised, max_chars)
        fragments, codes = convert_legacy(list(pages))
        lines = remove_running_headers([read_columns(page) for page in fragments])
        text, starts = assemble(read_blocks(lines, {number - 1 for number, _ in recognised.recognised}))
        stated = document.get_metadata_dict()
    unread = recognised.unread
    if not any(map(str.isalnum, text)):
        if unread:
            raise RefusedError(*unread.message("PDF", whole=True))
        raise RefusedError("The PDF holds no text.", "Check what was saved, or remove the file.")
    return FileText(
        text,
        starts,
        stated.get("Title") or None,
        _date(stated.get("CreationDate", "")),
        left_out=unread.message("PDF", whole=False) if unread else None,
        recognised=tuple(recognised.recognised),
        converted_from=codes,
    )


def _date(stated: str) -> str | None:
    """ "D:20240305120000+01'00'" → "2024-03-05"."""
    match = re.match(r"(?:D:)?((?:19|20)\d\d)(\d\d)(\d\d)", stated)
    return "-".join(match.groups()) if match else None


class _Pages:
    """The pages of a document, each as what stands on it."""

    def __init__(
        self, document: pypdfium2.PdfDocument, tables: _Tables, recognition: PageRecognition, max_chars: int
    ) -> None:
        self._document = document
        self._tables = tables
        self._recognition = recognition
        self._max_chars = max_chars
        self._chars = 0

    def __iter__(self) -> Iterator[list[Fragment]]:
        for number in range(len(self._document)):
            try:
                page = self._document[number]
            except pypdfium2.PdfiumError:
                yield []  # a page that the rest of a damaged file can do without
                continue
            try:
                yield self._read(page, number)
            finally:
                page.close()

    def _read(self, page: pypdfium2.PdfPage, number: int) -> list[Fragment]:
        turned = page.get_rotation() // 90 % 4
        text = page.get_textpage()
        try:
            count = text.count_chars()
            self._chars += count
            if self._chars > self._max_chars:
                raise RefusedError(f"The PDF holds more than {self._max_chars:,} characters.", "Split it.")
            chars = list(_chars(text, count, turned, page.get_mediabox()))
            recognised = self._recognition.read(page, number + 1, Legibility.of([char.text for char in chars]))
            if recognised is not None:
                return list(recognised)
            found: list[Fragment] = []
            if not turned and _may_hold_table(page):
                for table in self._tables.of(number):
                    chars, fragment = _take_table(text, chars, table)
                    found += [fragment] if fragment else []
            return found + _fragments(text, chars, turned)
        finally:
            text.close()


def _chars(text: Any, count: int, turned: int, box: tuple[float, ...]) -> Iterator[_Char]:
    handle, rect = text.raw, raw.FS_RECTF()
    reference = ctypes.byref(rect)
    unicode, box_of, is_unmapped = (
        raw.FPDFText_GetUnicode,
        raw.FPDFText_GetLooseCharBox,
        raw.FPDFText_HasUnicodeMapError,
    )
    high = 0
    for index in range(count):
        code = unicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
            high = 0
        character = chr(code) if code < 0x110000 else "\ufffd"
        if character in "\r\n":
            yield _Char("\n", index)
            continue
        if is_unmapped(handle, index) == 1 and not character.isspace():
            character = UNKNOWN
        elif character in _HYPHENS:
            character = "-"
        box_of(handle, index, reference)
        sides = _upright(rect.left, rect.bottom, rect.right, rect.top, turned, box)
        if math.isfinite(sum(sides)):
            yield _Char(character, index, *sides)


def _upright(
    left: float, bottom: float, right: float, top: float, turned: int, box: tuple[float, ...]
) -> tuple[float, float, float, float]:
    """A place on a page as it is seen once the page is `turned` by so many quarters; `box` is the page's own."""
    if turned == 1:
        left, bottom, right, top = bottom, box[2] - right, top, box[2] - left
    elif turned == 2:
        left, bottom, right, top = box[2] - right, box[3] - top, box[2] - left, box[3] - bottom
    elif turned == 3:
        left, bottom, right, top = box[3] - top, left, box[3] - bottom, right
    if left > right:
        left, right = right, left
    return (left, bottom, right, top) if bottom <= top else (left, top, right, bottom)


def _fragments(text: Any, chars: Sequence[_Char], turned: int) -> list[Fragment]:
    """Runs of characters that follow each other on one line; slanting and upright ones (stamps) are left out."""
    runs: list[list[_Char]] = []
    last: _Char | None = None  # the last character of the open run that is no space
    for char in chars:
        if char.text == "\n":
            last = None
        elif char.text.isspace():
            if last is not None:
                runs[-1].append(char)
        elif last is not None and unicodedata.combining(char.text):
            runs[-1].append(char)
        elif last is None or _is_apart(last, char):
            runs.append([char])
            last = char
        else:
            runs[-1].append(char)
            last = char
    found = [_fragment(text, run) for run in runs if _is_level(text, run[0].place, turned)]
    return [fragment for fragment in found if fragment.text]  # signs that cannot be seen leave none


def _is_apart(before: _Char, char: _Char) -> bool:
    size = max(before.top - before.bottom, 1e-3)
    shared = min(before.top, char.top) - max(before.bottom, char.bottom)
    gap = char.left - before.right
    return shared < 0.4 * min(size, char.top - char.bottom) or gap > 1.2 * size or gap < -1.5 * size


def _is_level(text: Any, index: int, turned: int) -> bool:
    angle = raw.FPDFText_GetCharAngle(text.raw, index)  # -1 when it is not known
    slant = (angle - turned * math.pi / 2) % math.pi if angle >= 0 else 0.0
    return min(slant, math.pi - slant) < 0.2


def _fragment(text: Any, run: Sequence[_Char]) -> Fragment:
    placed = [char for char in run if not char.text.isspace()]
    heights = Counter(round(char.top - char.bottom, 1) for char in placed)
    usual = next(char for char in placed if round(char.top - char.bottom, 1) == heights.most_common(1)[0][0])
    return Fragment(
        normalise_legacy("".join(char.text for char in run)),
        min(char.left for char in placed),
        usual.bottom,
        max(char.right for char in placed),
        usual.top,
        bold=_is_bold(text, placed[0].place) and _is_bold(text, placed[-1].place),
        legacy_font=font_code(_font_name(text, placed[0].place).decode("latin-1")),
    )


def _is_bold(text: Any, index: int) -> bool:
    if raw.FPDFText_GetFontWeight(text.raw, index) >= _BOLD_WEIGHT:
        return True
    return b"bold" in _font_name(text, index).lower()


def _font_name(text: Any, index: int) -> bytes:
    """Return the name of the font of a character, b"" where there is none."""
    buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    size = raw.FPDFText_GetFontInfo(text.raw, index, buffer, len(buffer), ctypes.byref(flags))
    return buffer.value if 0 < size <= len(buffer) else b""


def _may_hold_table(page: pypdfium2.PdfPage) -> bool:
    """Return whether the page has rulings in at least three places both ways, as two columns of two cells need."""
    across: set[int] = set()
    upright: set[int] = set()
    for number, path in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])):
        if number == _DRAWING_PATHS:
            return False
        left, bottom, right, top = path.get_bounds()
        if raw.FPDFPath_CountSegments(path.raw) >= _GRID_SEGMENTS and min(right - left, top - bottom) > _LINE_HEIGHT:
            return True
        # A box has two edges; the bounds of a line are a little wider than it is.
        if top - bottom > _LINE_HEIGHT:
            upright |= {round(left), round(right)} if right - left > _LINE_HEIGHT else {round((left + right) / 2)}
        if right - left > _LINE_HEIGHT:
            across |= {round(bottom), round(top)} if top - bottom > _LINE_HEIGHT else {round((bottom + top) / 2)}
        if len(_apart(across)) >= 3 and len(_apart(upright)) >= 3:
            return True
    return False


def _apart(places: set[int]) -> list[int]:
    """The places without those beside another: the two edges of one thick ruling."""
    kept: list[int] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > 3:
            kept.append(place)
    return kept


class _Tables:
    """The ruled tables of a document's pages, as pdfplumber sees them; of at most `pages` pages."""

    def __init__(self, data: bytes, pages: int) -> None:
        self._data = data
        self._opened: Any = None
        self._left = pages

    def of(self, number: int) -> list[_Table]:
        """The tables on a page, from top to bottom; none where pdfplumber cannot read it."""
        if not self._left:
            return []
        self._left -= 1
        try:
            if self._opened is None:
                self._opened = pdfplumber.open(io.BytesIO(self._data))
            page = self._opened.pages[number]
            tables = [_table(table, page) for table in page.find_tables()]
            page.close()
        except MemoryError:
            raise
        except Exception:  # pdfminer raises anything on a broken page, and its lines can be read without it
            return []
        return [table for table in tables if len(table.rows) > 1 and max(map(len, table.rows)) > 1]


def _table(table: Any, page: Any) -> _Table:
    height = page.mediabox[1] + page.mediabox[3]

    def upright(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        return box[0], height - box[3], box[2], height - box[1]

    return _Table(upright(table.bbox), [[upright(cell) if cell else None for cell in row.cells] for row in table.rows])


def _take_table(text: Any, chars: list[_Char], table: _Table) -> tuple[list[_Char], Fragment | None]:
    """The characters outside of a table, and its rows as one fragment; None when there is nothing in it."""
    inside = [char for char in chars if _lies_in(char, table.box)]
    rows = []
    for cells in table.rows:
        rows.append([_cell(text, [char for char in inside if _lies_in(char, cell)]) if cell else "" for cell in cells])
    lines = table_lines(rows)
    if not lines:
        return chars, None
    outside = [char for char in chars if not _lies_in(char, table.box)]
    return outside, Fragment("", *table.box, rows=tuple(lines))


def _lies_in(char: _Char, box: tuple[float, float, float, float]) -> bool:
    x, y = (char.left + char.right) / 2, (char.bottom + char.top) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _cell(text: Any, chars: Sequence[_Char]) -> str:
    words = ""
    for column in read_columns(_fragments(text, chars, 0)):
        for line in column:
            words = join(words, line.text, frozenset()) if words else line.text
    return words
