"""Postings: which passages hold which term, with the BM25 score of each, sorted by term in little memory."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from assistant.text.terms import terms_of

BLOCK = 1 << 18  # postings read at a time
SORTED = 1 << 24  # postings sorted in memory at a time, 8 bytes each; the file is read once for each such part


class Postings:
    """Collects how often each term occurs in each passage, in temporary files under `folder`, and deletes them.

    Memory holds the terms and four numbers for each passage. `block` postings are read at a time, `in_memory` postings
    are sorted at a time.
    """

    def __init__(self, folder: Path | None = None, *, block: int = BLOCK, in_memory: int = SORTED) -> None:
        self._block, self._in_memory = block, in_memory
        self._files: list[IO[bytes]] = []
        self._folder = folder
        self._numbers: dict[str, int] = {}  # of the terms, as they come
        self._terms, self._times = self._file(), self._file()
        self._kept_terms, self._kept_times = array("i"), array("i")
        self._sizes, self._lengths = array("i"), array("i")  # of each passage: different terms, all terms

    def __len__(self) -> int:
        """Return the number of passages."""
        return len(self._lengths)

    @property
    def empty(self) -> bool:
        """Whether no passage holds a term."""
        return not self._numbers

    def add(self, passage: str) -> None:
        """Add the words of the next passage. Raises OSError when the disk is full."""
        terms = Counter(terms_of(passage))
        numbers = self._numbers
        self._kept_terms.extend([numbers.setdefault(term, len(numbers)) for term in terms])
        self._kept_times.extend(terms.values())
        self._sizes.append(len(terms))
        self._lengths.append(terms.total())
        if len(self._kept_terms) >= self._block:
            self._write()

    def close(self) -> None:
        """Delete the files. Arrays that were made from them stay readable."""
        for file in self._files:
            file.close()

    def sorted(self, k1: float, b: float) -> tuple[list[str], dict[str, npt.NDArray[Any]]]:
        """Return the terms in order, and their postings with scores by Lucene's BM25.

        The arrays are "data", shape (postings,): the scores, term by term; "indices", shape (postings,): their
        passages, ascending for each term; "indptr", shape (terms + 1,): the place where the postings of each term
        begin.

        Raises OSError when the disk is full. To be called once, after the last passage.
        """
        self._write()
        terms = sorted(self._numbers)
        order = np.fromiter((self._numbers[term] for term in terms), np.int64, len(terms))
        self._numbers.clear()
        places = np.empty(len(terms), np.int32)  # by number, the place in the order
        places[order] = np.arange(len(terms))
        starts = np.zeros(len(terms) + 1, np.int64)
        for some, _, _ in self._blocks(places):
            starts[1:] += np.bincount(some, minlength=len(terms))
        idf = _idf(starts[1:], len(self))
        np.cumsum(starts, out=starts)
        lengths = np.frombuffer(self._lengths, np.int32)
        weights = k1 * ((1 - b) + b * lengths / lengths.mean())
        data, indices = self._file(), self._file()
        first = 0
        while first < len(terms):
            after = max(first + 1, int(np.searchsorted(starts, starts[first] + self._in_memory, side="right")) - 1)
            scores, passages = self._part(first, after, places, starts, idf, weights)
            data.write(scores.data)
            indices.write(passages.data)
            first = after
        arrays = {"data": _mapped(data, np.float32), "indices": _mapped(indices, np.int32), "indptr": starts}
        return terms, arrays

    def _part(
        self,
        first: int,
        after: int,
        places: npt.NDArray[np.int32],
        starts: npt.NDArray[np.int64],
        idf: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float64],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        """Scores and passages of the terms from `first` to before `after`, by a counting sort, block by block."""
        size = int(starts[after] - starts[first])
        scores, passages = np.empty(size, np.float32), np.empty(size, np.int32)
        heads = starts[first:after] - starts[first]
        for terms, times, rows in self._blocks(places):
            own = np.flatnonzero((terms >= first) & (terms < after))
            own = own[np.argsort(terms[own], kind="stable")]
            term, row, tf = terms[own] - first, rows[own], times[own].astype(np.float64)
            counts = np.bincount(term, minlength=after - first)
            # Where each term's go, and behind them how far into its own each posting is.
            before = np.cumsum(counts) - counts
            at = heads[term] + np.arange(len(own)) - before[term]
            scores[at] = idf[first + term] * (tf / (weights[row] + tf))
            passages[at] = row
            heads += counts
        return scores, passages

    def _blocks(
        self, places: npt.NDArray[np.int32]
    ) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """Terms (their places in the order), their counts and their passages, passage by passage."""
        sizes = np.frombuffer(self._sizes, np.int32)
        ends = np.cumsum(sizes, dtype=np.int64)
        terms, times = _mapped(self._terms, np.int32), _mapped(self._times, np.int32)
        first = 0
        while first < len(sizes):
            begin = int(ends[first] - sizes[first])
            after = max(first + 1, int(np.searchsorted(ends, begin + self._block, side="right")))
            some = slice(begin, int(ends[after - 1]))
            rows = np.repeat(np.arange(first, after, dtype=np.int32), sizes[first:after])
            yield places[terms[some]], times[some], rows
            first = after

    def _write(self) -> None:
        for kept, file in ((self._kept_terms, self._terms), (self._kept_times, self._times)):
            file.write(kept)
            del kept[:]

    def _file(self) -> IO[bytes]:
        self._files.append(TemporaryFile(dir=self._folder))  # noqa: SIM115
        return self._files[-1]


def _idf(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.float32]:
    different, which = np.unique(counts, return_inverse=True)
    values = [math.log(1 + (size - count + 0.5) / (count + 0.5)) for count in different.tolist()]
    return np.array(values, np.float32)[which]


def _mapped(file: IO[bytes], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """The content of `file` as an array that stays on disk."""
    file.flush()
    if not file.tell():
        return np.zeros(0, dtype)
    return np.asarray(np.memmap(file, dtype, "r"))
