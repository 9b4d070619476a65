"""Writes a generation while its documents come in, and makes it the live one at the end (see store.py).

Tables, vectors and the terms of passages are written to files at once; the dense and the lexical index are then made
from those files, part by part. Memory holds the terms, an id for each document, and a hash for each chunk and sentence.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import StoreError
from assistant.index import sentence_vectors as sentence_vectors_module
from assistant.index.dense import VECTORS, DenseIndex, LargeDenseIndex
from assistant.index.files import GrowingArray, sha256_of, stamp_of, sync
from assistant.index.lexical import LexicalIndex
from assistant.index.postings import Postings
from assistant.index.store import FORMAT_VERSION, generation_folder, kept_generations, name_current, numbered
from assistant.index.tables import TablesWriter
from assistant.index.text_hashes import HashRows
from assistant.records import Chunk, Document, Manifest, Sentence, Vectors, sha256_text
from assistant.storage.atomic_file import sync_folder
from assistant.text.terms import about

# An index of more chunks is searched by candidates. Measured by benchmarks/large.py: the least size at which that is
# clearly faster (benchmarks/RESULTS.md).
LARGE_CHUNKS = 30_000
# Of files as large as this, size and time of the last change tell whether they must be read to be verified: to read
# those of a million chunks takes longer than a service may take to start.
LARGE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Split:
    """A document with its chunks and sentences, which are in reading order."""

    document: Document
    chunks: Sequence[Chunk]
    sentences: Sequence[Sentence]

    def passages(self) -> list[str]:
        """Return the text that is embedded for each chunk."""
        return [chunk.text for chunk in self.chunks]

    def quotes(self) -> list[str]:
        """Return the text that is embedded for each sentence."""
        return [self.document.text[sentence.start : sentence.end] for sentence in self.sentences]

    def words(self) -> list[str]:
        """Return the text whose words are indexed for each chunk."""
        title = about(self.document)
        return ["\n".join([title, *chunk.headings, chunk.text]) for chunk in self.chunks]


class GenerationWriter:
    """Writes the next generation of `store`. To be used inside `build_lock`:

        with GenerationWriter(store, dimension) as writer:
            writer.add(…)  # any number of times
            manifest = writer.finish(…)

    An index of more than `large_chunks` chunks is built for search by candidates. For files of `large_bytes` or more,
    the manifest also records the size and the time of the last change.

    After an error, or without `finish`, nothing of the generation is left. Each method raises StoreError when the disk
    is full or cannot be written; the live generation then stays as it was.
    """

    def __init__(
        self, store: Path, dimension: int, *, large_chunks: int = LARGE_CHUNKS, large_bytes: int = LARGE_BYTES
    ) -> None:
        self._store = store
        self._dimension = dimension
        self._large_chunks, self._large_bytes = large_chunks, large_bytes
        self._number = 1 + max(kept_generations(store), default=0)
        self._partial = store / "generations" / f"{self._number}.partial"
        self._open = ExitStack()  # files
        self._languages: list[str] = []  # of the documents
        self._corpus: list[str] = []  # id and SHA-256 of each
        self._passage_rows, self._quote_rows = HashRows(), HashRows()

    def __enter__(self) -> GenerationWriter:
        try:
            with self._writing():
                self._begin()
        except BaseException:
            self._give_up()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._give_up()

    def _begin(self) -> None:
        for left_over in self._partial.parent.glob("*.partial"):  # of a build that was killed
            shutil.rmtree(left_over)
        self._partial.mkdir(parents=True)
        self._tables = self._open.enter_context(closing(TablesWriter(self._partial / "tables.sqlite")))
        self._postings = self._open.enter_context(closing(Postings(self._partial)))
        self._documents = self._array("documents.npy", np.int32)  # for each chunk, the place of its document
        self._vectors = self._array(VECTORS, np.float32, self._dimension)
        self._sentence_vectors = self._array(
            f"sentences/{sentence_vectors_module.VECTORS}", np.float16, self._dimension
        )
        self._ranges = self._array(f"sentences/{sentence_vectors_module.RANGES}", np.int32, 2)

    def _array(self, name: str, dtype: npt.DTypeLike, *row: int) -> GrowingArray:
        return self._open.enter_context(closing(GrowingArray(self._partial / name, dtype, row)))

    def _give_up(self) -> None:
        with suppress(OSError, sqlite3.Error):  # what was not written yet does not fit
            self._open.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def add(self, splits: Sequence[Split], vectors: Vectors, sentence_vectors: Vectors) -> None:
        """Add the next documents.

        `vectors` has one row for each of their chunks, `sentence_vectors` one for each sentence; both have shape (n,
        dimension) and unit length.
        """
        with self._writing():
            passage_hashes: list[str] = []
            quote_hashes: list[str] = []
            for split in splits:
                first = len(self._sentence_vectors) + len(quote_hashes)
                self._ranges.append(sentence_vectors_module.sentence_ranges(split.chunks, split.sentences, first))
                passages, sentences = [[sha256_text(t) for t in texts] for texts in (split.passages(), split.quotes())]
                self._tables.add(
                    split.document,
                    zip(split.chunks, passages, strict=True),
                    zip(split.sentences, sentences, strict=True),
                )
                self._documents.append(np.full(len(split.chunks), len(self._corpus), np.int32))
                for words in split.words():
                    self._postings.add(words)
                self._languages.append(split.document.language)
                self._corpus.append(f"{split.document.doc_id} {split.document.sha256}")
                passage_hashes += passages
                quote_hashes += sentences
            self._passage_rows.add(passage_hashes, len(self._vectors))
            self._quote_rows.add(quote_hashes, len(self._sentence_vectors))
            self._vectors.append(vectors)
            self._sentence_vectors.append(sentence_vectors)

    def exact(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors, shape (dimension,), of those of `hashes` (SHA-256 in hex) that belong to chunks added
        before."""
        with self._writing():
            return self._passage_rows.vectors(hashes, self._vectors.read)

    def rounded(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return the same for sentences, rounded to float16 as they are stored."""
        with self._writing():
            return self._quote_rows.vectors(hashes, self._sentence_vectors.read)

    def finish(
        self,
        *,
        model: str,
        model_fingerprint: str,
        settings: Mapping[str, int | float | str],
        versions: Mapping[str, str],
        kept: int = 2,
    ) -> Manifest:
        """Complete the generation and make it the live one; return its manifest.

        `kept` generations stay, including the one that was live before: a running service may still read it.
        """
        with self._writing():
            chunks = len(self._vectors)
            large = chunks > self._large_chunks
            self._index(large)
            files = sorted(p.relative_to(self._partial).as_posix() for p in self._partial.rglob("*") if p.is_file())
            stamps = {name: stamp_of(self._partial / name) for name in files}
            manifest = Manifest(
                format_version=FORMAT_VERSION,
                generation=self._number,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                model=model,
                model_fingerprint=model_fingerprint,
                dimension=self._dimension,
                settings=dict(settings),
                versions=dict(versions),
                documents=len(self._corpus),
                chunks=chunks,
                search="candidates" if large else "all",
                corpus_sha256=sha256_text("\n".join(sorted(self._corpus))),  # whatever their order
                files={name: sha256_of(self._partial / name) for name in files},
                stamps={name: stamp for name, stamp in stamps.items() if stamp[0] >= self._large_bytes},
            )
            (self._partial / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
            sync(self._partial)
            self._partial.replace(generation_folder(self._store, self._number))
            sync_folder(self._partial.parent)
            before = name_current(self._store, self._number)
        _remove_old(self._store, {self._number, before}, kept)
        return manifest

    def _index(self, large: bool) -> None:
        """Build the dense and the lexical index from the files written so far."""
        self._tables.commit()
        for array in (self._documents, self._vectors, self._sentence_vectors, self._ranges):
            array.close()
        languages = None
        if large:
            languages = numbered(self._languages)[np.load(self._partial / "documents.npy")]
            LargeDenseIndex.build(self._mapped_vectors(), languages).save(self._partial)
        else:
            DenseIndex.build(self._mapped_vectors()).save(self._partial)
            shutil.rmtree((self._partial / VECTORS).parent)  # they are in the index
        LexicalIndex.of(self._postings, languages).save(self._partial / "lexical")
        self._open.close()

    def _mapped_vectors(self) -> Vectors:
        return np.asarray(np.load(self._partial / VECTORS, mmap_mode="r"))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, RuntimeError) as error:  # RuntimeError is FAISS's for a full disk
            raise StoreError(
                f"The index could not be written to {self._store}: {error}. The index before it is still in use.",
                "Free some disk space or choose another --store, then run `assistant index` again.",
            ) from None


def _remove_old(store: Path, needed: Set[int], kept: int) -> None:
    others = [number for number in kept_generations(store) if number not in needed]
    for number in others[: max(0, len(others) + len(needed) - kept)]:
        shutil.rmtree(generation_folder(store, number), ignore_errors=True)
