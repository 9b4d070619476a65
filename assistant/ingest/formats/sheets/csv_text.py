"""CSV and TSV files: delimiter and quoting are found by trying, and each row becomes a block that names its columns.

The thresholds are chosen by hand: a text in which every line has the same number of commas is no table yet.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from assistant.ingest.formats.table_rows import write_rows
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line

_NAMED = re.compile(r"\.(?:csv|tsv|tab)(?:$|[?#])", re.I)
_END = "\0"  # a last line of its own, unless a quoted cell has swallowed it
_DELIMITERS = ";\t,|"
_STATED = re.compile(r"sep=([;,|\t])\r?\n")  # the first line that Excel writes and reads
_SAMPLE_CHARS = 50_000
_SAMPLE_ROWS = 200
_ALIKE_NAMED, _ALIKE = 0.8, 1.0
"""Share of the rows with the same number of cells, of a file named .csv and of any other."""
_FEWEST_ROWS = 3
_LONGEST_CELL, _MEAN_CELL = 200, 40
"""Characters of a cell in a file that is not named .csv: longer ones are prose."""


def csv_delimiter(name: str, text: str) -> str | None:
    """Return the delimiter of the table that a text is, None if it is none.

    The name of the file only tells how regular the rows have to be: CSV has no mark of its own.
    """
    named = bool(_NAMED.search(name))
    if stated := _STATED.match(text):
        return stated[1] if named else None
    sample = text[:_SAMPLE_CHARS]
    if len(sample) < len(text):
        sample = sample.rpartition("\n")[0] or sample
    best: tuple[float, int, str] | None = None
    for delimiter in _DELIMITERS if named else _DELIMITERS[:3]:
        rows = [row for row in _rows(sample, delimiter)[:_SAMPLE_ROWS] if any(row)]
        columns, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        share = count / max(1, len(rows))
        if columns < 2 or share < (_ALIKE_NAMED if named else _ALIKE):
            continue
        if (named or _is_table(rows, columns, delimiter)) and (best is None or (share, columns) > best[:2]):
            best = share, columns, delimiter
    return best[2] if best else None


def read_csv(text: str, delimiter: str) -> FileText:
    """Return the text of a table. Raises RefusedError if it is empty or too large."""
    writer = TextWriter("table")
    text = _STATED.sub("", text, count=1)
    write_rows(writer, ([normalise_line(cell) for cell in row] for row in _rows(text, delimiter)))
    return writer.file_text(named_by_file=True)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows. Where a quotation mark is opened that is never closed, all are characters like others.

    Raises RefusedError for a cell longer than the library takes.
    """
    try:
        rows = list(csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter))
        if rows.pop() == [_END]:
            return rows
    except csv.Error:  # what follows the open mark is longer than a cell may be
        pass
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error:
        raise RefusedError("A cell of the table is too long.", "Save it as text, or split it.") from None


def _is_table(rows: list[list[str]], columns: int, delimiter: str) -> bool:
    """Return whether rows whose file does not say that they are a table are one."""
    cells = [cell for row in rows for cell in row]
    if len(rows) < _FEWEST_ROWS or max(map(len, cells)) > _LONGEST_CELL:
        return False
    if sum(map(len, cells)) > _MEAN_CELL * len(cells):
        return False
    if delimiter != ",":
        return True
    # In prose a comma is followed by a space.
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    return columns >= 3 and 10 * spaced <= sum(len(row) - 1 for row in rows)
