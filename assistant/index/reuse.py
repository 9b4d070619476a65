"""Reuses embeddings, so that no text is embedded twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.index.dense import stored_vectors
from assistant.index.embedding_cache import EmbeddingCache
from assistant.index.files import MappedArray
from assistant.index.sentence_vectors import SentenceVectors
from assistant.index.store import open_parts
from assistant.index.tables import Tables
from assistant.index.text_hashes import HashRows
from assistant.protocols import Encoder
from assistant.records import Manifest, Vectors, sha256_text

_AT_A_TIME = 128


class VectorSource(Protocol):
    """A source of embeddings.

    Each method returns the vectors, shape (dimension,), of those of `hashes` (SHA-256 of texts, in hex) that it holds.
    """

    def exact(self, hashes: Sequence[str]) -> dict[str, Vectors]: ...
    def rounded(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Vectors of sentences, rounded to the float16 in which they are stored."""
        ...


class PreviousGeneration:
    """The documents and vectors of the generation before, which a build takes over.

    They stay on disk until they are used.
    """

    def __init__(
        self, manifest: Manifest, tables: Tables, vectors: Vectors | MappedArray, sentence_vectors: SentenceVectors
    ) -> None:
        self.manifest = manifest
        self.tables = tables
        self._vectors = vectors
        self._sentence_vectors = sentence_vectors

    @classmethod
    def open(cls, store: Path) -> PreviousGeneration:
        """Verify and open the live generation. Raises as `open_generation` does."""
        return open_parts(
            store,
            lambda folder, manifest, tables: cls(
                manifest, tables, stored_vectors(folder), SentenceVectors.load(folder / "sentences")
            ),
        )

    def exact(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """See `VectorSource`."""
        return self._passage_rows.vectors(hashes, lambda rows: self._vectors[rows])

    def rounded(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """See `VectorSource`."""
        return self._quote_rows.vectors(hashes, self._sentence_vectors.vectors)

    def close(self) -> None:
        """Close the files."""
        self.tables.close()

    @cached_property
    def _passage_rows(self) -> HashRows:
        return _rows(self.tables.passage_hashes())

    @cached_property
    def _quote_rows(self) -> HashRows:
        return _rows(self.tables.sentence_hashes())


def embeddings(
    encoder: Encoder,
    passages: Sequence[str],
    quotes: Sequence[str],
    known: Sequence[VectorSource],
    cache: EmbeddingCache,
    on_progress: Callable[[int, int], None],
) -> tuple[Vectors, Vectors]:
    """Return the vectors of `passages`, shape (len(passages), dimension), and of `quotes`, shape (len(quotes),
    dimension).

    Those of `quotes` may be rounded to the float16 in which they are stored. A text that is neither `known` nor in
    `cache` is embedded once and put into `cache` at once: an interrupted build loses at most the last few.
    `on_progress` is called with the number of characters embedded, and of all to embed.
    """
    passage_hashes, quote_hashes = [[sha256_text(text) for text in texts] for texts in (passages, quotes)]
    texts = dict(zip([*passage_hashes, *quote_hashes], [*passages, *quotes], strict=True))
    vectors: dict[str, Vectors] = {}
    for place in known:
        vectors |= place.exact([h for h in texts if h not in vectors])
    only_quotes = texts.keys() - set(passage_hashes)  # what is only known rounded is not known for a passage
    for place in known:
        vectors |= place.rounded([h for h in texts if h in only_quotes and h not in vectors])
    vectors |= cache.get([h for h in texts if h not in vectors])
    todo = sorted((h for h in texts if h not in vectors), key=lambda h: len(texts[h]))  # alike lengths: no padding
    done, total = 0, sum(len(texts[h]) for h in todo)
    for first in range(0, len(todo), _AT_A_TIME):
        some = todo[first : first + _AT_A_TIME]
        made = encoder.embed_passages([texts[h] for h in some])
        cache.put(some, made)
        vectors.update(zip(some, made, strict=True))
        done += sum(len(texts[h]) for h in some)
        on_progress(done, total)
    return _stacked([vectors[h] for h in passage_hashes], encoder), _stacked(
        [vectors[h] for h in quote_hashes], encoder
    )


def _rows(hashes: Iterable[list[str]]) -> HashRows:
    rows = HashRows()
    first = 0
    for some in hashes:
        rows.add(some, first)
        first += len(some)
    return rows


def _stacked(vectors: Sequence[Vectors], encoder: Encoder) -> Vectors:
    return np.array(vectors, np.float32).reshape(-1, encoder.dimension)
