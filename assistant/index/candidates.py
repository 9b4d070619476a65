"""Comparing the sub-queries of a question with the chunks of an index: with all of a small one, with candidates of a
large one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from assistant.index.dense import DenseIndex, LargeDenseIndex
from assistant.index.lexical import LexicalIndex
from assistant.protocols import Compared, Matches
from assistant.records import Vectors

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Admitted = npt.NDArray[np.bool_]
Query = tuple[str, Vectors]
"""A text and its embedding, shape (1, dimension)."""


class ExhaustiveComparer:
    """Compares every chunk; `languages` (n,) holds the number of each one's language, from 0."""

    def __init__(self, dense: DenseIndex | LargeDenseIndex, lexical: LexicalIndex, languages: Rows) -> None:
        self._dense = dense
        self._lexical = lexical
        self._languages = languages
        self._language_counts = np.bincount(languages)

    def compare(self, queries: Sequence[Query], admitted: Admitted | None = None) -> Compared:
        """Compare all chunks, or those `admitted` (n,) is true of, with each of `queries`."""
        rows = np.arange(len(self._languages)) if admitted is None else np.flatnonzero(admitted)
        matches = tuple(self._matches(text, vector, rows) for text, vector in queries)
        return Compared(rows, self._languages[rows], self._language_counts, matches)

    def _matches(self, text: str, vector: Vectors, rows: Rows) -> Matches:
        cosines, bm25 = self._dense.scores(vector), self._lexical.scores(text)
        return Matches(cosines[rows], bm25[rows], self._sums(cosines), self._sums(bm25), self._lexical.idf_sum(text))

    def _sums(self, scores: Scores) -> npt.NDArray[np.float64]:
        """The sum of the `scores` (n,) of each language's chunks."""
        return np.asarray(np.bincount(self._languages, weights=scores), np.float64)


class CandidateComparer:
    """Compares the nearest chunks and those that share most words, in an index that was built for it.

    `languages` is as in ExhaustiveComparer. `from_each` chunks are taken by meaning, and as many by words:
    benchmarks/large.py measures their recall (docs/experiments/large-indexes.md has that of fewer). Where a filter
    admits at most `few` chunks, all of them are compared: candidates cost more than they save there, as
    benchmarks/large.py measures.
    """

    def __init__(
        self, dense: LargeDenseIndex, lexical: LexicalIndex, languages: Rows, from_each: int = 1000, few: int = 10_000
    ) -> None:
        self._dense = dense
        self._lexical = lexical
        self._languages = languages
        self._from_each, self._few = from_each, few

    def compare(self, queries: Sequence[Query], admitted: Admitted | None = None) -> Compared:
        """Compare the candidates of all `queries`, of the chunks that `admitted` (n,) is true of, with each of them."""
        rows = np.unique(np.concatenate([self.rows(text, vector, admitted) for text, vector in queries]))
        matches = tuple(self._matches(text, vector, rows) for text, vector in queries)
        return Compared(rows, self._languages[rows], self._dense.language_counts, matches)

    def rows(self, text: str, vector: Vectors, admitted: Admitted | None = None) -> Rows:
        """The chunks, ascending, that are near `vector`, shape (1, dimension), or share words with `text`; of those
        that `admitted` (n,) is true of."""
        if admitted is not None and np.count_nonzero(admitted) <= self._few:
            return np.flatnonzero(admitted)
        # FAISS lets another thread work while it reads the codes; a thread takes 0.1 ms to start.
        with ThreadPoolExecutor(1, "candidates") as beside:
            near = beside.submit(self._dense.candidates, vector, self._from_each, admitted)
            return np.union1d(self._lexical.candidates(text, self._from_each, admitted), near.result())

    def _matches(self, text: str, vector: Vectors, rows: Rows) -> Matches:
        return Matches(
            self._dense.scores(vector, rows),
            self._lexical.scores(text, rows),
            self._dense.language_sums(vector),
            self._lexical.language_sums(text),
            self._lexical.idf_sum(text),
        )
