"""Small generations with made-up vectors, quick to write also from a process of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.index.generation_writer import GenerationWriter, Split
from assistant.index.sentence_vectors import SentenceVectors, sentence_ranges
from assistant.index.store import build_lock
from assistant.records import Chunk, Document, Manifest, Sentence, Vectors

OLD = ("alder beech", "cedar dogwood", "elm fir")
NEW = ("grape hazel", "ivy juniper", "kiwi larch", "maple nutmeg")


def write(store: Path, texts: tuple[str, ...]) -> Manifest:
    """A generation of `texts` with made-up vectors."""
    documents = [Document(f"d{n}", text, text, language="en") for n, text in enumerate(texts)]
    vectors = np.eye(len(texts), 8, dtype=np.float32)
    with build_lock(store), GenerationWriter(store, 8) as writer:
        writer.add([whole(document) for document in documents], vectors, vectors)
        return writer.finish(model="m", model_fingerprint="f", settings={}, versions={})


def whole(document: Document, *headings: str) -> Split:
    """`document` as one chunk of one sentence."""
    end = len(document.text)
    return Split(document, [Chunk.cut(document, 0, end, headings)], [Sentence(document.doc_id, 0, end)])


def sentence_vectors(vectors: Vectors, sentences: Sequence[Sentence], chunks: Sequence[Chunk]) -> SentenceVectors:
    """`vectors[i]` embeds `sentences[i]`; sentences and chunks of a document are together."""
    ranges = []
    for doc_id, own in itertools.groupby(chunks, lambda chunk: chunk.doc_id):
        rows = [row for row, sentence in enumerate(sentences) if sentence.doc_id == doc_id]
        ranges.append(sentence_ranges(list(own), [sentences[row] for row in rows], rows[0] if rows else 0))
    return SentenceVectors(vectors.astype(np.float16), np.concatenate(ranges))
