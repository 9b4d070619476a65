"""A cache of embeddings for all indexes of a user: a text that was embedded once is not embedded again.

The file holds vectors and hashes of their texts, never the texts. The cache is optional: where its file cannot be read
or written, everything works without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.records import Vectors
from assistant.storage.key_value import OptionalStore

_MODEL_BYTES = 8  # of a key: the model; the rest is the SHA-256 of the text


class EmbeddingCache:
    """The embeddings of one model in the file `path`, which other models may share.

    The file holds at most about `limit_bytes`; the least recently used vectors are deleted first. 0 keeps nothing.
    Several processes and threads may use a file at once. To be used in a `with`.
    """

    def __init__(self, path: Path, fingerprint: str, dimension: int, *, limit_bytes: int) -> None:
        self._model = hashlib.sha256(fingerprint.encode()).digest()[:_MODEL_BYTES]
        self._dimension = dimension
        self._store = OptionalStore(path, "Embeddings", limit_bytes=limit_bytes, renew=True) if limit_bytes else None

    def __enter__(self) -> EmbeddingCache:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def get(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors, float32 of shape (dimension,), of those of `hashes` (SHA-256 in hex) that are kept."""
        if self._store is None:
            return {}
        found = self._store.get([self._key(sha256) for sha256 in hashes])
        self._store.use(found)
        return {
            key[_MODEL_BYTES:].hex(): np.frombuffer(vector, "<f4")
            for key, vector in found.items()
            if len(vector) == 4 * self._dimension
        }

    def put(self, hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep `vectors`, shape (len(hashes), dimension), of the texts with these hashes."""
        if self._store is not None:
            entries = zip(hashes, vectors, strict=True)
            self._store.put({self._key(sha256): np.asarray(vector, "<f4").tobytes() for sha256, vector in entries})

    def _key(self, sha256: str) -> bytes:
        return self._model + bytes.fromhex(sha256)
