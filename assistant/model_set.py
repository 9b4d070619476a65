"""The models that an assistant works with, made safe to share between threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.protocols import Aligner, Encoder, Reader, Writer
from assistant.records import SpanScores, Vectors


@dataclass(frozen=True, slots=True)
class ConfiguredModel:
    """The model that writes answers, and the function that counts the tokens of the passages shown to it."""

    writer: Writer
    count_tokens: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Models:
    """The models that embed, read, align and write; None stands for a model that is switched off.

    They do not depend on the index. The methods run one model at a time, because tokenizers are not thread-safe.
    """

    encoder: Encoder
    reader: Reader | None
    writing: ConfiguredModel | None = None
    aligner: Aligner | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def embed_query(self, query: str) -> Vectors:
        """Return the embedding of one query, shape (1, dimension)."""
        with self._lock:
            return self.encoder.embed_query(query)

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Return the embeddings of several queries, shape (len(queries), dimension)."""
        with self._lock:
            return self.encoder.embed_queries(queries)

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """Return the reader's SpanScores of each (title, text). Raises ValueError without a reader."""
        if self.reader is None:
            raise ValueError("there is no reader")
        with self._lock:
            return self.reader.read(question, texts)

    def align(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return how well each sentence matches the words of the question. Raises ValueError without an aligner."""
        if self.aligner is None:
            raise ValueError("there is no aligner")
        with self._lock:
            return self.aligner.align(question, sentences)
