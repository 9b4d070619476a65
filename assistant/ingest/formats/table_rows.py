"""Rows of tables to text: a row is a line that names its columns ("name: Mr. Birch | phone: 2202").

So each row is understood wherever it is searched, read or quoted, far from the top of its table. The thresholds are
chosen by hand: they say what a row of column names looks like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile, groupby

from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import MAX_CHARS, RefusedError
from assistant.text.blocks import BETWEEN_CELLS

MAX_CELLS = 1_000_000
"""Filled cells of a file. Everything after has to be embedded row by row."""

_HEADER_ROWS = 5  # among which column names are looked for, in each part of a sheet
_SAMPLE_ROWS = 50  # below the names, which are compared with them
_LONGEST_NAME = 80
_LONGEST_NAMES = 400  # of all columns of a table together
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
    for more than MAX_CELLS filled cells, or MAX_CHARS characters: a file may show one long text in every cell.
    """
    names: list[str] = []
    for part in _parts(rows):
        found, body = _header(part), part
        if found is not None:
            for row in part[:found]:
                _write(writer, row, [])
            names = _stripped(part[found])
            body = part[found + 1 :]
        elif names and not _fits(part, names):
            names = []
        for row in body:
            _write(writer, row, names)


def table_lines(rows: Sequence[Row], stated: int = 0) -> list[str]:
    """Return the lines of one table, without rows that hold nothing (see `numbered_lines`)."""
    return [line for _, line in numbered_lines(rows, stated)]


def numbered_lines(rows: Sequence[Row], stated: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the lines of one table with the index of the row of each.

    The first `stated` rows are the column names that the file states; without them, names are looked for. The rows of
    names have no line of their own, unless no other row would show them.
    """
    rows = [[cell.replace(BETWEEN_CELLS, " / ") for cell in row] for row in rows]
    first, names = stated, _stated_names(rows[:stated])  # the first row below the names
    if not stated and (found := _header(rows)) is not None and _fits(rows[found + 1 :], rows[found]):
        first, names = found + 1, _stripped(rows[found])
    named = any(map(any, rows[first:])) and sum(map(bool, names)) > 1 and sum(map(len, names)) <= _LONGEST_NAMES
    for index, row in enumerate(rows):
        if named and max(0, first - max(stated, 1)) <= index < first:
            continue
        if line := row_text(row, names if named and index >= first else ()):
            yield index, line


def name_columns(block: str) -> str:
    """Return the lines of a block, those that are rows of one width ("a | b") as `table_lines` gives them."""
    lines: list[str] = []
    for width, run in groupby(block.split("\n"), lambda line: line.count(BETWEEN_CELLS)):
        rows = list(run)
        lines += table_lines([row.split(BETWEEN_CELLS) for row in rows]) if width else rows
    return "\n".join(lines)


def row_text(row: Row, names: Sequence[str] = ()) -> str:
    """Return the line of a row: each filled cell after the name of its column, or the cells as they stand.

    What stands alone in a row of three columns or more, in the first or in all of them, is a note or names a group.
    """
    filled = [index for index, cell in enumerate(row) if cell]
    if not names:
        return " ".join(BETWEEN_CELLS.join(row).strip(" |").split())  # single spaces where a cell is empty
    if (filled == [0] and len(names) > 2) or (len(filled) > 1 and len({row[index] for index in filled}) == 1):
        return row[filled[0]]
    return BETWEEN_CELLS.join(
        f"{names[index]}: {row[index]}" if _name(names, index) else row[index] for index in filled
    )


def _stated_names(rows: Sequence[Row]) -> list[str]:
    """Return the name of each column, of several rows of names what they say together; empty where one is too long."""
    names: list[str] = []
    for column in range(max(map(len, rows), default=0)):
        cells = dict.fromkeys(row[column] for row in rows if column < len(row) and row[column])
        names.append(" ".join(cells).rstrip(" :"))
    return [] if any(len(name) > _LONGEST_NAME for name in names) else names


def _stripped(names: Row) -> list[str]:
    return [name.rstrip(" :") for name in names]


def _write(writer: TextWriter, row: Row, names: Sequence[str]) -> None:
    filled = [index for index, cell in enumerate(row) if cell]
    if len(filled) == 1:  # a title, a note or the name of a group
        writer.paragraph(row[filled[0]])
    else:
        cells = [cell.replace(BETWEEN_CELLS, " / ") for cell in row]
        writer.block(row_text(cells, names) if names else BETWEEN_CELLS.join(filter(None, cells)))


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else ""


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the runs of rows with something in them."""
    part: list[Row] = []
    cells = chars = 0
    for row in rows:
        filled = sum(map(bool, row))
        cells += filled
        chars += sum(map(len, row))
        if cells > MAX_CELLS or chars > MAX_CHARS:
            raise RefusedError(
                f"A sheet has more than {MAX_CELLS:,} filled cells or {MAX_CHARS:,} characters.",
                "Save the part that readers need as a file.",
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
        if (
            column
            and not name[0].isdecimal()
            and 2 * sum(_is_value(cell) or cell[0].isdecimal() for cell in column) > len(column)
        ):
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
