"""What was read waits on disk until all is known of all files, and the documents stay there until the build ends."""

from __future__ import annotations

import sqlite3
import weakref
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import overload

from assistant.errors import StoreError
from assistant.ingest.parse import ParsedDocument
from assistant.ingest.sandbox.serialisation import packed, unpacked
from assistant.records import Document, Failure

FILE_NAME = "reading.sqlite"
# It is nobody else's, and is begun anew after whatever accident: no journal, no transaction that ends.
_SCHEMA = """
PRAGMA page_size = 16384;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE rows (id INTEGER PRIMARY KEY, read BLOB NOT NULL);
BEGIN;
"""


class Spool:
    """A file of what was read, made anew at `path`, and gone when it is closed; None is a nameless temporary one.

    What a build that was killed left there is removed. All methods raise StoreError when it cannot be read or written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        with self._refusing():
            if path is not None:
                path.unlink(missing_ok=True)
            # Whoever forgets to close it may do so in any thread.
            self._database = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
            self.close: Callable[[], object] = weakref.finalize(self, _close, self._database, path)
            self._database.executescript(_SCHEMA)

    def add(self, read: bytes) -> int:
        """Put aside what was read of a file, packed as in serialisation.py; the number to ask for it by."""
        with self._refusing():
            row = self._database.execute("INSERT INTO rows (read) VALUES (?)", (read,)).lastrowid
        assert row is not None
        return row

    def replace(self, row: int, document: Document) -> None:
        """What was read there is now this document."""
        read = packed([(document.doc_id, document)])
        with self._refusing():
            self._database.execute("UPDATE rows SET read = ? WHERE id = ?", (read, row))

    def get(self, row: int) -> ParsedDocument | Document:
        """The draft or the document that was put aside."""
        with self._refusing():
            (read,) = self._database.execute("SELECT read FROM rows WHERE id = ?", (row,)).fetchone()
        return next(item for _, item in unpacked(read) if not isinstance(item, Failure))

    def document(self, row: int) -> Document:
        """The document that was put aside."""
        item = self.get(row)
        document = item.document if isinstance(item, ParsedDocument) else item
        assert document is not None
        return document

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            where = f"in {self._path}" if self._path else "in a temporary file"
            raise StoreError(
                f"What is read cannot be put aside {where}: {error}.", "Free some disk space and build again."
            ) from None


class Documents(Sequence[Document]):
    """Documents in order, read from disk one by one, as often as wanted, until the spool is closed."""

    def __init__(self, spool: Spool, rows: Mapping[str, int]) -> None:
        self._spool = spool
        self._by_id = rows
        self._rows = array("q", rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> list[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | list[Document]:
        if isinstance(index, slice):
            return [self._spool.document(row) for row in self._rows[index]]
        return self._spool.document(self._rows[index])

    def without(self, doc_ids: Collection[str]) -> Documents:
        """All but those of these doc_ids."""
        return Documents(self._spool, {doc_id: row for doc_id, row in self._by_id.items() if doc_id not in doc_ids})


def _close(database: sqlite3.Connection, path: Path | None) -> None:
    database.close()
    if path is not None:
        with suppress(OSError):  # the next build removes it
            path.unlink(missing_ok=True)
