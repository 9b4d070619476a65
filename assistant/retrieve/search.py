"""Query → Hits: all chunks by meaning and by words, then the best of them by their sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.records import Chunk, Hit, Vectors
from assistant.retrieve.fuse import Scores, fuse, language_lift


@dataclass(frozen=True, slots=True)
class Probe:
    """A text to search with: its embedding, shape (1, dimension), and what it and its words count for."""

    text: str
    vector: Vectors
    weight: float
    lexical_weight: float


class DenseSide(Protocol):
    """Vectors that can be compared with a query's."""

    def scores(self, query: Vectors, /) -> Scores: ...


class LexicalSide(Protocol):
    """Words that can be compared with a query's."""

    def scores(self, query: str, /) -> Scores: ...
    def mass(self, query: str, /) -> float: ...


class SentenceSide(Protocol):
    """Vectors of the chunks' sentences."""

    def best_cosines(self, query: Vectors, chunks: npt.NDArray[np.int64], /) -> Scores: ...


# So many chunks are compared by their sentences too; beyond them a sentence would hardly lift a chunk to the top.
_COMPARED = 200
# What the best sentence counts for in a chunk's similarity, against the chunk as a whole (docs/experiments.md).
_SENTENCE_SHARE = 0.6


def search(
    probes: Sequence[Probe],
    dense: DenseSide,
    lexical: LexicalSide,
    sentences: SentenceSide,
    languages: npt.NDArray[np.int64],
    chunk_at: Callable[[int], Chunk],
    *,
    k: int,
    admitted: npt.NDArray[np.bool_] | None = None,
) -> tuple[Hit, ...]:
    """The `k` best chunks, best first, by the fused score; equal scores in the order of the documents.

    The scores of several probes are averaged by their weights. Row i of every side is `chunk_at(i)`, and its language
    the number `languages[i]`: a chunk is compared with the others of its language first. A chunk is as near as it is
    itself and as its nearest sentence: one sentence that answers is what is looked for, and in a chunk of ten it has
    little weight. Where `admitted` is given, only chunks of which it is true are found.
    """
    total = sum(probe.weight for probe in probes)
    shares = [(probe, np.float32(probe.weight / total)) for probe in probes]
    cosines = [share * dense.scores(probe.vector) for probe, share in shares]
    words = [share * lexical.scores(probe.text) for probe, share in shares]
    cosine, bm25 = np.sum(cosines, axis=0), np.sum(words, axis=0)
    fused = np.sum(
        [
            fuse(near, shared, lexical.mass(probe.text), probe.lexical_weight)
            for near, shared, probe in zip(cosines, words, probes, strict=True)
        ],
        axis=0,
    )
    lift = language_lift(fused, languages)
    fused += lift
    if admitted is not None:
        fused[~admitted] = -np.inf
    best_first = np.argsort(-fused, kind="stable")[: max(k, _COMPARED)]
    compared = np.sort(best_first[np.isfinite(fused[best_first])])
    nearest = np.sum([share * sentences.best_cosines(probe.vector, compared) for probe, share in shares], axis=0)
    fused[compared] += _SENTENCE_SHARE * (nearest - cosine[compared])
    best = compared[np.argsort(-fused[compared], kind="stable")][:k]
    return tuple(
        Hit(chunk_at(int(row)), float(fused[row]), rank, float(cosine[row]), float(bm25[row]), float(lift[row]))
        for rank, row in enumerate(best, start=1)
    )
