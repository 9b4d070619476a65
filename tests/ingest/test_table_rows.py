"""Rows of tables: each names its columns, where they are stated or can be told."""

from __future__ import annotations

import pytest

from assistant.ingest.formats.table_rows import name_columns, table_lines

STAFF = [["Ward", "Head", "Phone"], ["North", "Mr. Birch", "4471"], ["South", "Ms. Rowan", "4480"]]


@pytest.mark.parametrize(
    ("rows", "stated", "lines"),
    [
        (STAFF, 0, ["Ward: North | Head: Mr. Birch | Phone: 4471", "Ward: South | Head: Ms. Rowan | Phone: 4480"]),
        ([["Ward", "Head"], ["North", "Birch"]], 1, ["Ward: North | Head: Birch"]),
        ([["Ward", "Head"], ["North", "Birch"]], 0, ["Ward | Head", "North | Birch"]),
        ([["Hall", "Open", "Open"], ["", "Mon", "Tue"], ["A", "8", "9"]], 2, ["Hall: A | Open Mon: 8 | Open Tue: 9"]),
        ([["Staff of 2024"], *STAFF], 0, ["Staff of 2024", *table_lines(STAFF)]),
        ([*STAFF, ["Closed in May"]], 0, [*table_lines(STAFF), "Closed in May"]),
        ([*STAFF, ["All", "All", "All"]], 0, [*table_lines(STAFF), "All"]),
        ([*STAFF, ["", "", "4499"]], 0, [*table_lines(STAFF), "Phone: 4499"]),
        ([["Ward:", "Phone"], ["a | b", "12"]], 1, ["Ward: a / b | Phone: 12"]),
        ([["Theft", "150 euros"], ["Fire", "500 euros"]], 0, ["Theft | 150 euros", "Fire | 500 euros"]),
        ([["x" * 90, "Phone"], ["a", "12"]], 1, ["x" * 90 + " | Phone", "a | 12"]),
        ([["Ward", "Head"]], 1, ["Ward | Head"]),
        ([["", ""], ["a", "b"]], 1, ["a | b"]),
        ([["Grain"], ["rye"]], 1, ["Grain", "rye"]),
        ([], 1, []),
    ],
)
def test_lines(rows: list[list[str]], stated: int, lines: list[str]) -> None:
    assert table_lines(rows, stated) == lines


def test_only_runs_of_rows_of_one_width_are_tables() -> None:
    assert name_columns("Prices\nGrain | Price\nRye | 5\nNote | of | May") == (
        "Prices\nGrain: Rye | Price: 5\nNote | of | May"
    )
