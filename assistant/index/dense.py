"""Nearest vectors by FAISS. The only module that imports it."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from assistant.records import Vectors


class DenseIndex:
    """Exact inner products over unit vectors (so: cosines), in the order the chunks were given."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        # One query over a flat index is too little work to share out.
        faiss.omp_set_num_threads(1)

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """`vectors`: shape (n, dimension), unit length."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Raises RuntimeError when the file is not an index."""
        return cls(faiss.read_index(str(path)))

    def save(self, path: Path) -> None:
        """Write the index to `path`."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def scores(self, query: Vectors) -> npt.NDArray[np.float32]:
        """Cosine of `query`, shape (1, dimension), with every vector; shape (n,)."""
        scores = np.zeros(len(self), np.float32)
        if len(self):
            found, rows = self._index.search(query, len(self))
            scores[rows[0]] = found[0]
        return scores

    def vectors(self) -> Vectors:
        """All stored vectors, shape (n, dimension)."""
        if not len(self):
            return np.zeros((0, self._index.d), np.float32)
        return np.asarray(self._index.reconstruct_n(0, len(self)), np.float32)
