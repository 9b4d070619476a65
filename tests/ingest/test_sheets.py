"""CSV and Excel: dialects, column names, values as shown, and files that are no table or too large."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator

import openpyxl
import pytest

from assistant.ingest.formats.sheets.csv_text import csv_delimiter, read_csv
from assistant.ingest.formats.sheets.number_formats import shown
from assistant.ingest.formats.sheets.xlsx_text import read_xlsx
from assistant.ingest.formats.table_rows import MAX_CELLS, write_rows
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.sandbox.archive import Archive
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


def test_one_long_text_in_every_cell_is_refused_before_it_is_written() -> None:
    """A workbook stores it once."""
    taken = 0

    def rows() -> Iterator[list[str]]:
        nonlocal taken
        while taken < 100_000:
            taken += 1
            yield ["The port is closed. " * 5_000, "1"]

    with pytest.raises(RefusedError, match="5,000,000 characters"):
        write_rows(TextWriter("table"), rows())
    assert taken == 50


def test_what_sheets_claim_of_empty_rows_is_counted_together() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for number in range(3):
            book.create_sheet(f"Far {number}").cell(1_000, 1, "x")

    data = workbook(fill)
    assert read_xlsx(Archive(data), data, most_places=3_100).text.count("x") == 3
    with pytest.raises(RefusedError, match="2,900 cells"):
        read_xlsx(Archive(data), data, most_places=2_900)


def test_a_table_with_an_endless_cell_is_a_listed_failure() -> None:
    data = b"a;b\nb;1\n" * 5_000 + b"c;" + b"x" * 200_000
    found = parse_file("a.csv", data, None)[0][1]
    assert isinstance(found, Failure)
    assert found.hint


def workbook(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def fill_fees(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet.title = "Fees"
    for row in [["Fees of the harbour"], [], ["berth", "fee", "discount", "since", "opens"]]:
        sheet.append(row)
    sheet.append(["Quay 1", 1250.5, 0.125, datetime.date(2024, 3, 5), datetime.time(7, 30)])
    sheet.append(["Quay 2", 80, 0, datetime.date(2023, 11, 20), datetime.time(8, 0)])
    for number in ("4", "5"):
        sheet["B" + number].number_format = '#,##0.00 "zł"'
        sheet["C" + number].number_format = "0.0%"
        sheet["D" + number].number_format = "dd\\.mm\\.yyyy"
    other = book.create_sheet("Giờ mở cửa")
    other.append(["Sunday", "closed"])
    hidden = book.create_sheet("Secret")
    hidden.append(["Not", "shown"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Empty")
    book.properties.title = "Harbour"
    book.properties.created = datetime.datetime(2024, 2, 1)


FEES = workbook(fill_fees)


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The ZIP archive `data` with the bytes of one entry changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry == name else content)
    return target.getvalue()


def test_sheets_are_headings_and_values_are_read_as_shown() -> None:
    made = document("fees.bin", FEES)
    assert made.text.split("\n\n") == [
        "## Fees",
        "Fees of the harbour",
        "berth: Quay 1 | fee: 1,250.50 zł | discount: 12.5% | since: 05.03.2024 | opens: 07:30",
        "berth: Quay 2 | fee: 80.00 zł | discount: 0.0% | since: 20.11.2023 | opens: 08:00",
        "## Giờ mở cửa",
        "Sunday | closed",
    ]
    assert made.published == "2024-02-01"


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (3, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (1234, "0", "1234"),
        (7.5, "0.##", "7.5"),
        (7, "0.##", "7"),
        (12, "[$€-407] #,##0.00;[Red]-[$€-407] #,##0.00", "€ 12.00"),
        (450000, '#,##0"₫"', "450,000₫"),
        (3.5, '0.0" kg"_);(0.0)', "3.5 kg"),
        (True, "General", "TRUE"),
        (datetime.datetime(2024, 3, 5, 14, 7), "d/m/yyyy h:mm", "5/3/2024 14:07"),
        (datetime.datetime(2024, 3, 5, 14, 7), "yyyy-mm-dd h:mm AM/PM", "2024-03-05 2:07 PM"),
        (datetime.datetime(2024, 3, 5), "mm-dd-yy", "2024-03-05"),
        (datetime.datetime(2024, 3, 5), "[$-415]d mmmm yyyy", "2024-03-05"),
        (datetime.timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
    ],
)
def test_values_are_shown_by_their_format(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def test_a_cell_at_the_far_corner_takes_no_time() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active.append(["near"])
        book.active["XFD1048576"] = "far"

    assert document("a.xlsx", workbook(fill)).text == "near\n\nfar"


ENDLESS = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData></worksheet>'
)
BOMB = b"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;&b;'>]>"
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (FEES[: len(FEES) // 2], "damaged"),
        (changed(FEES, SHEET, lambda xml: xml[: len(xml) // 2]), "damaged"),
        (changed(FEES, "xl/workbook.xml", lambda _: b"<x/>"), "damaged|no text"),
        (changed(FEES, SHEET, lambda _: ENDLESS), "rows"),
        (changed(FEES, SHEET, lambda xml: BOMB + xml), "entities"),
        (changed(FEES, "xl/workbook.xml", lambda xml: BOMB + xml), "entities"),
        (changed(FEES, SHEET, lambda _: bytes(70_000_000)), "would grow"),
        (workbook(lambda _: None), "no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "image"),
    ],
)
def test_bad_workbooks_are_listed_failures(data: bytes, said: str) -> None:
    found = parse_file("a.xlsx", data, None)[0][1]
    assert isinstance(found, Failure)
    assert re.search(said, found.error)
    assert found.hint
