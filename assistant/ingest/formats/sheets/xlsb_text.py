"""Binary Excel workbooks (XLSB) to text, as XLSX; numbers without their formats. Runs in a worker process only, and
alone imports python-calamine."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from assistant.ingest.formats.sheets.number_formats import shown
from assistant.ingest.formats.table_rows import write_sheet
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import damaged
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_reader import LegacyReader

_KIND = "Excel workbook"


def read_xlsb(data: bytes) -> FileText:
    """Return the text of a workbook. Raises RefusedError if it is damaged, too large, or has no text."""
    writer = TextWriter(_KIND)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [about.name for about in book.sheets_metadata if about.visible == SheetVisibleEnum.Visible]
            legacy = LegacyReader(_texts(book, names))
            for name in names:
                write_sheet(writer, name, _rows(book.get_sheet_by_name(name), legacy))
    except PasswordError:
        raise RefusedError("The workbook is protected with a password.", "Save a copy without it.") from None
    except (CalamineError, ValueError, OSError, KeyError):
        raise damaged(_KIND) from None
    except BaseException as error:  # a panic of the library is no Exception
        if type(error).__name__ == "PanicException":
            raise damaged(_KIND) from None
        raise
    return replace(writer.file_text(named_by_file=True), converted_from=tuple(sorted(legacy.found)))


def _texts(book: CalamineWorkbook, names: Sequence[str]) -> Iterator[str]:
    """Yield the cells that hold text, by which a legacy code is recognised."""
    for name in names:
        for cells in book.get_sheet_by_name(name).iter_rows():
            yield from (f"{cell}\n" for cell in cells if isinstance(cell, str) and cell)


def _rows(sheet: CalamineSheet, legacy: LegacyReader) -> Iterator[list[str]]:
    """Yield the rows of a sheet, each cell as a line."""
    for cells in sheet.iter_rows():
        yield [normalise_line(legacy.read(shown(None if cell == "" else cell, ""))) for cell in cells]
