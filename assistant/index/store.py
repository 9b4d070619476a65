"""Generations on disk, and the atomic switch between them.

    vectorstore/CURRENT              number of the live generation
    vectorstore/lock                 held while a build runs
    vectorstore/generations/<n>/     manifest.json, tables.sqlite, documents.npy, dense.faiss, lexical/, sentences/, and
                                     of a large index dense/


A generation is written beside the others under a name no reader looks at, synced, renamed, and only then named by
CURRENT, which is itself replaced in one step: a reader sees one whole generation or the one before, and a build
that is killed at any moment leaves the old one live.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

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
from assistant.index.candidates import LargeCandidates
from assistant.index.dense import DenseIndex, LargeDenseIndex
from assistant.index.files import differs, sha256_of, stamp_of, sync, sync_folder
from assistant.index.lexical import LexicalIndex
from assistant.index.quotes import SentenceVectors
from assistant.index.tables import Tables, write_tables
from assistant.records import Chunk, Document, Manifest, Sentence, Vectors, sha256_text

# Raise it when what is stored changes, the ways of splitting and of making terms included.
FORMAT_VERSION = 5
_DIGITS = 12  # of a generation's number
_CONTENTS = {"tables.sqlite", "documents.npy", "dense.faiss", "sentences/vectors.npy", "sentences/ranges.npy"}
# An index of more chunks is searched by candidates: the least size at which that is clearly the faster
# (benchmarks/RESULTS.md).
LARGE_CHUNKS = 30_000
# Of files as large as this, size and time of the last change tell whether they must be read to be verified: to read
# those of a million chunks takes longer than a service may take to start.
_LARGE_BYTES = 64_000_000
_REBUILD = "Build the index again with `assistant index`."


@dataclass(frozen=True, slots=True)
class Contents:
    """What a generation is made of.

    For `chunks[i]`, `passages[i]` is the text that `vectors[i]` embeds and `words[i]` the text whose words are
    indexed; `sentence_vectors[i]` embeds `sentences[i]`. Both arrays: (n, dimension), float32, unit length.
    """

    documents: Sequence[Document]
    chunks: Sequence[Chunk]
    passages: Sequence[str]
    words: Sequence[str]
    vectors: Vectors
    sentences: Sequence[Sentence]
    sentence_vectors: Vectors


@dataclass(frozen=True, slots=True)
class Generation:
    """One opened generation: row i of `dense`, of `lexical` and of the chunk table is the same chunk, of the document
    number `documents[i]`; `facets` are by that number."""

    manifest: Manifest
    tables: Tables
    dense: DenseIndex | LargeDenseIndex
    lexical: LexicalIndex
    sentence_vectors: SentenceVectors
    facets: tuple[Facets, ...]
    documents: npt.NDArray[np.int32]

    def languages(self) -> npt.NDArray[np.int64]:
        """For each chunk, a number that stands for its language."""
        return _numbered([facets.language for facets in self.facets])[self.documents]

    def candidates(self) -> LargeCandidates | None:
        """What finds candidates in a large index; None where all chunks are compared."""
        return LargeCandidates(self.dense, self.lexical) if isinstance(self.dense, LargeDenseIndex) else None

    def admitted(self, only: Filter) -> npt.NDArray[np.bool_]:
        """For each chunk, whether `only` admits its document."""
        return np.array([only.admits(facets) for facets in self.facets], bool)[self.documents]

    def document(self, doc_id: str) -> Document:
        """Raises DocumentNotFoundError."""
        return self.tables.document(doc_id)

    def sentences(self, chunk: Chunk) -> tuple[list[Sentence], Vectors]:
        """The sentences inside `chunk` and their embeddings, shape (n, dimension)."""
        found = self.tables.sentences(chunk)
        return [sentence for _, sentence in found], self.sentence_vectors.vectors([row for row, _ in found])

    def idf(self, term: str) -> float:
        """Inverse document frequency of `term` among the chunks."""
        return self.lexical.idf(term)

    def close(self) -> None:
        """Close the files."""
        self.tables.close()


@contextmanager
def build_lock(store: Path) -> Iterator[None]:
    """Hold the right to build in `store`. Raises StoreBusyError when another build has it."""
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


def current_generation(store: Path) -> int:
    """Number of the live generation. Raises StoreMissingError, or StoreDamagedError when CURRENT is no number."""
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
    """The manifest of the generation `number`; None is the live one.

    Raises StoreMissingError, StoreDamagedError, or StoreMismatchError for another format version.
    """
    number = current_generation(store) if number is None else number
    path = _folder(store, number) / "manifest.json"
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
    """Names of the generation's files that are missing or differ from the manifest's SHA-256.

    Without `read_all`, large files that have the size and the time of the last change that they were given when they
    were built are not read: a disk that loses bits unseen is not found out.
    """
    folder = _folder(store, manifest.generation)
    unlisted = sorted(_CONTENTS - manifest.files.keys())
    return unlisted + [
        name
        for name, digest in manifest.files.items()
        if differs(folder / name, digest, None if read_all else manifest.stamps.get(name))
    ]


def open_generation(store: Path) -> Generation:
    """Verify and open the live generation.

    Raises StoreMissingError, StoreMismatchError (another format), StoreDamagedError (a file missing, truncated or
    altered; see `damaged_files` on large ones).
    """
    manifest = read_manifest(store)
    _require_whole(store, manifest, read_all=False)
    folder = _folder(store, manifest.generation)
    try:
        tables = Tables(folder / "tables.sqlite")
        return Generation(
            manifest,
            tables,
            (LargeDenseIndex if manifest.search == "candidates" else DenseIndex).load(folder),
            LexicalIndex.load(folder / "lexical"),
            SentenceVectors.load(folder / "sentences"),
            tuple(tables.facets()),
            np.load(folder / "documents.npy"),
        )
    except (OSError, ValueError, RuntimeError, sqlite3.Error) as error:
        raise StoreDamagedError(f"The index in {store} cannot be opened: {error}.", _REBUILD) from None


def _require_whole(store: Path, manifest: Manifest, *, read_all: bool = True) -> None:
    if damaged := damaged_files(store, manifest, read_all=read_all):
        raise StoreDamagedError(
            f"The index in {store} is damaged: {', '.join(damaged)} missing or altered since the build.",
            _REBUILD,
        )


def write_generation(
    store: Path,
    contents: Contents,
    *,
    model: str,
    model_fingerprint: str,
    settings: Mapping[str, int | float | str],
    versions: Mapping[str, str],
    kept: int = 2,
) -> Manifest:
    """Write `contents` as the next generation and make it the live one. Call inside `build_lock`.

    `kept` generations stay, the one that was live until now among them: a running service may still read it.

    Raises StoreError, and leaves the live generation as it was, when the disk is full or cannot be written.
    """
    generations = store / "generations"
    number = 1 + max(kept_generations(store), default=0)
    partial = generations / f"{number}.partial"
    try:
        for left_over in generations.glob("*.partial"):  # of a build that was killed
            shutil.rmtree(left_over)
        partial.mkdir(parents=True)
        _write_contents(partial, contents)
        files = sorted(p.relative_to(partial).as_posix() for p in partial.rglob("*") if p.is_file())
        manifest = Manifest(
            format_version=FORMAT_VERSION,
            generation=number,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=model,
            model_fingerprint=model_fingerprint,
            dimension=contents.vectors.shape[1],
            settings=dict(settings),
            versions=dict(versions),
            documents=len(contents.documents),
            chunks=len(contents.chunks),
            search="candidates" if _is_large(contents) else "all",
            corpus_sha256=corpus_sha256(contents.documents),
            files={name: sha256_of(partial / name) for name in files},
            stamps={n: stamp_of(partial / n) for n in files if (partial / n).stat().st_size >= _LARGE_BYTES},
        )
        (partial / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
        sync(partial)
        partial.replace(_folder(store, number))
        sync_folder(generations)
        before = _name_current(store, number)
    except (OSError, sqlite3.Error, RuntimeError) as error:  # RuntimeError is FAISS's for a full disk
        shutil.rmtree(partial, ignore_errors=True)
        raise StoreError(
            f"The index could not be written to {store}: {error}. The index before it is still in use.",
            "Free some disk space or choose another --store, then run `assistant index` again.",
        ) from None
    _remove_old(store, {number, before}, kept)
    return manifest


def kept_generations(store: Path) -> list[int]:
    """The numbers of all generations in `store`, the live one among them, the oldest first."""
    return sorted(int(p.name) for p in (store / "generations").glob("*") if p.name.isdigit())


def roll_back(store: Path, number: int | None = None) -> Manifest:
    """Make the generation `number` the live one again; None is the last one before the live one.

    Raises StoreError when there is no such generation, StoreDamagedError, StoreMismatchError or StoreBusyError; the
    live one then stays.
    """
    with build_lock(store):
        live, kept = current_generation(store), kept_generations(store)
        chosen = number if number is not None else max((n for n in kept if n < live), default=None)
        if chosen is None or chosen not in kept:
            wanted = "no generation before the live one" if chosen is None else f"no generation {chosen}"
            raise StoreError(
                f"There is {wanted} in {store}, only {', '.join(map(str, kept))}; {live} is live.",
                "How many are kept is the setting `generations`.",
            )
        manifest = read_manifest(store, chosen)
        _require_whole(store, manifest)
        try:
            _name_current(store, chosen)
        except OSError as error:
            raise StoreError(f"Cannot write to {store}: {error.strerror}.", "Free some disk space.") from None
        return manifest


def corpus_sha256(documents: Sequence[Document]) -> str:
    """SHA-256 over the ids and texts of all documents, whatever their order."""
    return sha256_text("\n".join(sorted(f"{d.doc_id} {d.sha256}" for d in documents)))


def _write_contents(folder: Path, contents: Contents) -> None:
    texts = {document.doc_id: document.text for document in contents.documents}
    write_tables(
        folder / "tables.sqlite",
        contents.documents,
        ((c, sha256_text(passage)) for c, passage in zip(contents.chunks, contents.passages, strict=True)),
        ((s, sha256_text(texts[s.doc_id][s.start : s.end])) for s in contents.sentences),
    )
    places = {document.doc_id: place for place, document in enumerate(contents.documents)}
    documents = np.array([places[chunk.doc_id] for chunk in contents.chunks], np.int32)
    np.save(folder / "documents.npy", documents)
    if _is_large(contents):
        languages = _numbered([document.language for document in contents.documents])[documents]
        LargeDenseIndex.build(contents.vectors, languages).save(folder)
        LexicalIndex.build(contents.words, languages).save(folder / "lexical")
    else:
        DenseIndex.build(contents.vectors).save(folder)
        LexicalIndex.build(contents.words).save(folder / "lexical")
    sentences = SentenceVectors.build(contents.sentence_vectors, contents.sentences, contents.chunks)
    sentences.save(folder / "sentences")


def _is_large(contents: Contents) -> bool:
    return len(contents.chunks) > LARGE_CHUNKS


def _numbered(languages: Sequence[str]) -> npt.NDArray[np.int64]:
    """For each language, its place among those there are."""
    return np.asarray(np.unique(np.array(languages, str), return_inverse=True)[1], np.int64)


def _folder(store: Path, number: int) -> Path:
    return store / "generations" / str(number)


def _name_current(store: Path, number: int) -> int:
    """Make `number` the live one; the number that was."""
    try:
        before = current_generation(store)
    except StoreError:
        before = number
    partial = store / "CURRENT.partial"
    with partial.open("w", encoding="ascii") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(store / "CURRENT")
    sync_folder(store)
    return before


def _remove_old(store: Path, needed: Set[int], kept: int) -> None:
    others = [number for number in kept_generations(store) if number not in needed]
    for number in others[: max(0, len(others) + len(needed) - kept)]:
        shutil.rmtree(_folder(store, number), ignore_errors=True)
