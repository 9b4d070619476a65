"""Matching words by BM25 (Lucene variant), accents optional."""

from __future__ import annotations

import json
import math
import mmap
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.index.files import MAPPED_BYTES, give_back
from assistant.index.postings import Postings
from assistant.text.terms import terms_of

_EMPTY = "empty.json"
_SUMS = "language_sums.npy"
_TOGETHER = 64  # scores of a group, whose highest is looked at first
_AT_A_TIME = 1 << 22  # postings

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 over passages, in the order they were given.

    Of a large index, `sums` (terms, languages) holds for each term the sums of its scores by language; `maps` are those
    that its files are read through.
    """

    def __init__(
        self, bm25: bm25s.BM25 | None, size: int, sums: Scores | None = None, maps: Sequence[mmap.mmap] = ()
    ) -> None:
        self._size = size
        self._ids: dict[str, int] = bm25.vocab_dict if bm25 else {}
        self._bm25 = bm25
        self._sums = sums
        self._maps = maps

    @classmethod
    def build(cls, passages: Iterable[str], languages: Rows | None = None) -> LexicalIndex:
        """Index `passages`; see `of`."""
        with closing(Postings()) as postings:
            for passage in passages:
                postings.add(passage)
            return cls.of(postings, languages)

    @classmethod
    def of(cls, postings: Postings, languages: Rows | None = None) -> LexicalIndex:
        """Index the passages of `postings`; ones without any word never match. `languages`, a number from 0 for each
        passage, are given for a large index, one that will be asked for `candidates`.

        Raises OSError when the disk is full.
        """
        if postings.empty:
            sums = None if languages is None else np.zeros((0, int(languages.max()) + 1), np.float32)
            return cls(None, len(postings), sums)
        bm25 = bm25s.BM25(method="lucene")
        # What its own `index` makes in memory, several times over.
        terms, arrays = postings.sorted(bm25.k1, bm25.b)
        bm25.scores = {**arrays, "num_docs": len(postings)}
        bm25.vocab_dict = dict(zip([*terms, ""], range(len(terms) + 1), strict=True))
        bm25.nonoccurrence_array = None
        return cls(bm25, len(postings), None if languages is None else _language_sums(bm25, languages))

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Raises OSError or ValueError when the files are not an index."""
        sums = np.load(folder / _SUMS) if (folder / _SUMS).is_file() else None
        if (folder / _EMPTY).is_file():
            return cls(None, int(json.loads((folder / _EMPTY).read_text("utf-8"))), sums)
        bm25 = bm25s.BM25.load(folder, load_corpus=False, mmap=True)
        maps = []
        for name in ("data", "indices", "indptr"):
            maps.append(bm25.scores[name].base)
            bm25.scores[name] = np.asarray(bm25.scores[name])  # still mapped, without what makes a memmap slow to slice
        return cls(bm25, int(bm25.scores["num_docs"]), sums, maps)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        folder.mkdir()
        if self._bm25 is None:
            (folder / _EMPTY).write_text(json.dumps(self._size), "utf-8")
        else:
            self._bm25.save(folder, show_progress=False)
        if self._sums is not None:
            np.save(folder / _SUMS, self._sums)

    def __len__(self) -> int:
        return self._size

    def scores(self, query: str, rows: Rows | None = None) -> Scores:
        """BM25 score of the passages in `rows`, which ascend, or of all; shape (rows,); 0 where no word is shared."""
        known = [term for term in terms_of(query) if term in self._ids]
        if self._bm25 is None or not known:
            return np.zeros(self._size if rows is None else len(rows), np.float32)
        if rows is None:
            return np.asarray(self._bm25.get_scores(known), np.float32)
        scores = np.zeros(len(rows), np.float32)
        wanted = rows.astype(self._bm25.scores["indices"].dtype)  # searching for another type would copy all postings
        for term, times in Counter(known).items():
            places, values = self._postings(term)
            at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
            scores += np.where(places[at] == wanted, times * values[at], np.float32(0))
        return scores

    def candidates(self, query: str, count: int, admitted: npt.NDArray[np.bool_] | None = None) -> Rows:
        """Rows of the `count` passages that match best, fewer where fewer match, of those `admitted` (n,)."""
        scores = self.scores(query)
        if admitted is not None:
            scores *= admitted
        found = _best(scores, count)
        if len(found) > count:
            found = np.sort(found[np.argpartition(-scores[found], count - 1)[:count]])
        give_back(MAPPED_BYTES, *self._maps)
        return found

    def language_sums(self, query: str) -> Scores:
        """For each language, the sum of the scores of all its passages. For a large index."""
        assert self._sums is not None, "not built as a large index"
        known = [self._ids[term] for term in terms_of(query) if term in self._ids]
        return np.asarray(self._sums[np.array(known, np.int64)].sum(axis=0), np.float32)

    def idf_sum(self, query: str) -> float:
        """Sum of the terms' idf: about what a passage with every term of `query` once would score."""
        return sum(self.idf(token) for token in terms_of(query))

    def idf(self, token: str) -> float:
        """Inverse document frequency (Lucene's) of one term; highest for an unseen one."""
        count = self._count(token) if token in self._ids else 0
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))

    def _count(self, term: str) -> int:
        return len(self._postings(term)[0])

    def _postings(self, term: str) -> tuple[npt.NDArray[np.int32], Scores]:
        """The passages that hold a known `term`, ascending, and its score in each."""
        assert self._bm25 is not None
        arrays, row = self._bm25.scores, self._ids[term]
        some = slice(int(arrays["indptr"][row]), int(arrays["indptr"][row + 1]))
        return arrays["indices"][some], arrays["data"][some]


def _best(scores: Scores, count: int) -> Rows:
    """Places, ascending, of the `count` highest scores above 0, and of some more; of fewer where there are fewer.

    A pass over all is quick, sorting all is not: none of them is below the last of the `count` best groups' highest.
    """
    size = len(scores) // _TOGETHER
    groups = scores[: size * _TOGETHER].reshape(_TOGETHER, size)  # a group is a column: rows are compared at a time
    highest = np.append(groups.max(axis=0), scores[size * _TOGETHER :])
    lowest = float(np.partition(highest, -count)[-count]) if len(highest) >= count else 0.0
    if lowest <= 0:
        return np.flatnonzero(scores > 0)
    best = np.flatnonzero(highest >= lowest)
    inside = best[best < size]
    places = np.append(np.add.outer(np.arange(_TOGETHER) * size, inside), best[len(inside) :] + size * (_TOGETHER - 1))
    return np.sort(places[scores[places] >= lowest])


def _language_sums(bm25: bm25s.BM25, languages: Rows) -> Scores:
    """For each term, the sums of its scores by language."""
    data, places, starts = (bm25.scores[name] for name in ("data", "indices", "indptr"))
    count = int(languages.max()) + 1
    sums = np.zeros((len(starts) - 1, count), np.float32)
    first = 0
    while first < len(sums):
        after = max(first + 1, int(np.searchsorted(starts, starts[first] + _AT_A_TIME, side="right")) - 1)
        some = slice(int(starts[first]), int(starts[after]))
        terms = np.repeat(np.arange(after - first), np.diff(starts[first : after + 1]))
        by_both = np.bincount(terms * count + languages[places[some]], data[some], (after - first) * count)
        sums[first:after] = by_both.reshape(-1, count)
        first = after
    return sums
