"""The vectors of sentences, by the chunks that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.index.files import MAPPED_BYTES, MappedArray
from assistant.records import Chunk, Sentence, Vectors

VECTORS, RANGES = "vectors.npy", "ranges.npy"


def sentence_ranges(chunks: Sequence[Chunk], sentences: Sequence[Sentence], first: int) -> npt.NDArray[np.int32]:
    """Return for each chunk of a document the row of its first sentence and the row after its last, shape (chunks, 2).

    `sentences` are those of the document in reading order; their rows begin at `first`.
    """
    if not sentences:
        return np.zeros((len(chunks), 2), np.int32)
    starts, ends = [s.start for s in sentences], [s.end for s in sentences]
    ranges = [
        np.searchsorted(starts, [c.start for c in chunks]),
        np.searchsorted(ends, [c.end for c in chunks], side="right"),
    ]
    return np.asarray(first + np.stack(ranges, axis=1), np.int32)


class SentenceVectors:
    """The embeddings of all sentences, and the sentences of each chunk.

    `vectors`, shape (n, dimension), is float16 and may stay on disk until a row is used. `ranges`, shape (chunks, 2),
    holds the first row of each chunk's sentences and the row after its last.
    """

    def __init__(self, vectors: npt.NDArray[np.float16] | MappedArray, ranges: npt.NDArray[np.int32]) -> None:
        if ranges.shape[1:] != (2,) or (ranges.size and not 0 <= ranges.min() <= ranges.max() <= len(vectors)):
            raise ValueError("the sentence ranges do not fit the sentence vectors")
        self._vectors = vectors
        self._ranges = ranges

    @classmethod
    def load(cls, folder: Path) -> SentenceVectors:
        """Open the arrays in `folder`. Raises OSError or ValueError when the files are no such arrays."""
        return cls(MappedArray(folder / VECTORS, MAPPED_BYTES), np.load(folder / RANGES))

    def vectors(self, rows: Sequence[int] | npt.NDArray[np.int32] | slice = slice(None)) -> Vectors:
        """Return the embeddings in `rows`, shape (rows, dimension)."""
        return np.asarray(self._vectors[rows], np.float32)

    def best_cosines(self, query: Vectors, chunks: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return for each of `chunks` (rows) the best cosine of `query`, shape (1, dimension), with one of its
        sentences.

        Shape (chunks,); -1 for a chunk without sentences.
        """
        best = np.full(len(chunks), -1, np.float32)
        ranges = self._ranges[chunks]
        sizes = np.maximum(ranges[:, 1] - ranges[:, 0], 0)
        filled = np.flatnonzero(sizes)
        if len(filled):
            sizes = sizes[filled]
            before = np.cumsum(sizes) - sizes  # sentences of the chunks before each
            rows = np.repeat(ranges[filled, 0] - before, sizes) + np.arange(sizes.sum())
            # Not by BLAS: its threads would keep a core busy while they wait for more.
            cosines = np.vecdot(np.asarray(self._vectors[rows], np.float32), query[0])
            best[filled] = np.maximum.reduceat(cosines, before)
        return best
