"""Embeddings kept as they are made, for all indexes of this user: what was embedded once is not embedded again.

The file holds vectors and the SHA-256 of their texts, never the texts. It is a cache: where it cannot be read or
written, all goes on without it.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from assistant.records import Vectors

_SCHEMA = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS models (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS embeddings (
    model INTEGER NOT NULL, text_sha256 BLOB NOT NULL, day INTEGER NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (model, text_sha256)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS embeddings_by_day ON embeddings (day);
"""
_AT_A_TIME = 500
_WAIT_S = 30
_SPARE = 0.1  # of the limit: so much is cleared when it is reached, and may be written before that is looked at again

T = TypeVar("T")
_log = logging.getLogger(__name__)


class EmbeddingCache:
    """The embeddings of one model in the file `path`, which holds at most about `limit_bytes`, those of other models
    included; what was not used for longest goes first. 0 keeps nothing.

    Several processes may use a file at once, each from one thread.
    """

    def __init__(self, path: Path, fingerprint: str, dimension: int, *, limit_bytes: int) -> None:
        self._path = path
        self._dimension = dimension
        self._limit_bytes = limit_bytes
        self._written_bytes = 0
        self._model = 0
        self._day = int(time.time()) // 86_400
        self._database: sqlite3.Connection | None = None
        if limit_bytes:
            self._open(fingerprint)

    def __enter__(self) -> EmbeddingCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._try(self._clear_some, None)
        self._close()

    def get(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """The vectors, shape (dimension,), of those of `hashes` (SHA-256 in hex) that are kept."""
        found: dict[str, Vectors] = {}
        for first in range(0, len(hashes), _AT_A_TIME):
            some = [bytes.fromhex(sha256) for sha256 in hashes[first : first + _AT_A_TIME]]
            rows: list[tuple[bytes, bytes]] = self._try(partial(self._rows, some), [])
            for sha256, vector in rows:
                if len(vector) == 4 * self._dimension:
                    found[sha256.hex()] = np.frombuffer(vector, "<f4")
        return found

    def put(self, hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep `vectors`, shape (len(hashes), dimension)."""
        rows = [
            (self._model, bytes.fromhex(sha256), self._day, np.asarray(vector, "<f4").tobytes())
            for sha256, vector in zip(hashes, vectors, strict=True)
        ]
        self._try(partial(self._write, rows), None)

    def _open(self, fingerprint: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._path, timeout=_WAIT_S)
            self._database.executescript(_SCHEMA)
            with self._database:
                self._database.execute("INSERT OR IGNORE INTO models (fingerprint) VALUES (?)", (fingerprint,))
                query = "SELECT number FROM models WHERE fingerprint = ?"
                ((self._model,),) = self._database.execute(query, (fingerprint,))
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def _rows(self, hashes: list[bytes], database: sqlite3.Connection) -> list[tuple[bytes, bytes]]:
        where = f"WHERE model = ? AND text_sha256 IN ({', '.join('?' * len(hashes))})"
        rows = database.execute(f"SELECT text_sha256, vector FROM embeddings {where}", (self._model, *hashes))
        found = rows.fetchall()
        update = f"UPDATE embeddings SET day = ? {where} AND day < ?"
        database.execute(update, (self._day, self._model, *hashes, self._day))
        return found

    def _write(self, rows: list[tuple[int, bytes, int, bytes]], database: sqlite3.Connection) -> None:
        database.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)", rows)
        self._written_bytes += sum(len(row[3]) for row in rows)
        if self._written_bytes > _SPARE * self._limit_bytes:
            self._clear_some(database)

    def _clear_some(self, database: sqlite3.Connection) -> None:
        self._written_bytes = 0
        pages, free, page_bytes = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        used_bytes = (pages - free) * page_bytes
        if used_bytes > self._limit_bytes:
            (rows,) = database.execute("SELECT count(*) FROM embeddings").fetchone()
            share = 1 - (1 - _SPARE) * self._limit_bytes / used_bytes
            oldest = "SELECT model, text_sha256 FROM embeddings ORDER BY day LIMIT ?"
            database.execute(
                f"DELETE FROM embeddings WHERE (model, text_sha256) IN ({oldest})", (int(share * rows) + 1,)
            )
            database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page; commits before

    def _try(self, action: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `action` gives; `otherwise` where the file is of no use, as on a full disk."""
        if self._database is None:
            return otherwise
        try:
            with self._database:
                return action(self._database)
        except sqlite3.Error as error:
            self._give_up(error)
            return otherwise

    def _give_up(self, error: Exception) -> None:
        _log.warning("Embeddings are not kept in %s: %s.", self._path, error)
        self._close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            self._path.unlink(missing_ok=True)  # damaged: the next build begins a new one

    def _close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()
