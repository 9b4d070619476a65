"""Generations on disk, and the atomic switch between them.

    vectorstore/CURRENT              number of the live generation
    vectorstore/lock                 held while a build runs
    vectorstore/generations/<n>/     manifest.json, tables.sqlite, documents.npy, dense.faiss, lexical/, sentences/, and
                                     of a large index dense/

A generation is written beside the others under a name no reader looks at (generation_writer.py), synced, renamed, and
only then named by CURRENT, which is itself replaced in one step: a reader sees one whole generation or the one before,
and a build that is killed at any moment leaves the old one live.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import filelock
import numpy as np
import numpy.typing as npt

from assistant.errors import (
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
    StoreMissingError,
)
from assistant.filter import Facets, Filter
from assistant.index.candidates import CandidateComparer, ExhaustiveComparer
from assistant.index.dense import DenseIndex, LargeDenseIndex
from assistant.index.files import differs
from assistant.index.lexical import LexicalIndex
from assistant.index.sentence_vectors import SentenceVectors
from assistant.index.tables import Tables
from assistant.records import Chunk, Document, Manifest, Sentence, Vectors
from assistant.storage.atomic_file import write_file

# Raise it when what is stored changes, the ways of splitting and of making terms included.
FORMAT_VERSION = 8
_DIGITS = 12  # of a generation's number
_CONTENTS = {"tables.sqlite", "documents.npy", "dense.faiss", "sentences/vectors.npy", "sentences/ranges.npy"}
_REBUILD = "Build the index again with `assistant index`."


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Generation:
    """An opened generation.

    Row i of `dense`, of `lexical` and of the chunk table is the same chunk; it belongs to the document with the number
    `documents[i]`. `facets` are in the order of these numbers.
    """

    manifest: Manifest
    tables: Tables
    dense: DenseIndex | LargeDenseIndex
    lexical: LexicalIndex
    sentence_vectors: SentenceVectors
    facets: tuple[Facets, ...]
    documents: npt.NDArray[np.int32]

    def languages(self) -> npt.NDArray[np.int64]:
        """Return the number of each chunk's language, shape (chunks,)."""
        return numbered([facets.language for facets in self.facets])[self.documents]

    def comparer(self) -> ExhaustiveComparer | CandidateComparer:
        """A new comparer of the chunks: of all, or in a large index of candidates."""
        if isinstance(self.dense, LargeDenseIndex):
            return CandidateComparer(self.dense, self.lexical, self.languages())
        return ExhaustiveComparer(self.dense, self.lexical, self.languages())

    def admitted(self, only: Filter) -> npt.NDArray[np.bool_]:
        """Return for each chunk whether `only` admits its document, shape (chunks,)."""
        return np.array([only.admits(facets) for facets in self.facets], bool)[self.documents]

    def document(self, doc_id: str) -> Document:
        """Return the document with this id. Raises DocumentNotFoundError."""
        return self.tables.document(doc_id)

    def sentences(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        """Return the sentences inside `chunk` and their embeddings, shape (n, dimension)."""
        found = self.tables.sentences(chunk)
        return [sentence for _, sentence in found], self.sentence_vectors.vectors([row for row, _ in found])

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of `term` among the chunks."""
        return self.lexical.idf(term)

    def close(self) -> None:
        """Close the files."""
        self.tables.close()


def numbered(languages: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the number of each language: its place among the different ones, sorted."""
    return np.asarray(np.unique(np.array(languages, str), return_inverse=True)[1], np.int64)


@contextmanager
def build_lock(store: Path) -> Iterator[None]:
    """Hold the lock for building in `store`. Raises StoreBusyError when another build holds it, StoreError."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(store / "lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise StoreBusyError(
            f"Another build of {store} is running.", "Wait for it to end, or build into another --store."
        ) from None
    except (FileExistsError, NotADirectoryError):
        raise StoreError(f"{store} is no folder: a file has that name.", "Choose another --store.") from None
    except OSError as error:
        raise StoreError(f"Cannot write to {store}: {error.strerror or error}.", "Choose a writable --store.") from None
    try:
        yield
    finally:
        lock.release()


def generation_folder(store: Path, number: int) -> Path:
    """Return the folder of the generation `number`."""
    return store / "generations" / str(number)


def current_generation(store: Path) -> int:
    """Return the number of the live generation.

    Raises StoreMissingError, or StoreDamagedError when CURRENT holds no number.
    """
    try:
        text = (store / "CURRENT").read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise StoreMissingError(f"There is no index in {store}.", "Build it with `assistant index`.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreDamagedError(f"{store / 'CURRENT'} cannot be read: {error}.", _REBUILD) from None
    if not text.isdigit() or len(text) > _DIGITS:
        raise StoreDamagedError(f"{store / 'CURRENT'} does not name a generation.", _REBUILD)
    return int(text)


def read_manifest(store: Path, number: int | None = None) -> Manifest:
    """Return the manifest of the generation `number`, by default of the live one.

    Raises StoreMissingError, StoreDamagedError, or StoreMismatchError for another format version.
    """
    number = current_generation(store) if number is None else number
    path = generation_folder(store, number) / "manifest.json"
    try:
        fields = json.loads(path.read_text("utf-8"))
        version = fields["format_version"]
        if version != FORMAT_VERSION:
            raise StoreMismatchError(
                f"The index in {store} has format {version}; this version reads format {FORMAT_VERSION}.",
                _REBUILD,
            )
        manifest = Manifest(**fields)
        tables = (manifest.files, manifest.settings, manifest.stamps)
        if manifest.generation != number or not all(isinstance(table, dict) for table in tables):
            raise ValueError("it does not describe this generation")
        return manifest
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise StoreDamagedError(f"{path} cannot be read: {error}.", _REBUILD) from None


def damaged_files(store: Path, manifest: Manifest, *, read_all: bool = True) -> list[str]:
    """Return the names of the generation's files that are missing or whose SHA-256 differs from the manifest.

    Without `read_all`, a large file is not read when its size and the time of its last change are those of the build:
    silent damage by the disk then goes unnoticed.
    """
    folder = generation_folder(store, manifest.generation)
    unlisted = sorted(_CONTENTS - manifest.files.keys())
    return unlisted + [
        name
        for name, digest in manifest.files.items()
        if differs(folder / name, digest, None if read_all else manifest.stamps.get(name))
    ]


def open_generation(store: Path) -> Generation:
    """Verify and open the live generation. Raises as `open_parts` does."""
    return open_parts(
        store,
        lambda folder, manifest, tables: Generation(
            manifest,
            tables,
            (LargeDenseIndex if manifest.search == "candidates" else DenseIndex).load(folder),
            LexicalIndex.load(folder / "lexical"),
            SentenceVectors.load(folder / "sentences"),
            tuple(tables.facets()),
            np.load(folder / "documents.npy"),
        ),
    )


def open_parts(store: Path, opened: Callable[[Path, Manifest, Tables], T], number: int | None = None) -> T:
    """Verify the generation `number`, by default the live one; return what `opened` makes of its folder, manifest and
    tables.

    Raises StoreMissingError, StoreMismatchError (another format), StoreDamagedError (a file is missing, truncated or
    altered; see `damaged_files` on large ones).
    """
    manifest = read_manifest(store, number)
    require_whole(store, manifest, read_all=False)
    folder = generation_folder(store, manifest.generation)
    try:
        tables = Tables(folder / "tables.sqlite")
        try:
            return opened(folder, manifest, tables)
        except BaseException:
            tables.close()
            raise
    except (OSError, ValueError, RuntimeError, sqlite3.Error) as error:
        raise StoreDamagedError(f"The index in {store} cannot be opened: {error}.", _REBUILD) from None


def require_whole(store: Path, manifest: Manifest, *, read_all: bool = True) -> None:
    """Raise StoreDamagedError when `damaged_files` finds any in the generation of `manifest`."""
    if damaged := damaged_files(store, manifest, read_all=read_all):
        raise StoreDamagedError(
            f"The index in {store} is damaged: {', '.join(damaged)} missing or altered since the build.",
            _REBUILD,
        )


def sizes_of(store: Path, manifest: Manifest) -> dict[Path, int]:
    """Return the size in bytes of each file of the generation that is there."""
    sizes = {}
    for name in manifest.files:
        path = generation_folder(store, manifest.generation) / name
        with suppress(OSError):
            sizes[path] = path.stat().st_size
    return sizes


def refuse_truncated(sizes: Mapping[Path, int]) -> None:
    """Raise StoreDamagedError when a file has become shorter than `sizes` says.

    Reading the missing part of a mapped file ends the process. A deleted file does no harm: its mapping stays.
    """
    for path, size in sizes.items():
        with suppress(OSError):
            if path.stat().st_size < size:
                raise StoreDamagedError(f"{path.name} of the index was truncated while it was in use.", _REBUILD)


def kept_generations(store: Path) -> list[int]:
    """Return the numbers of all generations in `store`, the oldest first."""
    return sorted(int(p.name) for p in (store / "generations").glob("*") if p.name.isdigit())


def name_current(store: Path, number: int) -> int:
    """Make `number` the live generation; return the number of the one before, or `number`. Raises OSError."""
    try:
        before = current_generation(store)
    except StoreError:
        before = number
    write_file(store / "CURRENT", f"{number}\n")
    return before
