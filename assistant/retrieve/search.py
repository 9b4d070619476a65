"""Query → Hits, over all chunks by meaning and by words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from assistant.records import Chunk, Hit, Vectors
from assistant.retrieve.fuse import Scores, fuse


class DenseSide(Protocol):
    """Vectors that can be compared with a query's."""

    def scores(self, query: Vectors, /) -> Scores: ...


class LexicalSide(Protocol):
    """Words that can be compared with a query's."""

    def scores(self, query: str, /) -> Scores: ...
    def mass(self, query: str, /) -> float: ...


def search(
    query: str,
    vector: Vectors,
    dense: DenseSide,
    lexical: LexicalSide,
    chunk_at: Callable[[int], Chunk],
    *,
    k: int,
    lexical_weight: float,
) -> tuple[Hit, ...]:
    """The `k` best chunks, best first, by the fused score; equal scores in the order of the documents.

    `vector` is the embedded query, shape (1, dimension); row i of both sides is `chunk_at(i)`.
    """
    cosine = dense.scores(vector)
    bm25 = lexical.scores(query)
    fused = fuse(cosine, bm25, lexical.mass(query), lexical_weight)
    best = np.argsort(-fused, kind="stable")[:k]
    return tuple(
        Hit(chunk_at(int(row)), float(fused[row]), rank, float(cosine[row]), float(bm25[row]))
        for rank, row in enumerate(best, start=1)
    )
