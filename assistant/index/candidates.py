"""Which chunks of a large index are worth comparing with a question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.index.dense import LargeDenseIndex
from assistant.index.lexical import LexicalIndex
from assistant.records import Vectors

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

# Reading the codes lets another thread work meanwhile.
_beside = ThreadPoolExecutor(thread_name_prefix="candidates")


@dataclass(frozen=True, slots=True)
class LargeCandidates:
    """The nearest chunks and those that share most words, out of an index that was built for it.

    `from_each` chunks are taken by meaning, and as many by words: benchmarks/large.py measures their recall
    (docs/experiments/large-indexes.md has that of fewer). Where a filter admits at most `few` chunks, all of them are
    compared: candidates cost more than they save there, as benchmarks/large.py measures.
    """

    dense: LargeDenseIndex
    lexical: LexicalIndex
    from_each: int = 1000
    few: int = 10_000

    @property
    def language_counts(self) -> Rows:
        """How many chunks there are of each language."""
        return self.dense.language_counts

    def language_sums(self, vector: Vectors, text: str) -> tuple[Scores, Scores]:
        """For each language, the sums of the cosines with `vector` and of the BM25 scores for `text`, over all
        chunks."""
        return self.dense.language_sums(vector), self.lexical.language_sums(text)

    def rows(self, vector: Vectors, text: str, admitted: npt.NDArray[np.bool_] | None = None) -> Rows:
        """The chunks, ascending, that are near `vector`, shape (1, dimension), or share words with `text`; only some
        that `admitted` (n,) is true of, where it is given."""
        if admitted is not None and np.count_nonzero(admitted) <= self.few:
            return np.flatnonzero(admitted)
        near = _beside.submit(self.dense.candidates, vector, self.from_each, admitted)
        return np.union1d(self.lexical.candidates(text, self.from_each, admitted), near.result())
