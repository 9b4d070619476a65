"""Rows of a table differ in a few words only: those words of the question choose the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.records import Block
from assistant.text.blocks import BETWEEN_CELLS, row_cells
from assistant.text.terms import terms_of


def table_key(text: str) -> str | None:
    """Return what the rows of a table have in common, the names of its columns; None for a text that is no row."""
    if BETWEEN_CELLS not in text or "\n" in text:
        return None
    cells = row_cells(text, Block("row", 0, len(text)))
    return BETWEEN_CELLS.join(text[cell.name_start : cell.name_end] for cell in cells)


def row_shares(rows: Sequence[str], weights: Mapping[str, float]) -> list[float]:
    """Return for each row of one table how well it fits a question, from 0 to 1.

    `weights` are those of the question's terms. Only terms count that some rows have and others do not: the share of
    their weight in each row.

    >>> row_shares(["Ward: North | Beds: 40", "Ward: South | Beds: 25"], {"north": 2.0, "beds": 1.0})
    [1.0, 0.0]
    """
    found = [weights.keys() & set(terms_of(row)) for row in rows]
    common = set.intersection(*found)
    total = sum(weights[term] for term in set.union(*found) - common)
    return [sum(weights[term] for term in own - common) / total if total else 0.0 for own in found]
