"""Small files in the container of old Office programs (OLE, "compound file"): Outlook messages, XLS; and XLSB."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import xlwt

from testkit.office_files import zipped

Storage: TypeAlias = "Mapping[str, bytes | Storage]"
"""The streams and storages in a storage, by name."""

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class _Sectors:
    """Chains of sectors of one size, and the table that links them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.table: list[int] = []

    def add(self, content: bytes) -> int:
        """Add a chain; return its first sector."""
        if not content:
            return _END
        first, count = len(self.table), -(-len(content) // self.size)
        self.data += content.ljust(count * self.size, b"\0")
        self.table += [*range(first + 1, first + count), _END]
        return first


def ole(root: Storage) -> bytes:
    """Return a compound file."""
    big, small = _Sectors(_SECTOR), _Sectors(_MINI)
    entries: list[list[Any]] = [["Root Entry", _ROOT, _FREE, _FREE, _FREE, 0, 0]]

    def add_all(parent: int, storage: Storage) -> None:
        before = None
        for name in sorted(storage, key=lambda name: (len(name), name.upper())):
            content, number = storage[name], len(entries)
            if isinstance(content, bytes):
                sectors = big if len(content) >= _CUTOFF else small
                entries.append([name, _STREAM, _FREE, _FREE, _FREE, sectors.add(content), len(content)])
            else:
                entries.append([name, _STORAGE, _FREE, _FREE, _FREE, 0, 0])
                add_all(number, content)
            entries[parent if before is None else before][4 if before is None else 3] = number
            before = number

    add_all(0, root)
    entries[0][5:] = [big.add(bytes(small.data)), len(small.data)]
    directory = big.add(b"".join(_entry(*entry) for entry in entries))
    mini_table = big.add(_numbers(small.table))
    first_fat, fats = len(big.table), 1
    while (first_fat + fats) * 4 > fats * _SECTOR:
        fats += 1
    big.table += [_FAT] * fats
    big.data += _numbers(big.table).ljust(fats * _SECTOR, b"\xff")
    header = struct.pack("<8s16xHHHHH6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
                         directory, 0, _CUTOFF, mini_table, -(-len(small.table) * 4 // _SECTOR), _END, 0)  # fmt: skip
    fat_sectors = _numbers([*range(first_fat, first_fat + fats)])
    return (header + fat_sectors).ljust(_SECTOR, b"\xff") + bytes(big.data)


def _numbers(table: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
    written = (name + "\0").encode("utf-16-le")
    numbers = struct.pack("<HBBIII36xIQ", len(written), kind, 1, left, right, child, start, size)
    return written.ljust(64, b"\0") + numbers


def _properties(offset: int, values: Mapping[int, str | bytes | int | datetime]) -> dict[str, bytes]:
    """The streams of MAPI properties by their numbers."""
    head, streams = bytearray(offset), {}
    for number, value in values.items():
        if isinstance(value, int):
            head += struct.pack("<HHIII", 3, number, 6, value, 0)
        elif isinstance(value, datetime):
            ticks = int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
            head += struct.pack("<HHIQ", 0x40, number, 6, ticks)
        else:
            kind, data = (0x1F, value.encode("utf-16-le")) if isinstance(value, str) else (0x102, value)
            head += struct.pack("<HHIII", kind, number, 6, len(data) + (2 if kind == 0x1F else 0), 0)
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
    return {"__properties_version1.0": bytes(head), **streams}


def msg(
    text: str = "The ferry sails at noon.",
    subject: str = "Times of the ferry",
    *,
    html: bytes | None = None,
    kind: str = "IPM.Note",
    attachments: Mapping[str, bytes | None] | None = None,
) -> bytes:
    """Return an Outlook message; an attachment of None is an object, not a file."""
    sent = datetime(2024, 3, 5, 12, tzinfo=UTC)
    values: dict[int, str | bytes | int | datetime] = {
        0x001A: kind, 0x0037: subject, 0x1000: text, 0x0C1A: "Hà Trần", 0x0039: sent, 0x340D: 0x40000,
    }  # fmt: skip
    if html is not None:
        values[0x1013] = html
    root: dict[str, bytes | Storage] = {**_properties(32, values), "__nameid_version1.0": {}}
    for number, (name, to) in enumerate([("Nurses", 1), ("Ward 7", 2)]):
        root[f"__recip_version1.0_#{number:08X}"] = _properties(8, {0x3001: name, 0x0C15: to})
    for number, (name, data) in enumerate((attachments or {}).items()):
        about: dict[int, str | bytes | int | datetime] = {0x3707: name, 0x3705: 5 if data is None else 1}
        root[f"__attach_version1.0_#{number:08X}"] = _properties(8, about | ({} if data is None else {0x3701: data}))
    return ole(root)


def xls(rows: Sequence[Sequence[tuple[object, str]]], *, hidden: bool = False) -> bytes:
    """Return a workbook of cells with their number formats."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Fees")
    for number, row in enumerate(rows):
        for column, (value, pattern) in enumerate(row):
            sheet.write(number, column, value, xlwt.easyxf(num_format_str=pattern))
    if hidden:
        book.add_sheet("Secret").visibility = 1
        book.get_sheet(1).write(0, 0, "Hidden words")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def xlsb(rows: Sequence[Sequence[str | float]], *, far: bool = False) -> bytes:
    """Return a binary workbook of one sheet; `far`: with a cell in the last row and column that there can be."""
    sheet = _record(129) + _record(148, struct.pack("<4I", 0, len(rows), 0, max(map(len, rows)))) + _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<I", number) + bytes(13))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            sheet += (
                _record(6, place + _wide(value))
                if isinstance(value, str)
                else _record(5, place + struct.pack("<d", value))
            )
    if far:
        sheet += _record(0, struct.pack("<I", 1_048_575) + bytes(13)) + _record(5, struct.pack("<IId", 16_383, 0, 1))
    sheet += _record(146) + _record(130)
    about = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Fees")
    book = _record(131) + _record(143) + _record(156, about) + _record(144) + _record(132)
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/_rels/workbook.bin.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            f'relationships"><Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
            "xl/workbook.bin": book,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _record(number: int, data: bytes = b"") -> bytes:
    written = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    assert len(data) < 128 * 128
    size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 0x7F | 0x80, len(data) >> 7])
    return written + size + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
