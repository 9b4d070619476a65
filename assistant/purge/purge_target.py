"""What is purged: the names of the removed documents, and hashes of their texts.

The journal of a purge holds the same, so that a purge that was killed can go on after the texts are gone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Set
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.errors import StoreDamagedError, StoreError
from assistant.index.rollback import held_by
from assistant.index.store import kept_generations, open_parts
from assistant.index.tables import Tables
from assistant.records import Document, Manifest
from assistant.storage.atomic_file import write_file
from assistant.storage.shingles import Shingles
from assistant.storage.stored_text import names_and_texts, plain_texts, rows, tables

JOURNAL = "purge.json"
IN_STORE = ("feedback.sqlite", "fetched.sqlite", "parsed.sqlite", "reading.sqlite", "remote.sqlite")
"""The SQLite files beside the generations; the last one is of earlier versions."""
_HASH_BYTES = 32  # of the SHA-256 of an embedded text
_KEY_BYTES = (32, 40)  # of a vector in the cache of embeddings: the SHA-256, since version 1 after that of the model
_BUSY_S = 30
_BATCH_BYTES, _BATCH_ROWS = 1_000_000, 10_000

Key = tuple[object, ...]
"""Tells the rows of a table apart."""


@dataclass(slots=True)
class Target:
    """What is purged: names of documents (ids and addresses), windows of their texts, SHA-256 of embedded texts."""

    names: set[str]
    shingles: Shingles
    embedded: set[str]

    def is_in(self, values: list[bytes]) -> bool:
        """Return whether a row names a removed document, quotes its text, or has the key of one of its vectors."""
        if any(len(value) in _KEY_BYTES and value[-_HASH_BYTES:].hex() in self.embedded for value in values):
            return True
        return not self.names.isdisjoint(names_and_texts(values)[0]) or self.shingles.found_in(plain_texts(values))


def find_target(store: Path, removed: Set[str]) -> Target:
    """Collect what the generations and the caches hold of the removed documents, and the journal of a killed purge."""
    target = _read_journal(store, removed)
    found = [target.shingles]
    for number in kept_generations(store):
        with suppress(StoreError):  # one that cannot be read is deleted
            if held := held_by(store, number, removed):
                with closing(open_parts(store, opened_tables, number)) as generation:
                    documents = [document for doc_id in held if (document := generation.find(doc_id))]
                    target.embedded |= generation.hashes_of(held)
                    target.names |= {name for document in documents for name in _addresses(document)}
                    found.append(Shingles.of(text for document in documents for text in _stored(document)))
    for path in [store / name for name in IN_STORE if (store / name).is_file()]:
        with suppress(sqlite3.Error, OSError), closing(connected(path)) as database:  # the purge says why not
            for table in tables(database):
                for _, values in rows(database, table):
                    names, texts = names_and_texts(values)
                    if not target.names.isdisjoint(names):
                        found.append(Shingles.of(texts))
    target.shingles = Shingles.union(found)
    return target


def opened_tables(_folder: Path, _manifest: Manifest, opened: Tables) -> Tables:
    """Return the tables alone (see `open_parts`)."""
    return opened


def _stored(document: Document) -> tuple[str, ...]:
    return (document.text, document.title, *document.questions)


def _addresses(document: Document) -> tuple[str, ...]:
    own = (document.url,) if document.url and document.url_kind == "page" else ()
    return (document.doc_id, *own, *document.also_at)


def texts_that_stay(generation: Tables, removed: Set[str]) -> Iterator[str]:
    """Yield what may stay: the texts of all documents in the index, and the ids on the list of removed ones."""
    yield from removed
    for document in generation.documents():
        yield from (*_stored(document), *_addresses(document), document.publisher or "")


def _read_journal(store: Path, removed: Set[str]) -> Target:
    """Return what a killed purge of these documents was about, else only their names."""
    try:
        journal = json.loads((store / JOURNAL).read_text("utf-8"))
        if set(journal["doc_ids"]) <= removed:  # none was let in again since
            hashes = np.frombuffer(bytes.fromhex(journal["windows"]), "<u8").astype(np.uint64)
            return Target(set(journal["names"]) | removed, Shingles(hashes), set(journal["embedded"]))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "Delete it. What a killed purge had taken out of the generations already is then not searched for."
        raise StoreDamagedError(f"{store / JOURNAL} cannot be read: {error}.", hint) from None
    return Target(set(removed), Shingles(), set())


def write_journal(store: Path, removed: Set[str], target: Target) -> None:
    """Write what is purged. Raises StoreError."""
    journal = {
        "doc_ids": sorted(removed),
        "names": sorted(target.names),
        "embedded": sorted(target.embedded),
        "windows": target.shingles.hashes.astype("<u8").tobytes().hex(),
    }
    try:
        write_file(store / JOURNAL, json.dumps(journal, ensure_ascii=False))
    except OSError as error:
        raise StoreError(f"{store / JOURNAL} cannot be written: {error.strerror}.", "Free some disk space.") from None


def connected(path: Path) -> sqlite3.Connection:
    """Open an SQLite file so that what is deleted is overwritten. Raises sqlite3.Error."""
    database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    database.execute("PRAGMA secure_delete = ON")
    return database


def rows_holding(database: sqlite3.Connection, table: str, target: Target) -> Iterator[Key]:
    """Yield the keys of the rows that hold a removed document. Many small rows are searched at once."""
    batch: list[tuple[Key, list[bytes]]] = []
    size = 0

    def searched() -> list[Key]:
        if not target.is_in([value for _, values in batch for value in values]):
            return []
        return [key for key, values in batch if target.is_in(values)]

    for key, values in rows(database, table):
        batch.append((key, values))
        size += sum(map(len, values))
        if size > _BATCH_BYTES or len(batch) == _BATCH_ROWS:
            yield from searched()
            batch, size = [], 0
    yield from searched()
