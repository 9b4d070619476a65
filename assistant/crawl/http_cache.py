"""What was fetched, kept between builds: an unchanged page is not sent again, and a server may be down for a day.

One SQLite file. Each page is written as it comes, so that a build that is killed has lost nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import StoreError

FILE_NAME = "fetched.sqlite"
_VERSION = 1
_SCHEMA = """
CREATE TABLE pages (
    url TEXT PRIMARY KEY, final TEXT NOT NULL, redirects TEXT NOT NULL, etag TEXT, modified TEXT, type TEXT NOT NULL,
    robots TEXT NOT NULL, status INTEGER NOT NULL, fetched TEXT NOT NULL, error TEXT, body BLOB NOT NULL
);
"""
_FIELDS = "url, final, redirects, etag, modified, type, robots, status, fetched, error"


@dataclass(frozen=True, slots=True)
class CachedPage:
    """What stood at `url`, at the end of `redirects`; `error` is why it could not be fetched the last time."""

    url: str
    final: str
    redirects: tuple[str, ...]
    etag: str | None
    modified: str | None
    type: str
    """The header Content-Type."""
    robots: str
    """The header X-Robots-Tag."""
    status: int
    fetched: str
    """UTC, ISO 8601."""
    error: str | None
    body: bytes


class HttpCache:
    """The file, made when the first page comes; safe to share between threads.

    All methods raise StoreError when it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None
        self._used: set[str] = set()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def get(self, url: str) -> CachedPage | None:
        """What is kept of `url`."""
        with self._database() as database:
            row = database.execute(f"SELECT {_FIELDS}, body FROM pages WHERE url = ?", (url,)).fetchone()
            if row is None:
                return None
            fields = dict(zip(_FIELDS.split(", "), row, strict=False))
            fields["redirects"] = tuple(fields["redirects"].split())
            return CachedPage(**fields, body=zlib.decompress(row[-1]))

    def is_fresh(self, url: str) -> bool:
        """Whether `url` was put or touched since this object was made."""
        with self._lock:
            return url in self._used

    def put(self, page: CachedPage) -> None:
        """Keep `page` in place of what was there."""
        values = (page.url, page.final, "\n".join(page.redirects), page.etag, page.modified, page.type, page.robots)
        packed = zlib.compress(page.body)
        with self._database() as database:
            database.execute(
                f"INSERT OR REPLACE INTO pages ({_FIELDS}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, page.status, page.fetched, page.error, packed),
            )
            self._used.add(page.url)

    def touch(self, url: str, status: int, fetched: str) -> None:
        """What is kept of `url` still stands there."""
        with self._database() as database:
            database.execute(
                "UPDATE pages SET status = ?, fetched = ?, error = NULL WHERE url = ?", (status, fetched, url)
            )
            self._used.add(url)

    def spare(self, url: str, error: str) -> None:
        """Keep what there is of `url`, which could not be fetched."""
        with self._database() as database:
            database.execute("UPDATE pages SET error = ? WHERE url = ?", (error, url))
            self._used.add(url)

    def forget(self, url: str) -> None:
        """Nothing is at `url` any more."""
        with self._database() as database:
            database.execute("DELETE FROM pages WHERE url = ?", (url,))
            self._used.discard(url)

    def forget_unused(self) -> None:
        """Forget what was neither put, touched nor spared since this object was made: it left the sources."""
        if self._opened is None and not self._path.exists():
            return
        with self._database() as database:
            database.execute("CREATE TEMP TABLE used (url TEXT PRIMARY KEY)")
            database.executemany("INSERT INTO used VALUES (?)", ((url,) for url in self._used))
            database.execute("DELETE FROM pages WHERE url NOT IN (SELECT url FROM used)")
            database.execute("DROP TABLE used")

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._opened is None:
                    self._opened = self._open()
                with self._opened:
                    yield self._opened
            except (sqlite3.Error, OSError, zlib.error) as error:
                raise StoreError(
                    f"What was fetched cannot be kept in {self._path}: {error}.",
                    "Free some disk space. If the file is damaged, remove it: it is fetched again.",
                ) from None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, check_same_thread=False)
        try:
            # A killed build loses nothing so, and a page costs no wait for the disk.
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version != _VERSION:
                with database:
                    database.execute("DROP TABLE IF EXISTS pages")
                    database.execute(_SCHEMA)
                    database.execute(f"PRAGMA user_version = {_VERSION}")
        except BaseException:
            database.close()
            raise
        return database
