"""CSV and Excel: dialects, column names, values as shown, and files that are no table or too large."""

from __future__ import annotations

import csv
import io

import pytest

from assistant.ingest.formats.sheets.csv_text import csv_delimiter, read_csv
from assistant.ingest.formats.sheets.table_rows import MAX_CELLS, write_rows
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.sandbox.limits import RefusedError
from assistant.records import Document, Failure

STAFF = [["name", "room", "phone"], ["Mrs. Oak", "3", "551"], ["Mr. Pine", "4", "552"], ["Ms. Yew", "9", "553"]]
NAMED = "name: Mrs. Oak | room: 3 | phone: 551\n\nname: Mr. Pine | room: 4 | phone: 552"


def written(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator=end).writerows(rows)
    return target.getvalue()


def rows_text(rows: list[list[str]]) -> str:
    writer = TextWriter("table")
    write_rows(writer, rows)
    return writer.file_text().text


def document(name: str, data: bytes) -> Document:
    parsed = parse_file(name, data, None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("name", ["staff.csv", "staff.txt"])
def test_rows_name_their_columns_in_each_dialect(name: str, delimiter: str) -> None:
    made = document(name, written(STAFF, delimiter).encode("utf-16"))
    assert made.text.startswith(NAMED)
    assert made.title == "staff"


def test_quoted_cells_may_hold_delimiters_quotation_marks_and_lines() -> None:
    rows = [["item", "note", "price"], ['Nail, 5"', 'a "good"\none', "2"], ["Screw", "", "3"]]
    text = written(rows)
    assert csv_delimiter("a.csv", text) == ","
    assert read_csv(text, ",").text == 'item: Nail, 5" | note: a "good" one | price: 2\n\nitem: Screw | price: 3'


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows() -> None:
    text = 'item;size\nPipe;"5 inch\nTube;7 inch\nRod;8 inch\n'
    assert read_csv(text, ";").text.split("\n\n")[1:] == ["item: Tube | size: 7 inch", "item: Rod | size: 8 inch"]


def test_the_line_that_names_the_separator_is_read_and_left_out() -> None:
    text = "sep=;\n" + written(STAFF, ";")
    assert csv_delimiter("a.csv", text) == ";"
    assert read_csv(text, ";").text.startswith(NAMED)


@pytest.mark.parametrize(
    "text",
    [
        "The mill is old, grey, and tall.\nIt grinds rye, oats, and wheat.\nIt has two, or three, wheels.\n",
        "One line; and more.\nAnother line without.\nA third; with one.\n",
        "# A list\n\n- one, two\n- three, four\n",
    ],
)
def test_prose_is_no_table(text: str) -> None:
    assert csv_delimiter("a.txt", text) is None


def test_prose_under_the_name_of_a_table_is_read_as_text() -> None:
    found = parse_file(
        "a.csv", b"The mill stands by the river. It was built in 1804, and it grinds rye.\nIt is old.", None
    )
    assert isinstance(found[0][1], ParsedDocument)
    assert found[0][1].text_blocks


def test_titles_above_and_notes_below_a_table_are_paragraphs() -> None:
    rows = [["Fees 2024", ""], ["place", "fee"], ["Hall", "20"], ["Yard", "30"], ["Without tax.", ""]]
    assert rows_text(rows) == "Fees 2024\n\nplace: Hall | fee: 20\n\nplace: Yard | fee: 30\n\nWithout tax."


def test_parts_of_a_sheet_have_column_names_of_their_own_or_those_above() -> None:
    rows = [["a", "b"], ["x", "1"], [], ["y", "2"], [], ["day", "opens", "ends"], ["Sunday", "9:00", "12:00"]]
    assert rows_text(rows).split("\n\n") == ["a: x | b: 1", "a: y | b: 2", "day: Sunday | opens: 9:00 | ends: 12:00"]


def test_rows_without_column_names_are_written_as_they_are() -> None:
    assert rows_text([["Name", "Anna"], ["City", "Ustka"]]) == "Name | Anna\n\nCity | Ustka"
    assert rows_text([["1", "2"], ["3", "4"]]) == "1 | 2\n\n3 | 4"


def test_years_may_name_columns() -> None:
    assert rows_text([["Town", "2023", "2024"], ["Ustka", "12", "13"]]) == "Town: Ustka | 2023: 12 | 2024: 13"


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        rows_text([["1"] * 1_000] * (MAX_CELLS // 1_000 + 1))
    assert caught.value.hint


def test_a_table_with_an_endless_cell_is_a_listed_failure() -> None:
    data = b"a;b\nb;1\n" * 5_000 + b"c;" + b"x" * 200_000
    found = parse_file("a.csv", data, None)[0][1]
    assert isinstance(found, Failure)
    assert found.hint
