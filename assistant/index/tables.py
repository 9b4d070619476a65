"""The documents and chunks of a generation, in SQLite."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.errors import DocumentNotFoundError
from assistant.filter import Facets
from assistant.records import Block, Chunk, Document, Sentence

_SCHEMA = """
CREATE TABLE documents (
    position INTEGER PRIMARY KEY, doc_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL, url TEXT,
    url_kind TEXT, language TEXT NOT NULL, published TEXT, publisher TEXT, questions TEXT NOT NULL, pages TEXT NOT NULL,
    also_at TEXT NOT NULL, recipients TEXT NOT NULL, versions TEXT NOT NULL, converted_from TEXT NOT NULL,
    recognised TEXT NOT NULL, blocks TEXT NOT NULL
);
CREATE TABLE chunks (
    position INTEGER PRIMARY KEY, chunk_id TEXT NOT NULL, doc_id TEXT NOT NULL REFERENCES documents (doc_id),
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, headings TEXT NOT NULL, passage_sha256 TEXT NOT NULL
);
CREATE TABLE sentences (
    position INTEGER PRIMARY KEY, doc_id TEXT NOT NULL REFERENCES documents (doc_id), "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL, text_sha256 TEXT NOT NULL
);
CREATE INDEX sentences_by_place ON sentences (doc_id, "start");
"""
_CACHE_KB = 32_000
_HASHES_AT_A_TIME = 20_000
_AT_A_TIME = 100  # documents, whose texts may be long
_LISTS = ("questions", "pages", "also_at", "recipients", "versions", "converted_from", "recognised", "blocks")
_FIELDS = f"doc_id, title, text, url, url_kind, language, published, publisher, {', '.join(_LISTS)}"
_MARKS = ", ".join("?" * len(_FIELDS.split(", ")))


class TablesWriter:
    """Writes a new file, document by document. The same documents always make the same file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._chunks = itertools.count()
        self._sentences = itertools.count()
        # Nobody reads the file before it is complete, and who completes it has it synced.
        self._database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{_CACHE_KB}; {_SCHEMA} BEGIN"
        )

    def add(
        self, document: Document, chunks: Iterable[tuple[Chunk, str]], sentences: Iterable[tuple[Sentence, str]]
    ) -> None:
        """Add the next document.

        Each of its chunks and sentences comes with the SHA-256 of its embedded text; its position is its row among the
        vectors.
        """
        self._database.execute(f"INSERT INTO documents ({_FIELDS}) VALUES ({_MARKS})", _row(document))
        self._database.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (next(self._chunks), c.chunk_id, c.doc_id, c.start, c.end, _dump(c.headings), sha256)
                for c, sha256 in chunks
            ),
        )
        self._database.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
            ((next(self._sentences), s.doc_id, s.start, s.end, sha256) for s, sha256 in sentences),
        )

    def commit(self) -> None:
        """Complete the file. `close` must follow."""
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class Tables:
    """Reads the documents and chunks of a generation; threads may share it."""

    def __init__(self, path: Path) -> None:
        # immutable: nobody writes to a finished generation, so no lock files beside it
        self._database = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False)
        self._lock = threading.Lock()
        self._document = lru_cache(maxsize=256)(self._read_document)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def document(self, doc_id: str) -> Document:
        """Return the document with this id. Raises DocumentNotFoundError."""
        return self._document(doc_id)

    def find(self, doc_id: str) -> Document | None:
        """Return the document with this id, None without one. It is read from disk each time."""
        rows = self._rows(f"SELECT {_FIELDS} FROM documents WHERE doc_id = ?", doc_id)
        return _document(rows[0]) if rows else None

    def doc_ids(self) -> list[str]:
        """Return the ids of all documents, in the order of the sources."""
        return [doc_id for (doc_id,) in self._rows("SELECT doc_id FROM documents ORDER BY position")]

    def documents(self) -> Iterator[Document]:
        """Yield all documents, in the order of the sources."""
        last = -1
        query = f"SELECT position, {_FIELDS} FROM documents WHERE position > ? ORDER BY position LIMIT {_AT_A_TIME}"
        while rows := self._rows(query, last):
            last = int(rows[-1][0])
            yield from (_document(fields) for _, *fields in rows)

    def chunk(self, position: int) -> Chunk:
        """Return the chunk in row `position` of the dense and the lexical index."""
        query = 'SELECT doc_id, "start", "end", headings FROM chunks WHERE position = ?'
        ((doc_id, start, end, headings),) = self._rows(query, position)
        return Chunk.cut(self.document(str(doc_id)), int(start), int(end), tuple(json.loads(headings)))

    def facets(self) -> list[Facets]:
        """Yield the facets of each document, by which it can be filtered, in the order of the sources."""
        return [
            Facets.of(*row) for row in self._rows("SELECT language, url, published FROM documents ORDER BY position")
        ]

    def sentences(self, chunk: Chunk) -> list[tuple[int, Sentence]]:
        """Return (row, sentence) of each sentence inside `chunk`, in reading order."""
        query = (
            'SELECT position, doc_id, "start", "end" FROM sentences '
            'WHERE doc_id = ? AND "start" >= ? AND "end" <= ? ORDER BY "start"'
        )
        rows = self._rows(query, chunk.doc_id, chunk.start, chunk.end)
        return [(int(row), Sentence(str(doc_id), int(start), int(end))) for row, doc_id, start, end in rows]

    def sentences_of(self, doc_id: str) -> list[tuple[int, Sentence]]:
        """Return (row, sentence) of each sentence of a document, in the order of the rows."""
        query = 'SELECT position, "start", "end" FROM sentences WHERE doc_id = ? ORDER BY position'
        return [(int(row), Sentence(doc_id, int(start), int(end))) for row, start, end in self._rows(query, doc_id)]

    def hashes_of(self, doc_ids: Set[str]) -> set[str]:
        """Return the SHA-256 of all embedded texts of some documents. Reads all rows once."""
        queries = ("SELECT doc_id, passage_sha256 FROM chunks", "SELECT doc_id, text_sha256 FROM sentences")
        with self._lock:
            return {
                str(sha256)
                for query in queries
                for doc_id, sha256 in self._database.execute(query)
                if doc_id in doc_ids
            }

    def passage_hashes(self) -> Iterator[list[str]]:
        """Yield the SHA-256 of each chunk's embedded text in the order of the rows, some at a time."""
        return self._hashes("passage_sha256", "chunks")

    def sentence_hashes(self) -> Iterator[list[str]]:
        """Yield the SHA-256 of each sentence's embedded text in the order of the rows, some at a time."""
        return self._hashes("text_sha256", "sentences")

    def _hashes(self, column: str, table: str) -> Iterator[list[str]]:
        last = -1
        query = f"SELECT position, {column} FROM {table} WHERE position > ? ORDER BY position LIMIT {_HASHES_AT_A_TIME}"
        while rows := self._rows(query, last):
            last = int(rows[-1][0])
            yield [sha256 for _, sha256 in rows]

    def _read_document(self, doc_id: str) -> Document:
        document = self.find(doc_id)
        if document is None:
            raise DocumentNotFoundError(f"There is no document {doc_id!r} in the index.", "See `assistant documents`.")
        return document

    def _rows(self, query: str, *parameters: str | int) -> list[tuple[str, ...]]:
        with self._lock:
            return self._database.execute(query, parameters).fetchall()


def _document(row: Sequence[str]) -> Document:
    fields: dict[str, Any] = dict(zip(_FIELDS.split(", "), row, strict=True))
    fields |= {name: tuple(json.loads(fields[name])) for name in _LISTS}
    fields["recognised"] = tuple((number, confidence) for number, confidence in fields["recognised"])
    fields["blocks"] = tuple(Block(*block) for block in fields["blocks"])
    return Document(**fields)


def _row(d: Document) -> tuple[str | None, ...]:
    values = {name: getattr(d, name) for name in _LISTS} | {"blocks": [_short(block) for block in d.blocks]}
    lists = map(_dump, values.values())
    return (d.doc_id, d.title, d.text, d.url, d.url_kind, d.language, d.published, d.publisher, *lists)


def _short(block: Block) -> list[str | int]:
    """Return the fields of a block without those at the end that have their default."""
    fields: list[str | int] = [block.kind, block.start, block.end]
    return [*fields, block.level, block.label] if block.level or block.label else fields


def _dump(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
