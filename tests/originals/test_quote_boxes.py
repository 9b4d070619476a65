"""Where a quote stands on a page: whatever is between its letters, and nowhere else."""

from __future__ import annotations

import pytest

from assistant.originals.quote_boxes import quote_ranges


def found(page: str, *pieces: str) -> list[str]:
    return [page[start:end] for start, end in quote_ranges(page, pieces)]


@pytest.mark.parametrize(
    ("page", "quote", "words"),
    [
        ("The mill is old.\r\nIt grinds rye.", "It grinds rye.", "It grinds rye"),
        ("It grinds\r\nonly rye.", "It grinds only rye.", "It grinds\r\nonly rye"),
        ("The har-\r\nbour is deep.", "The harbour is deep.", "The har-\r\nbour is deep"),
        ("Tỷ lệ chuyển tuyến giảm.", "Tỷ lệ chuyển tuyến giảm.", "Tỷ lệ chuyển tuyến giảm"),
        ("Ty\u0309 le\u0323\u0302 gia\u0309m", "Tỷ lệ giảm", "Ty\u0309 le\u0323\u0302 gia\u0309m"),
        ("Đồng Nai", "đồng nai", "Đồng Nai"),
    ],
)
def test_a_quote_is_found_whatever_is_between_its_letters(page: str, quote: str, words: str) -> None:
    assert found(page, quote) == [words]


def test_cells_are_those_of_one_row() -> None:
    page = "Ward Beds\r\nNorth 40\r\nSouth 25\r\nEast 40"
    assert found(page, "East", "40") == ["East", "40"]
    assert quote_ranges(page, ["South", "25"]) == [(21, 26), (27, 29)]


def test_the_narrowest_place_is_taken() -> None:
    page = "Rye is dear. " + "Oats are not. " * 10 + "Rye 5"
    assert quote_ranges(page, ["Rye", "5"])[0][0] == page.rindex("Rye")


def test_a_quote_over_two_pages_is_found_on_both() -> None:
    quote = "The mill grinds rye and wheat for the whole valley."
    assert found("Foreword. The mill grinds rye and", quote) == ["The mill grinds rye and"]
    assert found("wheat for the whole valley. Then oats.", quote) == ["wheat for the whole valley"]


@pytest.mark.parametrize("pieces", [["barley"], ["rye", "barley"], [], ["–"]])
def test_what_is_not_there_is_not_found(pieces: list[str]) -> None:
    assert quote_ranges("The mill grinds rye.", pieces) == []
