"""What was read before, so that only new and changed files are parsed.

A draft is kept under the SHA-256 of its name and its bytes. The code that reads is part of it: with another version all
is read anew. Where the file cannot be used, everything works without it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.ingest.parse import Read
from assistant.ingest.sandbox.serialisation import unpacked

FILE_NAME = "parsed.sqlite"
_READERS = (
    "trafilatura", "beautifulsoup4", "lxml", "markdown-it-py", "mdit-py-plugins", "PyYAML", "pypdfium2", "pdfplumber",
    "babel", "py3langid", "sentencex",
)  # fmt: skip
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS drafts (
    sha256 BLOB PRIMARY KEY, code BLOB NOT NULL, seen INTEGER NOT NULL, read BLOB NOT NULL
) WITHOUT ROWID;
"""

_log = logging.getLogger(__name__)


class ParseCache:
    """To be used in a `with` around one build; what that build did not ask for is dropped if it ends well.

    `code` tells one version of the code that reads from another.
    """

    def __init__(self, path: Path, code: bytes | None = None) -> None:
        self._path = path
        self._code = _code() if code is None else code
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> ParseCache:
        try:
            # Every statement is a transaction of its own: a build that is killed has lost nothing.
            self._database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            self._database.executescript(_SCHEMA)
            self._database.execute("DELETE FROM drafts WHERE code != ?", (self._code,))
            self._database.execute("UPDATE drafts SET seen = 0")
        except sqlite3.Error as error:
            self._give_up(error)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._database is not None:
            if kind is None:
                with suppress(sqlite3.Error):
                    self._database.execute("DELETE FROM drafts WHERE seen = 0")
            self._database.close()
            self._database = None

    def known(self, key: bytes) -> tuple[bytes, Read] | None:
        """What was read under this key in an earlier build, packed and unpacked."""
        if self._database is None:
            return None
        try:
            row = self._database.execute("SELECT read FROM drafts WHERE sha256 = ?", (key,)).fetchone()
            if row is None:
                return None
            self._database.execute("UPDATE drafts SET seen = 1 WHERE sha256 = ?", (key,))
            return row[0], unpacked(row[0])
        except sqlite3.Error as error:
            self._give_up(error)
        except (ValueError, TypeError) as error:
            _log.warning("A kept draft in %s makes no sense: %s", self._path, error)
        return None

    def keep(self, key: bytes, packed: bytes) -> None:
        """Keep what was read under this key."""
        if self._database is not None:
            try:
                self._database.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, 1, ?)", (key, self._code, packed))
            except sqlite3.Error as error:
                self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        _log.warning("What was read is not kept in %s: %s.", self._path, error)
        if self._database is not None:
            self._database.close()
            self._database = None
        if not isinstance(error, sqlite3.OperationalError):
            self._path.unlink(missing_ok=True)  # damaged: the next build begins a new one


def draft_key(name: str, charset: str | None, data: bytes) -> bytes:
    """Under what is kept what was read of `data`."""
    return hashlib.sha256(json.dumps([name, charset]).encode() + data).digest()


@cache
def _code() -> bytes:
    """A digest of what reads: this room, the text tools, and the libraries behind them."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for folder in (package / "ingest", package / "text"):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            digest.update(path.name.encode() + path.read_bytes())
    for name in _READERS:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}".encode())
    return digest.digest()
