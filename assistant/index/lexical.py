"""Word search by BM25 (Lucene variant), with or without accents."""

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
    """BM25 over passages, in the order in which they were given.

    For a large index, `sums`, shape (terms, languages), holds the sum of each term's scores in each language. `maps`
    are the mapped files of the index.
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
        """Return an index of `passages`; see `of`."""
        with closing(Postings()) as postings:
            for passage in passages:
                postings.add(passage)
            return cls.of(postings, languages)

    @classmethod
    def of(cls, postings: Postings, languages: Rows | None = None) -> LexicalIndex:
        """Return an index of the passages of `postings`. Passages without any word never match.

        `languages`, a number from 0 for each passage, is given for a large index, on which `candidates` is called.

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
        """Open the index in `folder`. Raises OSError or ValueError when the files are not an index."""
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
        """Return the BM25 scores of the passages in `rows`, which must ascend, or of all; shape (rows,).

        A passage that has no word in common with `query` scores 0.
        """
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
        """Return the rows of the `count` passages with the highest scores above 0, in ascending order; fewer when fewer
        match.

        With `admitted`, shape (n,), only rows for which it is true.
        """
        scores = self.scores(query)
        if admitted is not None:
            scores *= admitted
        found = _best(scores, count)
        if len(found) > count:
            found = np.sort(found[np.argpartition(-scores[found], count - 1)[:count]])
        give_back(MAPPED_BYTES, *self._maps)
        return found

    def language_sums(self, query: str) -> Scores:
        """Return for each language the sum of the scores of its passages, shape (languages,). For a large index."""
        assert self._sums is not None, "not built as a large index"
        known = [self._ids[term] for term in terms_of(query) if term in self._ids]
        return np.asarray(self._sums[np.array(known, np.int64)].sum(axis=0), np.float32)

    def idf_sum(self, query: str) -> float:
        """Return the sum of the query terms' idf: about the score of a passage that holds each term once."""
        return sum(self.idf(token) for token in terms_of(query))

    def idf(self, token: str) -> float:
        """Return the inverse document frequency (Lucene's) of a term; an unknown term has the highest."""
        count = self._count(token) if token in self._ids else 0
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))

    def _count(self, term: str) -> int:
        return len(self._postings(term)[0])

    def _postings(self, term: str) -> tuple[npt.NDArray[np.int32], Scores]:
        """The passages that hold a known `term`, in ascending order, and its score in each."""
        assert self._bm25 is not None
        arrays, row = self._bm25.scores, self._ids[term]
        some = slice(int(arrays["indptr"][row]), int(arrays["indptr"][row + 1]))
        return arrays["indices"][some], arrays["data"][some]


def _best(scores: Scores, count: int) -> Rows:
    """The places of the `count` highest scores above 0, and a few more, in ascending order; fewer when there are fewer.

    One pass over all scores is faster than sorting them: the highest score of each group is compared first.
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
    """For each term, the sum of its scores in each language."""
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
