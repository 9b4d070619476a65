"""Rows of a sheet to text: each row is a block that names its columns ("name: Mr. Birch | phone: 2202").

The thresholds are chosen by hand: they say what a row of column names looks like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile

from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import RefusedError

MAX_CELLS = 1_000_000
"""Filled cells of a file. Everything after has to be embedded row by row."""

_HEADER_ROWS = 5  # among which column names are looked for, in each part of a sheet
_SAMPLE_ROWS = 50  # below the names, which are compared with them
_LONGEST_NAME = 80
_FULL = 0.6  # share of the columns that have names

_DEFAULT_NAME = re.compile(r"(?:Sheet|Arkusz|Trang tính|Tabelle|Feuil|Hoja|Foglio|Лист)[ _]?\d*", re.I)

Row = Sequence[str]


def write_sheet(writer: TextWriter, name: str, rows: Iterable[Row]) -> None:
    """Write one sheet under its name, unless that is a program's own, as `write_rows` does; an empty one is left out.

    Raises RefusedError as `write_rows` does.
    """
    filled = dropwhile(lambda row: not any(row), rows)
    first = next(filled, None)
    if first is not None:
        writer.heading("" if _DEFAULT_NAME.fullmatch(name) else name, 2)
        write_rows(writer, chain([first], filled))


def write_rows(writer: TextWriter, rows: Iterable[Row]) -> None:
    """Write the rows of one sheet; cells are single lines, empty where there is nothing.

    Empty rows part a sheet; each part has column names of its own, or goes on with those above. Raises RefusedError
    for more than MAX_CELLS filled cells.
    """
    names: list[str] = []
    for part in _parts(rows):
        found, body = _header(part), part
        if found is not None:
            for row in part[:found]:
                _write(writer, row, [])
            names = [name.rstrip(" :") for name in part[found]]
            body = part[found + 1 :]
        elif names and not _fits(part, names):
            names = []
        for row in body:
            _write(writer, row, names)


def _write(writer: TextWriter, row: Row, names: Sequence[str]) -> None:
    filled = [index for index, cell in enumerate(row) if cell]
    if len(filled) == 1:  # a title, a note or the name of a group
        writer.paragraph(row[filled[0]])
        return
    named = (f"{names[index]}: {row[index]}" if _name(names, index) else row[index] for index in filled)
    writer.block(" | ".join(named))


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else ""


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the runs of rows with something in them."""
    part: list[Row] = []
    cells = 0
    for row in rows:
        filled = sum(map(bool, row))
        cells += filled
        if cells > MAX_CELLS:
            raise RefusedError(
                f"The file has more than {MAX_CELLS:,} filled cells.", "Save the part that readers need as a file."
            )
        if filled:
            part.append(row)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _header(part: Sequence[Row]) -> int | None:
    """Return the index of the row with the names of the columns, None if the part has none."""
    sizes = Counter(sum(map(bool, row)) for row in part[: _SAMPLE_ROWS + _HEADER_ROWS])
    width = max((size for size in sizes if size >= 2), key=lambda size: (sizes[size], size), default=0)
    for index, row in enumerate(part[:_HEADER_ROWS]):
        filled = sum(map(bool, row))
        if filled >= 2 and filled >= _FULL * width:
            below = part[index + 1 : index + 1 + _SAMPLE_ROWS]
            return index if _names_columns(row, below) else None
        if filled >= 2:
            return None
    return None


def _names_columns(row: Row, below: Sequence[Row]) -> bool:
    """Return whether a row names the columns of the rows below: by values under words, or by words that do not recur
    under three columns or more.
    """
    filled = {index: cell for index, cell in enumerate(row) if cell}
    texts = [cell.casefold() for cell in filled.values()]
    if not below or len(set(texts)) < len(texts) or any(len(text) > _LONGEST_NAME for text in texts):
        return False
    if any(_is_value(cell) for cell in filled.values()):
        return False
    recurs = False
    for index, name in filled.items():
        column = [other[index] for other in below if index < len(other) and other[index]]
        if column and 2 * sum(_is_value(cell) or cell[0].isdecimal() for cell in column) > len(column):
            return True
        recurs = recurs or name in column
    return len(filled) >= 3 and not recurs


def _is_value(cell: str) -> bool:
    """Return whether a cell is a number, a date, a time or the like; a year may name a column."""
    digits, letters = sum(map(str.isdecimal, cell)), sum(map(str.isalpha, cell))
    year = len(cell) == 4 and cell.isdecimal() and cell[:2] in ("19", "20")
    return digits >= max(1, letters) and not year


def _fits(part: Sequence[Row], names: Sequence[str]) -> bool:
    """Return whether the rows of a part stand in the columns named above."""
    return all(
        _name(names, index) for row in part for index, cell in enumerate(row) if cell and sum(map(bool, row)) > 1
    )
