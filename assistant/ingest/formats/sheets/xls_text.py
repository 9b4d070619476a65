"""Excel workbooks of 97 to 2003 (XLS) to text, as XLSX. Runs in a worker process only, and alone imports xlrd."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import xlrd

from assistant.ingest.formats.sheets.number_formats import shown
from assistant.ingest.formats.table_rows import write_sheet
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import damaged
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_reader import LegacyReader

_KIND = "Excel workbook"


def read_xls(data: bytes) -> FileText:
    """Return the text of a workbook. Raises RefusedError if it is damaged, encrypted, too large, or has no text."""
    writer = TextWriter(_KIND)
    try:
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
        legacy = LegacyReader(_texts(book))
        for sheet in _sheets(book):
            write_sheet(writer, sheet.name, _rows(book, sheet, legacy))
    except (RefusedError, MemoryError, RecursionError):
        raise
    except Exception as error:  # whatever a broken workbook breaks in the library
        if "encrypted" in str(error):
            raise RefusedError("The workbook is protected with a password.", "Save a copy without it.") from None
        raise damaged(_KIND) from None
    return replace(writer.file_text(named_by_file=True), converted_from=tuple(sorted(legacy.found)))


def _sheets(book: Any) -> Iterator[Any]:
    """Yield the sheets that are not hidden, one at a time in memory."""
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        if sheet.visibility == 0:
            yield sheet
        book.unload_sheet(number)


def _texts(book: Any) -> Iterator[str]:
    """Yield the cells that hold text, by which a legacy code is recognised."""
    for sheet in _sheets(book):
        for number in range(sheet.nrows):
            yield from (f"{cell.value}\n" for cell in sheet.row(number) if cell.ctype == xlrd.XL_CELL_TEXT)


def _rows(book: Any, sheet: Any, legacy: LegacyReader) -> Iterator[list[str]]:
    """Yield the rows of a sheet, each cell as a line."""
    for number in range(sheet.nrows):
        yield [normalise_line(legacy.read(_shown(book, cell))) for cell in sheet.row(number)]


def _shown(book: Any, cell: Any) -> str:
    value: object = cell.value
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        value = bool(cell.value)
    pattern = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == xlrd.XL_CELL_DATE:
        value = _date(cell.value, book.datemode)
    return shown(value, pattern)


def _date(value: float, mode: int) -> object:
    """Return a date, a time for a part of a day; the number where it is no date."""
    try:
        date = xlrd.xldate_as_datetime(value, mode)
    except (ValueError, OverflowError, xlrd.XLDateError):
        return value
    return date.time() if value < 1 and date.date() <= datetime.date(1904, 1, 1) else date
