"""The assistant for benchmarks/peers.py, and the floor under it.

python -m benchmarks.peer_assistant CACHE STORE PASSAGES      indexes documents; writes its passages to PASSAGES
python -m benchmarks.peer_assistant CACHE STORE               the floor: the encoder and FAISS, on that index
"""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from itertools import chain
from pathlib import Path

import faiss
import numpy as np

from assistant import build_index, load_settings, open_assistant
from assistant.factory import make_encoder
from assistant.index.store import open_generation
from assistant.settings import Settings
from benchmarks.peer_protocol import Told, serve

DISTRIBUTIONS = ["onnxruntime", "faiss-cpu", "bm25s"]


class Ours:
    """The assistant with the settings it ships with, its embedding cache empty before each build."""

    def __init__(self, cache: Path, store: Path, passages: Path) -> None:
        self._cache = cache
        self._store = store
        self._passages = passages

    def index(self, documents: Path) -> None:
        """Build the index and open it."""
        settings = _settings(self._cache, self._store, documents)
        build_index(settings)
        self._assistant = open_assistant(settings)

    def tell(self) -> Told:
        """How many passages there are, and how many texts were embedded: sentences too, equal ones once."""
        with closing(open_generation(self._store)) as generation:
            tables = generation.tables
            texts = {text for some in chain(tables.passage_hashes(), tables.sentence_hashes()) for text in some}
            chunks = generation.manifest.chunks
            with self._passages.open("w", encoding="utf-8") as file:
                for row in range(chunks):
                    chunk = tables.chunk(row)
                    title = tables.document(chunk.doc_id).title
                    passage = {"id": str(row), "doc_id": chunk.doc_id, "title": title, "text": chunk.text}
                    file.write(json.dumps(passage, ensure_ascii=False) + "\n")
        return {"passages": chunks, "texts": len(texts)}

    def ask(self, question: str, k: int) -> list[str]:
        """Documents of the `k` best passages."""
        return [hit.chunk.doc_id for hit in self._assistant.search(question, k=k)]


class Floor:
    """What no search can do without: the question's embedding and its nearest vectors."""

    def __init__(self, cache: Path, store: Path) -> None:
        self._settings = _settings(cache, store)

    def index(self, _documents: Path) -> None:
        """Read the vectors of the index that is there."""
        with closing(open_generation(self._settings.store)) as generation:
            vectors = generation.dense.vectors()
            self._doc_ids = [generation.tables.chunk(row).doc_id for row in range(len(vectors))]
        self._encoder = make_encoder(self._settings)
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors))

    def ask(self, question: str, k: int) -> list[str]:
        """Documents of the `k` nearest passages."""
        _, rows = self._index.search(self._encoder.embed_query(question), min(k, self._index.ntotal))
        return [self._doc_ids[row] for row in rows[0]]


def _settings(cache: Path, store: Path, *sources: Path) -> Settings:
    return load_settings(sources=tuple(map(str, sources)) or ("seeds",), store=store, cache=cache)


def main() -> None:
    """Answer benchmarks/peers.py."""
    cache, store, *passages = map(Path, sys.argv[1:])
    if not passages:
        floor = Floor(cache, store)
        serve("floor", DISTRIBUTIONS, floor.index, floor.ask)
        return
    shutil.rmtree(store, ignore_errors=True)
    for file in cache.glob("embeddings.sqlite*"):
        file.unlink()
    ours = Ours(cache, store, *passages)
    serve("assistant", DISTRIBUTIONS, ours.index, ours.ask, ours.tell)


if __name__ == "__main__":
    main()
