"""Vector search by FAISS. The only module that imports it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from assistant.index.files import MAPPED_VECTOR_BYTES, MappedArray
from assistant.records import Vectors
from assistant.text.language import PRIOR_CHUNKS

_FILE = "dense.faiss"
VECTORS, _LANGUAGES = "dense/vectors.npy", "dense/languages.npz"  # of a large index

# The FAISS index of a large store: 4 bits for each pair of numbers, added up in registers ("fast scan"), in one cell.
# Reading the codes of all chunks this way is faster than cells of 8-bit codes at the same recall, and a filter costs no
# recall (docs/experiments/large-indexes.md). FAISS can filter only with a cell.
_BITS = "IVF1,PQ{pairs}x4fs"
_TAUGHT_BY = 60_000  # vectors that the codes are trained on at most; a limit of time and memory
_AT_A_TIME = 10_000


class DenseIndex:
    """Exact inner products with unit vectors, which are cosines. Rows are in the order in which chunks were given."""

    def __init__(self, index: Any) -> None:
        self._index = index
        # One query over a flat index is too little work to share out.
        faiss.omp_set_num_threads(1)

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """Return an index of `vectors`, shape (n, dimension), unit length."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Read the index from `folder`. Raises RuntimeError when the file is not an index of this kind."""
        index = faiss.read_index(str(folder / _FILE))
        if not isinstance(index, faiss.IndexFlatIP):
            raise RuntimeError(f"{_FILE} is another kind of index")
        return cls(index)

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        faiss.write_index(self._index, str(folder / _FILE))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def scores(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Cosine of `query`, shape (1, dimension), with each vector, shape (n,)."""
        scores = np.zeros(len(self), np.float32)
        # A range without an end: all scores, not sorted as those of `search` are.
        _, found, places = self._index.range_search(query, -np.inf)
        scores[places] = found
        return scores

    def vectors(self) -> Vectors:
        """Return all stored vectors, shape (n, dimension)."""
        if not len(self):
            return np.zeros((0, self._index.d), np.float32)
        return np.asarray(self._index.reconstruct_n(0, len(self)), np.float32)


class LargeDenseIndex:
    """Short codes in memory find candidates; the vectors, which stay on disk until they are used, give exact scores.

    The codes are those of the vectors minus the mean of their language, so that each language gets candidates in the
    way the search compares languages (assistant/retrieve/fusion.py). The same vectors always give the same index.
    """

    def __init__(
        self, index: Any, vectors: Vectors | MappedArray, sums: Vectors, counts: npt.NDArray[np.int64]
    ) -> None:
        if not index.ntotal == len(vectors) == counts.sum() or len(sums) != len(counts):
            raise ValueError("the parts of the dense index do not fit together")
        self._index = index
        self._vectors = vectors
        self._sums = sums
        self.language_counts = counts
        faiss.omp_set_num_threads(1)

    @classmethod
    def build(cls, vectors: Vectors, languages: npt.NDArray[np.int64]) -> LargeDenseIndex:
        """Return an index of `vectors`, shape (n, dimension), unit length, n > 0.

        `languages`, shape (n,), holds the number of each vector's language, from 0.
        """
        counts = np.bincount(languages)
        sums = np.zeros((len(counts), vectors.shape[1]))
        for first in range(0, len(vectors), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            sums += np.eye(len(counts))[languages[some]].T @ vectors[some]
        means = (sums + PRIOR_CHUNKS * sums.sum(0) / len(vectors)) / (counts[:, None] + PRIOR_CHUNKS)
        means = means.astype(np.float32)
        faiss.omp_set_num_threads(1)  # the order of additions, and so the index, would hang on the threads
        dimension = vectors.shape[1]
        pairs = dimension // 2 if dimension % 2 == 0 else dimension
        index = faiss.index_factory(dimension, _BITS.format(pairs=pairs), faiss.METRIC_INNER_PRODUCT)
        taught = np.unique(np.linspace(0, len(vectors) - 1, _TAUGHT_BY).astype(np.int64))
        teaching = np.empty((len(taught), dimension), np.float32)
        for first in range(0, len(taught), _AT_A_TIME):
            rows = taught[first : first + _AT_A_TIME]
            np.subtract(vectors[rows], means[languages[rows]], out=teaching[first : first + len(rows)])
        index.train(teaching)
        del teaching
        for first in range(0, len(vectors), _AT_A_TIME):
            some = slice(first, first + _AT_A_TIME)
            index.add(np.ascontiguousarray(vectors[some] - means[languages[some]]))
        return cls(index, vectors, sums.astype(np.float32), counts)

    @classmethod
    def load(cls, folder: Path) -> LargeDenseIndex:
        """Open an index in `folder`. Raises OSError, ValueError or RuntimeError when the files are no such index."""
        index = faiss.read_index(str(folder / _FILE))
        if not isinstance(index, faiss.IndexIVF):
            raise RuntimeError(f"{_FILE} is another kind of index")
        with np.load(folder / _LANGUAGES) as languages:
            return cls(
                index, MappedArray(folder / VECTORS, MAPPED_VECTOR_BYTES), languages["sums"], languages["counts"]
            )

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, where the file VECTORS is already."""
        faiss.write_index(self._index, str(folder / _FILE))
        (folder / _LANGUAGES).parent.mkdir(exist_ok=True)
        np.savez(folder / _LANGUAGES, sums=self._sums, counts=self.language_counts)

    def __len__(self) -> int:
        return len(self._vectors)

    def scores(self, query: Vectors, rows: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.float32]:
        """Return the exact cosines of `query`, shape (1, dimension), with the vectors in `rows`, or with all; shape
        (rows,)."""
        if rows is None:
            return np.asarray(self.vectors() @ query[0], np.float32)
        # Not by BLAS: its threads would keep a core busy while they wait for more.
        return np.asarray(np.vecdot(self._vectors[rows], query[0]), np.float32)

    def candidates(
        self, query: Vectors, count: int, admitted: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.int64]:
        """Return the rows of about `count` nearest vectors, each taken minus the mean of its language.

        With `admitted`, shape (n,), only rows for which it is true.
        """
        chosen = None
        if admitted is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(admitted, bitorder="little"))
            chosen = faiss.SearchParametersIVF(sel=selector)
        _, rows = self._index.search(np.ascontiguousarray(query, np.float32), count, params=chosen)
        return np.asarray(rows[0][rows[0] >= 0], np.int64)

    def language_sums(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Return for each language the sum of the cosines of its chunks with `query`, shape (languages,).

        A sum of cosines is the cosine with the sum of the vectors, which is stored.
        """
        return np.asarray(self._sums @ query[0], np.float32)

    def vectors(self) -> Vectors:
        """Return all stored vectors, shape (n, dimension). They stay on disk until they are used."""
        return np.asarray(self._vectors)


def stored_vectors(folder: Path) -> Vectors | MappedArray:
    """Return the vectors of an index of either kind in `folder`, shape (n, dimension).

    Those of a large index stay on disk until they are used. Raises OSError, ValueError or RuntimeError when the files
    are no index.
    """
    if (folder / VECTORS).is_file():
        return MappedArray(folder / VECTORS, MAPPED_VECTOR_BYTES)
    return DenseIndex.load(folder).vectors()
