"""Small generations with made-up vectors, quick to write also from a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.index.store import Contents, build_lock, write_generation
from assistant.records import Chunk, Document, Manifest, Sentence

OLD = ("alder beech", "cedar dogwood", "elm fir")
NEW = ("grape hazel", "ivy juniper", "kiwi larch", "maple nutmeg")


def write(store: Path, texts: tuple[str, ...]) -> Manifest:
    """A generation of `texts` with made-up vectors."""
    documents = [Document(f"d{n}", text, text, language="en") for n, text in enumerate(texts)]
    chunks = [Chunk.cut(document, 0, len(document.text)) for document in documents]
    sentences = [Sentence(document.doc_id, 0, len(document.text)) for document in documents]
    vectors = np.eye(len(texts), 8, dtype=np.float32)
    contents = Contents(documents, chunks, texts, texts, vectors, sentences, vectors)
    with build_lock(store):
        return write_generation(store, contents, model="m", model_fingerprint="f", settings={}, versions={})
