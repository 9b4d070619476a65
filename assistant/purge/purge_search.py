"""Searches files and sources for removed documents. Nothing is changed here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.decode import UnreadableFileError, open_bytes
from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.sources import File, find_places
from assistant.purge.purge_target import Target, connected, rows_holding
from assistant.records import Document
from assistant.storage.stored_text import is_sqlite, plain_texts, tables


@dataclass(frozen=True, slots=True)
class Trace:
    """A place that still holds a removed document, and what it holds."""

    place: str
    holds: str


@dataclass(slots=True)
class PurgeReport:
    """What a purge did, and what it found afterwards.

    `rebuilt` says whether the live generation had to be copied. `rows` are the numbers of rows deleted from each SQLite
    file. `windows` is the number of windows of removed texts that were searched for, in `files` files with `bytes`
    bytes. `left` is empty when nothing is left.
    """

    doc_ids: tuple[str, ...]
    generation: int
    rebuilt: bool = False
    deleted_generations: list[int] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    windows: int = 0
    files: int = 0
    bytes: int = 0
    left: list[Trace] = field(default_factory=list)


def files_below(places: Sequence[Path]) -> list[Path]:
    """Return all files in these folders, and those of `places` that are files."""
    found = (path for place in places for path in (place.rglob("*") if place.is_dir() else (place,)))
    return sorted({path for path in found if path.is_file()})


def search_file(path: Path, target: Target, report: PurgeReport) -> None:
    """Search the bytes of a file, and what an SQLite file stores in any form; add to `report` what is found."""
    with noting_errors(path, "read", report):
        report.files += 1
        report.bytes += path.stat().st_size
        found = target.shingles.found_in_file(path)
        if not found and path.suffix == ".json":
            found = target.shingles.found_in(plain_texts([path.read_bytes()]))
        if not found and is_sqlite(path):
            with closing(connected(path)) as database:
                found = any(True for table in tables(database) for _ in rows_holding(database, table, target))
        if found:
            report.left.append(Trace(str(path), "text of a removed document"))


@contextmanager
def noting_errors(path: Path, done: str, report: PurgeReport) -> Iterator[None]:
    """Add to `report` that `path` could not be `done` (a participle); a file that is gone holds nothing."""
    try:
        yield
    except FileNotFoundError:
        return
    except (sqlite3.Error, OSError) as error:
        report.left.append(Trace(str(path), f"could not be {done}: {error}"))


def search_sources(sources: Sequence[str], store: Path, removed: Set[str]) -> list[Trace]:
    """Return the files of the sources that are or hold a removed document."""
    left: list[Trace] = []
    for source in sources:
        with suppress(SourceError, OSError, UnreadableFileError):  # an address, or not there: nothing of it lies here
            for place in find_places(source, store.resolve(), None):
                if isinstance(place, File) and place.path.is_file():
                    left += [Trace(str(place.path), f"the document {name}") for name in _held(place, removed)]
    return left


def _held(file: File, removed: Set[str]) -> list[str]:
    if file.path.suffix.lower() not in (".jsonl", ".ndjson"):
        # The file, or a file in it, as an attachment
        return sorted(doc_id for doc_id in removed if doc_id == file.name or doc_id.startswith(f"{file.name}/"))
    with open_bytes(file.path, file.name) as opened:
        documents = [item for _, item in read_jsonl(opened, file.name) if isinstance(item, Document)]
    return sorted({document.doc_id for document in documents} & removed)
