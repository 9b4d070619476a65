"""Finds the chunks for a query by embeddings and by words, and ranks the best of them again by their sentences.

The index decides which chunks are compared: all of them, or candidates in a large index (index/candidates.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.protocols import Compared
from assistant.records import Chunk, Hit, Vectors
from assistant.retrieve.fusion import Scores, fuse, offsets_by_language

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A text to search with: its embedding, shape (1, dimension), its weight, and the weight of its lexical score."""

    text: str
    vector: Vectors
    weight: float
    lexical_weight: float


class Comparer(Protocol):
    """Compares the chunks of an index with texts and their embeddings."""

    def compare(
        self, queries: Sequence[tuple[str, Vectors]], admitted: npt.NDArray[np.bool_] | None = None, /
    ) -> Compared:
        """Compare the chunks that `admitted` (n,) is true of, or those of them that may be among the best."""
        ...


class SentenceSide(Protocol):
    """The embeddings of the sentences. `best_cosines` returns the highest cosine in each chunk, shape (chunks,)."""

    def best_cosines(self, query: Vectors, chunks: Rows, /) -> Scores: ...


# The number of best chunks that are compared by their sentences too. Fitted, as the weight below, by
# benchmarks/tune/retrieval.py.
_COMPARED = 200
# Weight of the best sentence in a chunk's similarity; the rest is the chunk as a whole.
_SENTENCE_SHARE = 0.6


def search(
    sub_queries: Sequence[SubQuery],
    comparer: Comparer,
    sentences: SentenceSide,
    chunk_at: Callable[[int], Chunk],
    *,
    k: int,
    admitted: npt.NDArray[np.bool_] | None = None,
) -> tuple[Hit, ...]:
    """Return the `k` best chunks by fused score, best first; equal scores are in the order of the documents.

    Row i of `comparer` and `sentences` is the chunk `chunk_at(i)`. The scores of the sub-queries are averaged by
    weight, and the offset of the chunk's language is added. The score of a chunk combines the cosine of the chunk with
    that of its nearest sentence, because one sentence that answers has little weight in a chunk of ten. `admitted`
    masks the rows that may be found.
    """
    total = sum(sub_query.weight for sub_query in sub_queries)
    shares = [np.float32(sub_query.weight / total) for sub_query in sub_queries]
    compared = comparer.compare([(sub_query.text, sub_query.vector) for sub_query in sub_queries], admitted)
    weighed = tuple(zip(sub_queries, shares, compared.matches, strict=True))
    cosine = np.sum([share * own.cosines for _, share, own in weighed], axis=0)
    bm25 = np.sum([share * own.bm25 for _, share, own in weighed], axis=0)
    fused = np.sum(
        [
            fuse(share * own.cosines, share * own.bm25, own.idf_sum, sub_query.lexical_weight)
            for sub_query, share, own in weighed
        ],
        axis=0,
    )
    sums = [
        fuse(share * own.cosine_sums, share * own.bm25_sums, own.idf_sum, sub_query.lexical_weight)
        for sub_query, share, own in weighed
    ]
    language_offset = offsets_by_language(np.sum(sums, axis=0), compared.language_counts)[compared.languages].astype(
        np.float32
    )
    fused += language_offset
    best = np.sort(np.argsort(-fused, kind="stable")[: max(k, _COMPARED)])
    rows = compared.rows[best]
    nearest = np.sum(
        [share * sentences.best_cosines(sub_query.vector, rows) for sub_query, share, _ in weighed], axis=0
    )
    fused[best] += _SENTENCE_SHARE * (nearest - cosine[best])
    order = best[np.argsort(-fused[best], kind="stable")[:k]]
    found = zip(compared.rows[order], order, strict=True)
    return tuple(
        Hit(chunk_at(int(row)), float(fused[at]), rank, float(cosine[at]), float(bm25[at]), float(language_offset[at]))
        for rank, (row, at) in enumerate(found, start=1)
    )
