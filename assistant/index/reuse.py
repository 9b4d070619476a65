"""What was embedded before is not embedded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from assistant.index.cache import EmbeddingCache
from assistant.index.store import Generation
from assistant.records import Vectors, sha256_text
from assistant.seams import Encoder

_AT_A_TIME = 64


def embeddings(
    encoder: Encoder,
    passages: Sequence[str],
    quotes: Sequence[str],
    before: Generation | None,
    cache: EmbeddingCache,
    on_progress: Callable[[int, int], None],
) -> tuple[Vectors, Vectors]:
    """The vectors of `passages`, shape (len(passages), dimension), and of `quotes`, which may be rounded to the
    float16 in which they are stored.

    Each text that is neither in the generation `before` nor in `cache` is embedded once, and kept in `cache` at once:
    a build that is interrupted loses at most the last few. `on_progress` is told what is done and what there is to do.
    """
    passage_hashes, quote_hashes = [[sha256_text(text) for text in texts] for texts in (passages, quotes)]
    exact: dict[str, Vectors] = {}
    rounded: dict[str, Vectors] = {}
    if before is not None:
        chunks, sentences = before.dense.vectors(), before.sentence_vectors.vectors()
        exact = {sha256: chunks[row] for sha256, row in before.tables.embedded_chunks().items()}
        rounded = {sha256: sentences[row] for sha256, row in before.tables.embedded_sentences().items()}
    # What is only known rounded is not known for a passage.
    missing = {h: text for h, text in zip(passage_hashes, passages, strict=True) if h not in exact}
    missing |= {h: t for h, t in zip(quote_hashes, quotes, strict=True) if h not in exact and h not in rounded}
    exact |= cache.get(list(missing))
    todo = sorted((h for h in missing if h not in exact), key=lambda h: len(missing[h]))  # alike lengths: no padding
    for first in range(0, len(todo), _AT_A_TIME):
        on_progress(first, len(todo))
        some = todo[first : first + _AT_A_TIME]
        vectors = encoder.embed_passages([missing[h] for h in some])
        cache.put(some, vectors)
        exact.update(zip(some, vectors, strict=True))
    on_progress(len(todo), len(todo))
    known = rounded | exact
    return _stacked([exact[h] for h in passage_hashes], encoder), _stacked([known[h] for h in quote_hashes], encoder)


def _stacked(vectors: Sequence[Vectors], encoder: Encoder) -> Vectors:
    return np.array(vectors, np.float32).reshape(-1, encoder.dimension)
