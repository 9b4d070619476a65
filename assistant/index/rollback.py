"""Goes back to an earlier generation. Documents that were removed stay removed: the generation is copied without them.

A copy takes over the vectors. Nothing is embedded, so no model is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import StoreError
from assistant.index.dense import stored_vectors
from assistant.index.files import MappedArray
from assistant.index.generation_writer import GenerationWriter, Split
from assistant.index.sentence_vectors import SentenceVectors
from assistant.index.store import (
    build_lock,
    current_generation,
    kept_generations,
    name_current,
    open_parts,
    read_manifest,
    require_whole,
)
from assistant.index.tables import Tables
from assistant.index.tombstones import read_removed
from assistant.records import Chunk, Manifest, Vectors

_TEXTS_AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The manifest of the generation that is live now, and the removed documents that were left out of it."""

    manifest: Manifest
    left_out: tuple[str, ...]


def roll_back(store: Path, number: int | None = None, *, kept: int = 2) -> RolledBack:
    """Make the generation `number` the live one again, by default the last one before the live one.

    When it holds documents that were removed, a copy without them is written and becomes the live one; `kept`
    generations then stay, as after a build.

    Raises StoreError when there is no such generation or all its documents were removed, StoreDamagedError,
    StoreMismatchError or StoreBusyError; the live generation then stays.
    """
    with build_lock(store):
        live, numbers = current_generation(store), kept_generations(store)
        chosen = number if number is not None else max((n for n in numbers if n < live), default=None)
        if chosen is None or chosen not in numbers:
            wanted = "no generation before the live one" if chosen is None else f"no generation {chosen}"
            raise StoreError(
                f"There is {wanted} in {store}, only {', '.join(map(str, numbers))}; {live} is live.",
                "How many are kept is the setting `generations`.",
            )
        manifest = read_manifest(store, chosen)
        require_whole(store, manifest)
        removed = held_by(store, chosen, read_removed(store))
        if removed:
            return RolledBack(copy_without(store, chosen, removed, kept=kept), tuple(sorted(removed)))
        try:
            name_current(store, chosen)
        except OSError as error:
            raise StoreError(f"Cannot write to {store}: {error.strerror}.", "Free some disk space.") from None
        return RolledBack(manifest, ())


def held_by(store: Path, number: int, doc_ids: Set[str]) -> frozenset[str]:
    """Return those of `doc_ids` that the generation `number` holds. Raises as `open_generation` does."""
    if not doc_ids:
        return frozenset()
    tables = open_parts(store, lambda _folder, _manifest, tables: tables, number)
    with closing(tables):
        return frozenset(doc_ids & set(tables.doc_ids()))


@dataclass(frozen=True, slots=True)
class _Source:
    """The parts of the generation that is copied; `documents` gives for each chunk the place of its document."""

    manifest: Manifest
    tables: Tables
    vectors: Vectors | MappedArray
    sentence_vectors: SentenceVectors
    documents: npt.NDArray[np.int32]

    def splits(self, left_out: Set[str]) -> Iterator[tuple[Split, list[int], list[int]]]:
        """Yield each document that is not left out, with the rows of its chunks and of its sentences."""
        for place, document in enumerate(self.tables.documents()):
            if document.doc_id in left_out:
                continue
            first, after = np.searchsorted(self.documents, [place, place + 1]).tolist()
            chunks: list[Chunk] = [self.tables.chunk(row) for row in range(first, after)]
            sentences = self.tables.sentences_of(document.doc_id)
            split = Split(document, chunks, [sentence for _, sentence in sentences])
            yield split, list(range(first, after)), [row for row, _ in sentences]


def copy_without(store: Path, number: int, left_out: Set[str], *, kept: int) -> Manifest:
    """Write the generation `number` without the documents `left_out` as the next one, and make it the live one.

    To be used inside `build_lock`. `kept` is that of `GenerationWriter.finish`. Returns the new manifest.

    Raises StoreError when no document would be left, and as `open_generation` and GenerationWriter do; the live
    generation then stays.
    """

    def opened(folder: Path, manifest: Manifest, tables: Tables) -> _Source:
        sentence_vectors = SentenceVectors.load(folder / "sentences")
        return _Source(manifest, tables, stored_vectors(folder), sentence_vectors, np.load(folder / "documents.npy"))

    source = open_parts(store, opened, number)
    with closing(source.tables):
        if left_out >= set(source.tables.doc_ids()):
            raise StoreError(
                f"All documents of generation {number} were removed.", "Let them in: `assistant remove --restore ID`."
            )
        manifest = source.manifest
        with GenerationWriter(store, manifest.dimension) as writer:
            _copy(source, left_out, writer)
            return writer.finish(
                model=manifest.model,
                model_fingerprint=manifest.model_fingerprint,
                settings=manifest.settings,
                versions=manifest.versions,
                kept=kept,
            )


def _copy(source: _Source, left_out: Set[str], writer: GenerationWriter) -> None:
    splits: list[Split] = []
    chunk_rows: list[int] = []
    sentence_rows: list[int] = []

    def flush() -> None:
        vectors = np.asarray(source.vectors[chunk_rows], np.float32).reshape(-1, source.manifest.dimension)
        quotes = source.sentence_vectors.vectors(sentence_rows).reshape(-1, source.manifest.dimension)
        writer.add(splits, vectors, quotes)
        for rows in (splits, chunk_rows, sentence_rows):
            rows.clear()

    for split, chunks, sentences in source.splits(left_out):
        splits.append(split)
        chunk_rows += chunks
        sentence_rows += sentences
        if len(chunk_rows) + len(sentence_rows) >= _TEXTS_AT_A_TIME:
            flush()
    flush()
