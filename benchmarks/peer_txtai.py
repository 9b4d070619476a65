"""txtai (Apache-2.0) for benchmarks/peers.py: `python -m benchmarks.peer_txtai MODEL`, in an environment of its own.

As its documentation has a hybrid index with content: https://neuml.github.io/txtai/embeddings/configuration/
"""

from __future__ import annotations

import sys
from pathlib import Path

from txtai import Embeddings

from benchmarks.peer_protocol import read_passages, serve

PROMPTS = {"query": "query: ", "data": "passage: "}


class Txtai:
    """Vectors in FAISS, words in its own BM25, content in SQLite: all its defaults."""

    def __init__(self, model: str) -> None:
        self._model = model

    def index(self, passages: Path) -> None:
        """Load the model and index the file's passages."""
        self._embeddings = Embeddings(path=self._model, hybrid=True, content=True, instructions=PROMPTS)
        self._embeddings.index(read_passages(passages))

    def ask(self, question: str, k: int) -> list[str]:
        """Ids of the `k` best passages."""
        return [found["id"] for found in self._embeddings.search(question, k)]


if __name__ == "__main__":
    system = Txtai(sys.argv[1])
    serve("txtai", ["txtai", "torch", "transformers", "faiss-cpu"], system.index, system.ask)
