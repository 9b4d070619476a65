"""Excel workbooks (XLSX) to text: each sheet is a heading and a table. Runs in a worker process only.

Hidden sheets, comments, charts and pictures are not read; of a formula its last result is.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl

from assistant.ingest.formats.sheets.number_formats import shown
from assistant.ingest.formats.table_rows import write_sheet
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.formats.xml_parts import MAX_PART_BYTES, core_properties, damaged
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_reader import LegacyReader

MAX_ROWS = 1_048_576
"""Of a sheet: Excel's own limit. A small file can claim endless ones."""
MAX_PLACES = 10_000_000
"""Rows and cells of a workbook with the empty ones before filled ones. A few bytes can claim a million."""
_KIND = "Excel workbook"
_DECLARATIONS = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))


@dataclass(slots=True)
class _Budget:
    """How many rows and cells of a workbook may be read, and how many of them are left."""

    most: int
    left: int


def read_xlsx(archive: Archive, data: bytes, *, most_places: int = MAX_PLACES) -> FileText:
    """Return the text of a workbook with at most `most_places` rows and cells; `archive` is what `data` hold.

    Raises RefusedError if it is damaged, too large, or has no text.
    """
    _refuse_declarations(archive)
    writer = TextWriter(_KIND)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what is not read: pictures, validation, extensions
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            budget = _Budget(most_places, most_places)
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible":
                    write_sheet(writer, sheet.title, _rows(sheet, archive.legacy, budget))
        except (RefusedError, MemoryError, RecursionError):
            raise
        except Exception:  # whatever a broken workbook breaks in the library
            raise damaged(_KIND) from None
    return writer.file_text(*core_properties(archive, _KIND), named_by_file=True)


def _rows(sheet: Any, legacy: LegacyReader, budget: _Budget) -> Iterator[list[str]]:
    """Yield the rows of a sheet, each cell as a line. Raises RefusedError when `budget` is used up."""
    sheet.reset_dimensions()  # what a sheet claims of its size may be anything
    for number, cells in enumerate(sheet.iter_rows(), 1):
        budget.left -= 1 + len(cells)
        if number > MAX_ROWS or budget.left < 0:
            raise RefusedError(
                f"The {_KIND} has more than {MAX_ROWS:,} rows in a sheet, or {budget.most:,} cells.",
                "Save the part that readers need as a workbook.",
            )
        yield [
            ""
            if cell.value is None or cell.data_type == "e"  # an error, as #N/A
            else normalise_line(legacy.read(shown(cell.value, cell.number_format or "")))
            for cell in cells
        ]


def _refuse_declarations(archive: Archive) -> None:
    """Raise RefusedError if a part declares a document type, by which entities grow; no office program writes one."""
    for name in sorted(archive.names):
        if name.endswith((".xml", ".rels")):
            part = archive.read(name, MAX_PART_BYTES)
            if any(declaration in part for declaration in _DECLARATIONS):
                raise RefusedError(f"The {_KIND} declares entities.", "Save it again in Excel or LibreOffice.")
