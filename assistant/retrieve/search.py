"""Query → Hits: chunks by meaning and by words, then the best of them by their sentences.

All chunks are compared; of a large index, candidates, which each side finds without looking at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.records import Chunk, Hit, Vectors
from assistant.retrieve.fusion import Scores, fuse, language_offsets, offsets_by_language

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A text to search with: its embedding, shape (1, dimension), and what it and its words count for."""

    text: str
    vector: Vectors
    weight: float
    lexical_weight: float


class DenseSide(Protocol):
    """Vectors that can be compared with a query's, those of some rows or of all."""

    def scores(self, query: Vectors, rows: Rows | None = None, /) -> Scores: ...


class LexicalSide(Protocol):
    """Words that can be compared with a query's, those of some rows or of all."""

    def scores(self, query: str, rows: Rows | None = None, /) -> Scores: ...
    def idf_sum(self, query: str, /) -> float: ...


class SentenceSide(Protocol):
    """Vectors of the chunks' sentences."""

    def best_cosines(self, query: Vectors, chunks: Rows, /) -> Scores: ...


class Candidates(Protocol):
    """What is known of an index too large to compare all its chunks."""

    @property
    def language_counts(self) -> Rows:
        """How many chunks there are of each language."""
        ...

    def language_sums(self, vector: Vectors, text: str, /) -> tuple[Scores, Scores]:
        """For each language, the sums of the cosines with `vector` and of the BM25 scores for `text`, over all
        chunks."""
        ...

    def rows(self, vector: Vectors, text: str, admitted: npt.NDArray[np.bool_] | None, /) -> Rows:
        """The chunks, ascending, of which some may be the best for `vector` and `text`."""
        ...


# The number of best chunks that are compared by their sentences too. Fitted, as the weight below, by
# benchmarks/tune/retrieval.py.
_COMPARED = 200
# Weight of the best sentence in a chunk's similarity; the rest is the chunk as a whole.
_SENTENCE_SHARE = 0.6


def search(
    sub_queries: Sequence[SubQuery],
    dense: DenseSide,
    lexical: LexicalSide,
    sentences: SentenceSide,
    languages: npt.NDArray[np.int64],
    chunk_at: Callable[[int], Chunk],
    *,
    k: int,
    admitted: npt.NDArray[np.bool_] | None = None,
    candidates: Candidates | None = None,
) -> tuple[Hit, ...]:
    """The `k` best chunks, best first, by the fused score; equal scores in the order of the documents.

    The scores of several sub-queries are averaged by their weights. Row i of every side is `chunk_at(i)`, and its
    language the number `languages[i]`: a chunk is compared with the others of its language first. A chunk is as near
    as it is itself and as its nearest sentence: one sentence that answers is what is looked for, and in a chunk of ten
    it has little weight. Where `admitted` is given, only chunks of which it is true are found. Where `candidates` is
    given, only those are compared, by the same scores.
    """
    total = sum(sub_query.weight for sub_query in sub_queries)
    shares = [(sub_query, np.float32(sub_query.weight / total)) for sub_query in sub_queries]
    rows = None if candidates is None else _candidate_rows(sub_queries, candidates, admitted)
    cosines = [share * dense.scores(sub_query.vector, rows) for sub_query, share in shares]
    words = [share * lexical.scores(sub_query.text, rows) for sub_query, share in shares]
    cosine, bm25 = np.sum(cosines, axis=0), np.sum(words, axis=0)
    fused = _fused(sub_queries, cosines, words, lexical)
    if candidates is None or rows is None:
        language_offset = language_offsets(fused, languages)
    else:
        sums = [candidates.language_sums(sub_query.vector, sub_query.text) for sub_query in sub_queries]
        near, shared = (
            [share * side for (_, share), side in zip(shares, sides, strict=True)] for sides in zip(*sums, strict=True)
        )
        by_language = offsets_by_language(_fused(sub_queries, near, shared, lexical), candidates.language_counts)
        language_offset = by_language[languages[rows]].astype(np.float32)
    fused += language_offset
    if admitted is not None:
        fused[~(admitted if rows is None else admitted[rows])] = -np.inf
    best_first = np.argsort(-fused, kind="stable")[: max(k, _COMPARED)]
    compared = np.sort(best_first[np.isfinite(fused[best_first])])
    chunks = compared if rows is None else rows[compared]
    nearest = np.sum([share * sentences.best_cosines(sub_query.vector, chunks) for sub_query, share in shares], axis=0)
    fused[compared] += _SENTENCE_SHARE * (nearest - cosine[compared])
    order = np.argsort(-fused[compared], kind="stable")[:k]
    return tuple(
        Hit(
            chunk_at(int(chunk)), float(fused[at]), rank, float(cosine[at]), float(bm25[at]), float(language_offset[at])
        )
        for rank, (at, chunk) in enumerate(zip(compared[order], chunks[order], strict=True), start=1)
    )


def _candidate_rows(
    sub_queries: Sequence[SubQuery], candidates: Candidates, admitted: npt.NDArray[np.bool_] | None
) -> Rows:
    return np.unique(
        np.concatenate([candidates.rows(sub_query.vector, sub_query.text, admitted) for sub_query in sub_queries])
    )


def _fused(
    sub_queries: Sequence[SubQuery], cosines: Sequence[Scores], words: Sequence[Scores], lexical: LexicalSide
) -> Scores:
    fused = [
        fuse(near, shared, lexical.idf_sum(sub_query.text), sub_query.lexical_weight)
        for near, shared, sub_query in zip(cosines, words, sub_queries, strict=True)
    ]
    return np.asarray(np.sum(fused, axis=0), np.float32)
