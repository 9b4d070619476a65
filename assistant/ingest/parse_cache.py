"""What was parsed, in one file beside the index: kept between builds, and read by row while a build needs it.

A parsed file is stored once, under the SHA-256 of its name and its bytes, so that only new and changed files are
parsed. A build reads it from there. Documents that are no parsed file as it was kept (lines of a .jsonl file, plain
texts without the lines that many share, corrected documents) wait in the same file until the build ends.
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

from assistant.errors import StoreError
from assistant.ingest.formats.image.language_data import language_folder, languages_in
from assistant.ingest.parse import ParsedDocument, Read
from assistant.ingest.sandbox.serialisation import packed, unpacked
from assistant.records import Document, Failure
from assistant.storage.key_value import KeyValueStore, free_pages

FILE_NAME = "parsed.sqlite"
_LIBRARIES = (
    "trafilatura", "beautifulsoup4", "lxml", "markdown-it-py", "mdit-py-plugins", "PyYAML", "pypdfium2", "pdfplumber",
    "openpyxl", "xlrd", "python-calamine", "python-oxmsg", "olefile", "striprtf", "pillow", "tesserocr", "babel",
    "py3langid", "sentencex",
)  # fmt: skip
_WAITING = "CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, value BLOB NOT NULL)"

_log = logging.getLogger(__name__)


class ParseCache:
    """Parsed files in the file `path`; None is a nameless temporary file. To be used in a `with` around one build.

    The end of the `with` deletes what the build stored for itself and the parsed files of removed documents, and after
    a build without an error also the parsed files that it did not ask for. A build that is killed loses no parsed file.
    `code` is the version of the code that parses; parsed files of another one are deleted.

    A row number stands for a parsed file where it is positive, for a waiting document where it is negative. All methods
    raise StoreError when the file cannot be read or written; a damaged file is deleted, so the next build begins anew.
    """

    def __init__(self, path: Path | None = None, code: str | None = None) -> None:
        fingerprint = parser_fingerprint() if code is None else code
        self._store = KeyValueStore(path, "Parsed files", fingerprint=fingerprint, renew=True)
        self._forgotten: set[int] = set()

    def __enter__(self) -> ParseCache:
        self._store.run(lambda database: database.execute(_WAITING), None)
        self._store.run(_delete_waiting, None)  # of a build that was killed
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.clear()
        with suppress(StoreError):
            self._store.run(self._delete_forgotten, None)
        if kind is None:
            with suppress(StoreError):  # the next build deletes them
                self._store.delete_unused()
        self._store.close()

    def known(self, key: bytes) -> tuple[int, Read] | None:
        """Return the row and the content of the parsed file that is kept under `key`, None without one."""
        found = self._store.find(key)
        if found is None:
            return None
        row, value = found
        try:
            read = unpacked(value)
        except (ValueError, TypeError) as error:
            _log.warning("A parsed file in %s makes no sense: %s", FILE_NAME, error)
            return None
        self._store.use([key])
        return row, read

    def keep(self, key: bytes, parsed: bytes) -> int:
        """Keep a parsed file, packed as in serialisation.py, for later builds; return its row."""
        self._store.put({key: parsed})
        return self._store.row(key)

    def forget(self, row: int) -> None:
        """Delete the parsed file in `row` when the build ends."""
        self._forgotten.add(row)

    def add_document(self, document: Document) -> int:
        """Store a document until the build ends; return its row."""
        value = packed([(document.doc_id, document)])

        def insert(database: sqlite3.Connection) -> int:
            return -int(database.execute("INSERT INTO waiting (value) VALUES (?)", (value,)).lastrowid or 0)

        return self._store.run(insert, 0)

    def get(self, row: int) -> ParsedDocument | Document:
        """Return the document, or the parsed of one, in a row."""
        value = self._store.value(row) if row > 0 else self._waiting(-row)
        assert value is not None
        return next(item for _, item in unpacked(value) if not isinstance(item, Failure))

    def document(self, row: int) -> Document:
        """Return the document in a row, which holds no parsed of plain text."""
        item = self.get(row)
        document = item.document if isinstance(item, ParsedDocument) else item
        assert document is not None
        return document

    def clear(self) -> None:
        """Delete all documents that wait for the end of the build. Where that fails, the next build deletes them."""
        with suppress(StoreError):
            self._store.run(_delete_waiting, None)

    def _delete_forgotten(self, database: sqlite3.Connection) -> None:
        if self._forgotten:
            database.executemany("DELETE FROM entries WHERE row = ?", [(row,) for row in self._forgotten])
            self._forgotten.clear()
            free_pages(database)

    def _waiting(self, number: int) -> bytes | None:
        def select(database: sqlite3.Connection) -> bytes | None:
            row = database.execute("SELECT value FROM waiting WHERE number = ?", (number,)).fetchone()
            return None if row is None else bytes(row[0])

        return self._store.run(select, None)


def _delete_waiting(database: sqlite3.Connection) -> None:
    if database.execute("DELETE FROM waiting").rowcount:
        free_pages(database)


def draft_key(name: str, charset: str | None, data: bytes) -> bytes:
    """Return the key of a parsed file: the SHA-256 of its name, its charset and its bytes."""
    return hashlib.sha256(json.dumps([name, charset]).encode() + data).digest()


@cache
def parser_fingerprint() -> str:
    """Return a digest of what parses: this package, the text tools, the libraries behind them, and the languages that
    text is recognised in.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for folder in (package / "ingest", package / "text"):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            digest.update(path.name.encode() + path.read_bytes())
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}".encode())
    languages = language_folder()
    digest.update(" ".join(languages_in(languages) if languages else ()).encode())
    return digest.hexdigest()
