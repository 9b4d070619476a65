"""Rows of HTML tables: a merged cell gives its value to every row and column that it spans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.text.blocks import BETWEEN_CELLS

if TYPE_CHECKING:
    from assistant.ingest.formats.html.html_tree import Element

CELLS = ("td", "th")
_NO_CELL = ("h1", "h2", "h3", "h4", "h5", "h6", "dl", "pre", "blockquote", "form", "section", "article")
_SPAN = re.compile(r"\s*(\d{1,5})\s*")
_MAX_COLUMNS = 63  # over which one cell is repeated, as in Word
_MAX_ROWS = 65_534  # as in browsers; 0 stands for all rows that follow
_MAX_REPEATED_CHARS = 300  # longest value that is repeated
_MAX_REPEATED = 300_000  # characters that a page may gain by repeated values: a limit of memory


class Tables:
    """The cells of the tables of a page that reach into rows below theirs."""

    def __init__(self) -> None:
        self._above: dict[Element, dict[int, tuple[int, str]]] = {}
        """By the group of rows and the column where they stand: rows left, and value."""
        self._left = _MAX_REPEATED
        self._named: dict[Element, bool] = {}
        self._below_names: set[Element] = set()
        """Tables whose rows of column names have ended."""

    def is_data_row(self, row: Element) -> bool:
        """Return whether a row, the next of its table, is one of a real table and does not only lay out the page."""
        if row.find(".//table") is not None or row.find(".//div//p") is not None:
            return False
        cells = [cell for cell in row if cell.tag in CELLS]
        above = self._above.get(row.getparent(), {})
        return len(cells) + len(above) >= 2 and not any(len(cell.findall(".//p")) > 1 for cell in cells)

    def values(self, row: Element, cells: list[tuple[Element, str]]) -> list[str]:
        """Return the value of a row in each of its columns; `cells` are its own, with their texts."""
        above = self._above.pop(row.getparent(), {})
        self._left -= sum(len(text) + len(BETWEEN_CELLS) for _, text in above.values())
        if self._left < 0:
            above = {}
        below = {column: (rows - 1, text) for column, (rows, text) in above.items() if rows > 1}
        values: list[str] = []
        for element, text in cells:
            _fill(values, above)
            repeated = text if len(text) <= _MAX_REPEATED_CHARS else ""
            columns = min(max(_number(element.get("colspan")), 1), _MAX_COLUMNS)
            rows = _number(element.get("rowspan")) or _MAX_ROWS
            self._left -= (columns - 1) * (len(repeated) + len(BETWEEN_CELLS))
            if self._left < 0:
                columns = rows = 1
            if rows > 1:
                below.update({len(values) + column: (rows - 1, repeated) for column in range(columns)})
            values += [text, *[repeated] * (columns - 1)]
        _fill(values, above)
        if below:
            self._above[row.getparent()] = below
        return values

    def has_names(self, row: Element) -> bool:
        """Return whether a row, the next of its table, has nothing but column names."""
        table = next(row.iterancestors("table"), None)
        if table is None or table in self._below_names:
            return False
        cells = [cell for cell in row if cell.tag in CELLS]
        in_head = row.getparent().tag == "thead"
        names = in_head or (bool(cells) and all(cell.tag == "th" for cell in cells))
        if not names:
            self._below_names.add(table)
        return names

    def keeps_together(self, row: Element) -> bool:
        """Return whether the cells of a data row hold no more than lines, or lists under column names."""
        if next(row.iter(*_NO_CELL), None) is not None:
            return False
        return next(row.iter("ul", "ol"), None) is None or self._has_names(next(row.iterancestors("table"), None))

    def _has_names(self, table: Element | None) -> bool:
        if table is not None and table not in self._named:
            self._named[table] = next(table.iter("th"), None) is not None
        return table is not None and self._named[table]


def _fill(values: list[str], above: dict[int, tuple[int, str]]) -> None:
    while len(values) in above:
        values.append(above[len(values)][1])


def _number(text: str | None) -> int:
    match = _SPAN.fullmatch(text or "1")
    return min(int(match[1]), _MAX_ROWS) if match else 1
