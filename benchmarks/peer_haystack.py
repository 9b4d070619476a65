"""Haystack (Apache-2.0) for benchmarks/peers.py: `python -m benchmarks.peer_haystack MODEL`, in an environment of its
own.

As its tutorial on hybrid retrieval has it (https://haystack.deepset.ai/tutorials/33_hybrid_retrieval), but without the
re-ranker, which is another model: the joiner puts the two lists in order instead, by reciprocal ranks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peer_protocol import read_passages, serve


class Haystack:
    """Vectors and words in its in-memory store."""

    def __init__(self, model: str) -> None:
        self._model = model

    def index(self, passages: Path) -> None:
        """Load the model and index the file's passages."""
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        indexing = Pipeline()
        embedder = SentenceTransformersDocumentEmbedder(model=self._model, prefix="passage: ", progress_bar=False)
        indexing.add_component("embedder", embedder)
        indexing.add_component("writer", DocumentWriter(document_store=store))
        indexing.connect("embedder", "writer")
        documents = [Document(id=passage_id, content=text) for passage_id, text in read_passages(passages)]
        indexing.run({"embedder": {"documents": documents}})
        self._querying = _querying(store, self._model)

    def ask(self, question: str, k: int) -> list[str]:
        """Ids of the `k` best passages."""
        data = {
            "text_embedder": {"text": question},
            "embedding_retriever": {"top_k": k},
            "bm25_retriever": {"query": question, "top_k": k},
            "joiner": {"top_k": k},
        }
        return [document.id for document in self._querying.run(data)["joiner"]["documents"]]


def _querying(store: InMemoryDocumentStore, model: str) -> Pipeline:
    querying = Pipeline()
    embedder = SentenceTransformersTextEmbedder(model=model, prefix="query: ", progress_bar=False)
    querying.add_component("text_embedder", embedder)
    querying.add_component("embedding_retriever", InMemoryEmbeddingRetriever(document_store=store))
    querying.add_component("bm25_retriever", InMemoryBM25Retriever(document_store=store))
    querying.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    querying.connect("text_embedder", "embedding_retriever")
    querying.connect("embedding_retriever", "joiner")
    querying.connect("bm25_retriever", "joiner")
    querying.warm_up()  # or the first question would load the model
    return querying


if __name__ == "__main__":
    system = Haystack(sys.argv[1])
    distributions = ["haystack-ai", "sentence-transformers-haystack", "sentence-transformers", "torch", "transformers"]
    serve("Haystack", distributions, system.index, system.ask)
