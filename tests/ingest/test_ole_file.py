"""Old Excel workbooks and Outlook messages are read, other old Office files refused with what to do."""

from __future__ import annotations

import time

import pytest

from assistant.ingest.formats.ole_file import read_ole
from assistant.ingest.formats.zipped import read_zip
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.sandbox.limits import RefusedError
from assistant.ingest.sandbox.worker import Worker
from assistant.records import Document, Failure
from testkit.office_files import zipped
from testkit.ole_files import msg, ole, xls, xlsb
from testkit.papers import ENGLISH, POLISH, VIETNAMESE

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FEES: list[list[tuple[object, str]]] = [
    [("berth", "General"), ("share", "General"), ("fee", "General"), ("from", "General"), ("open", "General")],
    [("Quay 7", "@"), (0.125, "0.0%"), (1234.5, '#,##0.00 "zł"'), (45000, "dd.mm.yyyy"), (True, "General")],
    [("Nhà thuyền", "@"), (1, "0%"), (-3, "0"), (0.5, "hh:mm"), (False, "General")],
]


def document(name: str, data: bytes) -> Document:
    ((_, item),) = parse_file(name, data, None)
    assert isinstance(item, ParsedDocument), item
    assert item.document
    return item.document


def failure(name: str, data: bytes) -> Failure:
    ((_, item),) = parse_file(name, data, None)
    assert isinstance(item, Failure), item
    assert item.hint
    return item


@pytest.mark.parametrize(
    ("stream", "said", "hint"),
    [
        ("WordDocument", "Word", "DOCX"),
        ("PowerPoint Document", "PowerPoint", "PPTX"),
        ("EncryptedPackage", "password", "without the password"),
        ("Other", "old Office", "DOCX"),
    ],
)
def test_what_is_not_read_is_refused_with_what_to_do(stream: str, said: str, hint: str) -> None:
    found = failure("a", ole({stream: b"x" * 5000}))
    assert said in found.error
    assert hint in found.hint


def test_what_is_embedded_does_not_decide() -> None:
    rows = xls(FEES)
    assert "Word" not in failure("a", rows[:600]).error
    assert "PPT" in failure("a", ole({"PowerPoint Document": b"x", "MBD1": {"Workbook": b"x"}})).error


# Workbooks


def test_cells_of_old_workbooks_are_written_as_shown() -> None:
    found = document("a.xls", xls(FEES, hidden=True))
    assert found.text.split("\n\n") == [
        "## Fees",
        "berth: Quay 7 | share: 12.5% | fee: 1,234.50 zł | from: 15.03.2023 | open: TRUE",
        "berth: Nhà thuyền | share: 100% | fee: -3 | from: 12:00 | open: FALSE",
    ]
    assert found.title == "a"


def test_binary_workbooks_are_read() -> None:
    text = document("a.xlsb", xlsb([["berth", "share"], ["Quay 7", 0.125], ["Nhà thuyền", 12.0]])).text
    assert text == "## Fees\n\nberth: Quay 7 | share: 0.125\n\nberth: Nhà thuyền | share: 12"


@pytest.mark.parametrize("data", [xls(FEES)[:3000], ole({"Workbook": b"\x09\x08"}), ole({"Workbook": b"x" * 5000})])
def test_damaged_old_workbooks_are_reported(data: bytes) -> None:
    assert "damaged" in failure("a.xls", data).error


def test_encrypted_old_workbooks_are_reported() -> None:
    stream = bytes.fromhex("0908100000060500bb0dcc07c900000006030000") + bytes.fromhex("2f0036000100") + bytes(52)
    assert "password" in failure("a.xls", ole({"Workbook": stream.ljust(5000, b"\0")})).error


def test_a_binary_workbook_that_is_cut_or_empty_is_refused() -> None:
    whole = xlsb([["a", 1.0]])
    with pytest.raises(RefusedError, match="damaged"):
        read_zip(whole[: len(whole) // 2])
    with pytest.raises(RefusedError):
        read_zip(xlsb([[""]]))


def test_a_binary_workbook_at_which_the_library_panics_is_refused() -> None:
    panics = zipped({"xl/workbook.bin": b"\x9c\x01\x14" + bytes(8) + b"\x04\0\0\0r\0I\0d\x009\0"})
    assert "damaged" in failure("a.xlsb", panics).error


@pytest.mark.slow
def test_a_binary_workbook_that_spans_endless_cells_costs_one_file() -> None:
    with Worker() as worker:
        with pytest.raises(RefusedError):
            worker.read("a.xlsb", xlsb([["a"]], far=True))
        ((_, item),) = worker.read("b.xlsb", xlsb([["berth"]]))[1]
    assert isinstance(item, ParsedDocument)


# Messages


def test_the_headers_of_outlook_messages_are_metadata() -> None:
    found = document("a.msg", msg(VIETNAMESE, "Họp"))
    assert found.text == f"# Họp\n\n{VIETNAMESE}"
    assert (found.title, found.publisher, found.published) == ("Họp", "Hà Trần", "2024-03-05")
    assert (found.recipients, found.language) == (("Nurses",), "vi")


def test_html_is_read_where_there_is_no_plain_text() -> None:
    data = msg("", html=f"<p>{POLISH}</p><ul><li>one</li></ul>".encode("cp1250"))
    assert document("a.msg", data).text.split("\n\n")[1:] == [POLISH, "- one"]


def test_attachments_of_outlook_messages_are_parts() -> None:
    found = parse_file("a.msg", msg(ENGLISH, attachments={"a.txt": POLISH.encode(), "drawing": None}), None)
    assert [where for where, _ in found] == ["a.msg", "a.msg/a.txt", "a.msg/drawing"]
    assert isinstance(found[1][1], ParsedDocument)
    assert isinstance(found[2][1], Failure)


def test_encrypted_outlook_messages_are_reported() -> None:
    assert "encrypted" in failure("a.msg", msg(kind="IPM.Note.SMIME")).error


@pytest.mark.parametrize("size", [600, 2000, 3000])
def test_damaged_outlook_messages_are_reported(size: int) -> None:
    assert "damaged" in failure("a.msg", msg(ENGLISH)[:size]).error


def test_chains_that_lead_to_themselves_take_little_time() -> None:
    data = bytearray(msg(ENGLISH, attachments={"a": bytes(1_000_000)}))
    begun = time.monotonic()
    for place in range(len(data) - 4000, len(data), 4):
        data[place : place + 4] = b"\x01\0\0\0"
    parse_file("a.msg", bytes(data), None)
    with pytest.raises(RefusedError):
        read_ole(MAGIC + bytes(5000))
    assert time.monotonic() - begun < 5
