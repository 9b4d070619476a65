"""The sentences' vectors, beside the chunks that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.records import Chunk, Sentence, Vectors


class SentenceVectors:
    """Embeddings of all sentences, and which of them lie in which chunk.

    `vectors` (n, dimension) is float16 and may stay on disk until a row is used; `ranges` (chunks, 2) holds the
    first row of each chunk's sentences and the row after its last.
    """

    def __init__(self, vectors: npt.NDArray[np.float16], ranges: npt.NDArray[np.int32]) -> None:
        if ranges.shape[1:] != (2,) or (ranges.size and not 0 <= ranges.min() <= ranges.max() <= len(vectors)):
            raise ValueError("the sentence ranges do not fit the sentence vectors")
        self._vectors = vectors
        self._ranges = ranges

    @classmethod
    def build(cls, vectors: Vectors, sentences: Sequence[Sentence], chunks: Sequence[Chunk]) -> SentenceVectors:
        """`vectors[i]` embeds `sentences[i]`; the sentences of a document are together and in reading order."""
        rows: dict[str, list[int]] = {}
        for row, sentence in enumerate(sentences):
            rows.setdefault(sentence.doc_id, []).append(row)
        places = {
            doc_id: (own[0], np.array([sentences[r].start for r in own]), np.array([sentences[r].end for r in own]))
            for doc_id, own in rows.items()
        }
        ranges = np.zeros((len(chunks), 2), np.int32)
        for number, chunk in enumerate(chunks):
            if chunk.doc_id in places:
                first, starts, ends = places[chunk.doc_id]
                ranges[number] = (
                    first + np.searchsorted(starts, chunk.start),
                    first + np.searchsorted(ends, chunk.end, side="right"),
                )
        return cls(vectors.astype(np.float16, copy=False), ranges)

    @classmethod
    def load(cls, folder: Path) -> SentenceVectors:
        """Raises OSError or ValueError when the files are not what `save` writes."""
        return cls(np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "ranges.npy"))

    def save(self, folder: Path) -> None:
        """Write both arrays to `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self._vectors)
        np.save(folder / "ranges.npy", self._ranges)

    def vectors(self, rows: Sequence[int] | slice = slice(None)) -> Vectors:
        """The embeddings in `rows`, shape (rows, dimension)."""
        return np.asarray(self._vectors[rows], np.float32)

    def best_cosines(self, query: Vectors, chunks: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The best cosine of `query`, shape (1, dimension), with a sentence of each of `chunks` (their rows).

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
            cosines = np.asarray(self._vectors[rows], np.float32) @ query[0]
            best[filled] = np.maximum.reduceat(cosines, before)
        return best
