"""Matching words by BM25 (Lucene variant), accents optional."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.text.terms import terms_of

_EMPTY = "empty.json"


class LexicalIndex:
    """BM25 over passages, in the order they were given."""

    def __init__(self, bm25: bm25s.BM25 | None, size: int) -> None:
        self._bm25 = bm25
        self._size = size

    @classmethod
    def build(cls, passages: Sequence[str]) -> LexicalIndex:
        """Index `passages`; ones without any word never match."""
        tokens = [terms_of(passage) for passage in passages]
        if not any(tokens):
            return cls(None, len(passages))
        vocabulary = {token: n for n, token in enumerate(sorted(set(chain.from_iterable(tokens))))}
        bm25 = bm25s.BM25(method="lucene")
        bm25.index(([[vocabulary[t] for t in passage] for passage in tokens], vocabulary), show_progress=False)
        return cls(bm25, len(passages))

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Raises OSError or ValueError when the files are not an index."""
        if (folder / _EMPTY).is_file():
            return cls(None, int(json.loads((folder / _EMPTY).read_text("utf-8"))))
        bm25 = bm25s.BM25.load(folder, load_corpus=False)
        return cls(bm25, int(bm25.scores["num_docs"]))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`."""
        folder.mkdir()
        if self._bm25 is None:
            (folder / _EMPTY).write_text(json.dumps(self._size), "utf-8")
        else:
            self._bm25.save(folder, show_progress=False)

    def __len__(self) -> int:
        return self._size

    def scores(self, query: str) -> npt.NDArray[np.float32]:
        """BM25 score of every passage, shape (n,); 0 where no word is shared."""
        if self._bm25 is not None:
            known = [token for token in terms_of(query) if token in self._bm25.vocab_dict]
            if known:
                return np.asarray(self._bm25.get_scores(known), np.float32)
        return np.zeros(self._size, np.float32)

    def mass(self, query: str) -> float:
        """Sum of the terms' idf: about what a passage with every term of `query` once would score."""
        return sum(self.idf(token) for token in terms_of(query))

    def idf(self, token: str) -> float:
        """Inverse document frequency (Lucene's) of one term; highest for an unseen one."""
        count = 0
        if self._bm25 is not None and (row := self._bm25.vocab_dict.get(token)) is not None:
            starts = self._bm25.scores["indptr"]
            count = int(starts[row + 1] - starts[row])
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))
