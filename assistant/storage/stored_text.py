"""Reads stored values as text: rows of any SQLite file, compressed values, JSON and HTML."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

_SQLITE = b"SQLite format 3\0"
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_TAG = re.compile("<[^<>]*>")
_NAMING = ("doc_id", "url", "final")
_BETWEEN = b"\xff" * 8
"""Stands between two texts, so that none is found across their border; UTF-8 has no such byte."""


def is_sqlite(path: Path) -> bool:
    """Return whether the file is an SQLite file. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def tables(database: sqlite3.Connection) -> list[str]:
    """Return the names of all tables, quoted for use in a statement. Raises sqlite3.Error."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [_quoted(name) for (name,) in database.execute(query)]


def row_key(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns that tell the rows of a table apart, quoted. Raises sqlite3.Error."""
    with suppress(sqlite3.OperationalError):  # of a table without row numbers
        database.execute(f"SELECT rowid FROM {table} LIMIT 0")
        return ["rowid"]
    columns = database.execute(f"PRAGMA table_info({table})")
    return [_quoted(name) for _, name, _, _, _, in_key in columns if in_key]


def rows(database: sqlite3.Connection, table: str) -> Iterator[tuple[tuple[object, ...], list[bytes]]]:
    """Yield the `row_key` of each row and its texts and blobs. Raises sqlite3.Error."""
    key = row_key(database, table)
    for row in database.execute(f"SELECT {', '.join(key)}, * FROM {table}"):
        texts = (
            value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for value in row[len(key) :]
        )
        yield row[: len(key)], [value for value in texts if isinstance(value, bytes)]


def delete_rows(database: sqlite3.Connection, table: str, keys: Collection[tuple[object, ...]]) -> None:
    """Delete the rows with these keys. Raises sqlite3.Error."""
    same = " AND ".join(f"{column} = ?" for column in row_key(database, table))
    database.executemany(f"DELETE FROM {table} WHERE {same}", keys)


def plain_texts(values: list[bytes]) -> bytes:
    """Return all that can be read in `values`, one after the other: as it is, decompressed, without the escapes of
    JSON, without the tags of HTML."""
    return _BETWEEN.join(view for value in values for plain in (value, *_unpacked(value)) for view in _views(plain))


def names_and_texts(values: list[bytes]) -> tuple[set[str], list[str]]:
    """Return the documents and addresses that the JSON in `values` names, and the texts of documents in it."""
    names: set[str] = set()
    texts: list[str] = []
    for value in values:
        for plain in (value, value.partition(b"\n")[0], *_unpacked(value)):
            if plain[:1] not in (b"[", b"{"):
                continue
            with suppress(ValueError, RecursionError):
                for key, text in _strings(json.loads(plain)):
                    if key in _NAMING:
                        names.add(text)
                    elif key == "text":
                        texts.append(text)
    return names, texts


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _strings(value: object) -> Iterator[tuple[str, str]]:
    """Yield (key, text) of each text in objects of JSON."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            yield from ((key, text) for key, text in item.items() if isinstance(text, str))
            waiting += item.values()


def _unpacked(value: bytes) -> Iterator[bytes]:
    """Yield what is compressed in `value`: the whole, or all after the first line, as a cached page is."""
    for packed in (value, value.partition(b"\n")[2]):
        if packed[:1] == b"\x78":
            with suppress(zlib.error):
                yield zlib.decompress(packed)


def _views(plain: bytes) -> Iterator[bytes]:
    yield plain
    text = plain.decode("utf-8", "replace")
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield _encoded(text)
    if "<" in text or "&" in text:
        yield _encoded(html.unescape(_TAG.sub("", text)))
    elif not text.isascii():
        yield _encoded(text)


def _encoded(text: str) -> bytes:
    """`text` without white space of any kind."""
    return "".join(text.split()).encode("utf-8", "replace")


def _unescaped(escape: re.Match[str]) -> str:
    what = escape[1]
    return chr(int(what[1:], 16)) if len(what) == 5 else _PLAIN.get(what, what)
