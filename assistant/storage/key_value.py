"""A key-value store in one SQLite file. The caches of the product are built on it.

Each run of a program that opens the file has a number. An entry remembers the last run that used it, so that unused
entries can be deleted at the end of a run, and the least recently used ones when the file is full.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import weakref
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeVar

from assistant.errors import StoreError

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE about (fingerprint TEXT NOT NULL, run INTEGER NOT NULL)",
    "INSERT INTO about VALUES ('', 0)",
    "CREATE TABLE entries (row INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL,"
    " value BLOB NOT NULL)",
    "CREATE INDEX entries_by_use ON entries (used)",
)
_BUSY_S = 30  # that a statement waits for another process
_KEYS_AT_A_TIME = 500  # of one statement; SQLite allows 999 in its older versions
_SPARE = 0.1  # share of the limit that is freed when it is reached, and that may be written between two looks at it

T = TypeVar("T")
_log = logging.getLogger(__name__)


class KeyValueStore:
    """Values by key, both bytes, in the SQLite file `path`; None is a nameless temporary file.

    The file is made by the first use, with its folder. Threads may share a store, and processes a file. Each method is
    one transaction: a process that is killed loses nothing that it has put. A power failure may lose the last entries.

    `what` names the values in messages ("Fetched pages"). Entries of another `fingerprint` are deleted when the file
    is opened. With `limit_bytes`, the least recently used entries are deleted when the file holds more. With `renew`, a
    damaged file is deleted and a new one begun.

    All methods raise StoreError when the file cannot be read or written.
    """

    def __init__(
        self,
        path: Path | None,
        what: str,
        *,
        fingerprint: str = "",
        limit_bytes: int | None = None,
        renew: bool = False,
    ) -> None:
        self._path = path
        self._what = what
        self._fingerprint = fingerprint
        self._limit_bytes = limit_bytes
        self._renew = renew
        self._written_bytes = 0
        self._run_number = 0
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._end: Callable[[], object] = lambda: None

    def get(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        """Return the values of those of `keys` that the store holds."""

        def select(database: sqlite3.Connection) -> dict[bytes, bytes]:
            found: dict[bytes, bytes] = {}
            for some in _pieces(keys):
                found.update(database.execute(f"SELECT key, value FROM entries WHERE key IN {_marks(some)}", some))
            return found

        return self.run(select, {})

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Store `entries`, in place of older values of the same keys. They count as used in this run."""

        def insert(database: sqlite3.Connection) -> None:
            database.executemany(
                "INSERT INTO entries (key, used, value) VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET used = excluded.used, value = excluded.value",
                ((key, self._run_number, value) for key, value in entries.items()),
            )
            self._written_bytes += sum(map(len, entries.values()))
            if self._limit_bytes is not None and self._written_bytes > _SPARE * self._limit_bytes:
                self._shrink(database)

        self.run(insert, None)

    def use(self, keys: Collection[bytes]) -> None:
        """Mark the entries of `keys` as used in this run."""

        def update(database: sqlite3.Connection) -> None:
            for some in _pieces(keys):
                where = f"key IN {_marks(some)} AND used < ?"
                database.execute(
                    f"UPDATE entries SET used = ? WHERE {where}", (self._run_number, *some, self._run_number)
                )

        self.run(update, None)

    def is_used(self, key: bytes) -> bool:
        """Return whether the entry of `key` was put or used in this run."""
        query = "SELECT 1 FROM entries WHERE key = ? AND used = ?"
        return self.run(lambda database: database.execute(query, (key, self._run_number)).fetchone(), None) is not None

    def find(self, key: bytes) -> tuple[int, bytes] | None:
        """Return the row number and the value of the entry of `key`, None without one."""
        query = "SELECT row, value FROM entries WHERE key = ?"
        found = self.run(lambda database: database.execute(query, (key,)).fetchone(), None)
        return None if found is None else (int(found[0]), bytes(found[1]))

    def row(self, key: bytes) -> int:
        """Return the row number of the entry of `key`, 0 without one. It stays the same until the entry is deleted."""
        query = "SELECT coalesce(max(row), 0) FROM entries WHERE key = ?"
        return self.run(lambda database: int(database.execute(query, (key,)).fetchone()[0]), 0)

    def value(self, row: int) -> bytes | None:
        """Return the value in a row, None without one."""
        found = self.run(
            lambda database: database.execute("SELECT value FROM entries WHERE row = ?", (row,)).fetchone(), None
        )
        return None if found is None else bytes(found[0])

    def delete(self, key: bytes) -> None:
        """Delete the entry of `key`, if there is one."""
        self.run(lambda database: database.execute("DELETE FROM entries WHERE key = ?", (key,)), None)

    def delete_unused(self) -> None:
        """Delete all entries that were neither put nor used in this run. A file that does not exist is not made."""
        if self._database is not None or (self._path is not None and self._path.exists()):
            self.run(lambda database: database.execute("DELETE FROM entries WHERE used < ?", (self._run_number,)), None)

    def run(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return the result of `action` on the database, in one transaction.

        `otherwise` is the result of an `OptionalStore` whose file cannot be used.
        """
        del otherwise
        with self._lock:
            try:
                if self._database is None:
                    self._database = self._opened()
                with self._database:
                    return action(self._database)
            except (sqlite3.Error, OSError) as error:
                if self._renew and _is_damage(error):
                    self._discard()
                where = "in a temporary file" if self._path is None else f"in {self._path}"
                raise StoreError(
                    f"{self._what} cannot be kept {where}: {error}.",
                    "Free some disk space. If the file is damaged, remove it: a new one is made.",
                ) from None

    def close(self) -> None:
        """Delete what is beyond the limit and close the file. The next use opens it again, as another run."""
        with self._lock:
            if self._database is not None and self._limit_bytes is not None:
                with suppress(sqlite3.Error), self._database:  # the next run finds it too large
                    self._shrink(self._database)
            self._close()

    def _opened(self) -> sqlite3.Connection:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._connected()
        except sqlite3.Error as error:
            if not (self._renew and _is_damage(error)):
                raise
            _log.warning("%s of earlier runs are lost: %s is damaged: %s.", self._what, self._path, error)
            self._discard()
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path or "", timeout=_BUSY_S, check_same_thread=False)
        # Whoever forgets to close the store leaves it to the end of the last reference, in any thread.
        self._end = weakref.finalize(self, database.close)
        try:
            # Without the write-ahead log, each transaction would wait for the disk. Deleted values are overwritten.
            settings = ("auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON")
            for setting in settings:
                database.execute(f"PRAGMA {setting}")
            with database:
                database.execute("BEGIN IMMEDIATE")
                self._begin_run(database)
        except BaseException:
            self._close()
            raise
        return database

    def _begin_run(self, database: sqlite3.Connection) -> None:
        """Make the tables in a new file or one of another version; take the next number of a run."""
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            for (name,) in database.execute(tables).fetchall():
                database.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
            for statement in (*_SCHEMA, f"PRAGMA user_version = {_VERSION}"):
                database.execute(statement)
        ((fingerprint, run),) = database.execute("SELECT fingerprint, run FROM about")
        if fingerprint != self._fingerprint:
            database.execute("DELETE FROM entries")
        self._run_number = run + 1
        database.execute("UPDATE about SET fingerprint = ?, run = ?", (self._fingerprint, self._run_number))

    def _shrink(self, database: sqlite3.Connection) -> None:
        """Delete the least recently used entries of a file beyond the limit, and give their space back."""
        assert self._limit_bytes is not None
        self._written_bytes = 0
        pages, free, page_bytes = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        used_bytes = (pages - free) * page_bytes
        if used_bytes > self._limit_bytes:
            (rows,) = database.execute("SELECT count(*) FROM entries").fetchone()
            share = 1 - (1 - _SPARE) * self._limit_bytes / used_bytes
            oldest = "SELECT row FROM entries ORDER BY used LIMIT ?"
            database.execute(f"DELETE FROM entries WHERE row IN ({oldest})", (int(share * rows) + 1,))
            free_pages(database)

    def _discard(self) -> None:
        self._close()
        if self._path is not None:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _close(self) -> None:
        self._database = None
        self._end()


class OptionalStore(KeyValueStore):
    """A store that only saves work: where its file cannot be read or written, it holds nothing, and no method raises.

    The log says so once.
    """

    _given_up = False

    def run(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return the result of `action` on the database, or `otherwise`."""
        with self._lock:
            if self._given_up:
                return otherwise
            try:
                return super().run(action, otherwise)
            except StoreError as error:
                _log.warning("%s", error)
                self._given_up = True
                self._close()
                return otherwise


def free_pages(database: sqlite3.Connection) -> None:
    """Commit, and give the space of deleted rows back to the file system."""
    database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page


def _is_damage(error: Exception) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


def _pieces(keys: Collection[bytes]) -> list[list[bytes]]:
    rest = iter(keys)
    return [list(islice(rest, _KEYS_AT_A_TIME)) for _ in range(0, len(keys), _KEYS_AT_A_TIME)]


def _marks(keys: Collection[bytes]) -> str:
    return f"({', '.join('?' * len(keys))})"
