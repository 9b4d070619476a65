"""What an index has embedded before is not embedded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assistant.index.store import Generation
from assistant.records import Encoder, Vectors, sha256_text

_AT_A_TIME = 64


def embedded_before(generation: Generation) -> dict[str, Vectors]:
    """SHA-256 of each text that `generation` embeds → its vector, shape (dimension,)."""
    sentences, chunks = generation.sentence_vectors.vectors(), generation.dense.vectors()
    known = {sha256: sentences[row] for sha256, row in generation.tables.embedded_sentences().items()}
    return known | {sha256: chunks[row] for sha256, row in generation.tables.embedded_chunks().items()}


def embed_new(
    encoder: Encoder, texts: Sequence[str], known: dict[str, Vectors], on_progress: Callable[[int, int], None]
) -> Vectors:
    """Embed each distinct text that is not in `known` (by SHA-256) once; shape (len(texts), dimension).

    `on_progress` is told what is done and what there is to do.
    """
    hashes = [sha256_text(text) for text in texts]
    new = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
    todo = sorted(new, key=lambda h: len(new[h]))  # alike lengths together: little padding
    for first in range(0, len(todo), _AT_A_TIME):
        on_progress(first, len(todo))
        batch = todo[first : first + _AT_A_TIME]
        known.update(zip(batch, encoder.embed_passages([new[h] for h in batch]), strict=True))
    on_progress(len(todo), len(todo))
    return np.stack([known[h] for h in hashes])
