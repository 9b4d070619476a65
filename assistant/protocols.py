"""The Protocols at the seams of the pipeline: what one stage needs of another, and where a test may stand in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

from assistant.filter import Facets, Filter
from assistant.records import (
    Answerer,
    ChatMessage,
    Chunk,
    Document,
    Exchange,
    Failure,
    Hit,
    Manifest,
    Message,
    Page,
    Progress,
    Sentence,
    SpanScores,
    Vectors,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class WebReader(Protocol):
    """The seam of web sources."""

    def find(self, addresses: Sequence[str]) -> tuple[Sequence[Page], Sequence[Failure]]:
        """The pages at `addresses`, or in the sitemaps, feeds and lists there, and what failed.

        Raises SourceError when the one address is none, or one that is refused.
        """
        ...

    def body(self, page: Page) -> bytes:
        """The bytes of a page that was found."""
        ...


class Encoder(Protocol):
    """The seam of the embedding model."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""
        ...

    @property
    def dimension(self) -> int: ...
    @property
    def window_tokens(self) -> int:
        """The longest passage in the encoder's own tokens, prefix and special tokens included."""
        ...

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        """Length of each passage in the encoder's own tokens, prefix and special tokens included."""
        ...

    def embed_passages(self, passages: Sequence[str]) -> Vectors: ...
    def embed_query(self, query: str) -> Vectors:
        """Shape (1, dimension)."""
        ...

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Shape (len(queries), dimension)."""
        ...


Adapter = Mapping[str, npt.NDArray[Any]]
"""What to add to an encoder's parameters: under a parameter's name, or under `name|left` and `name|right` as two
factors."""
HiddenStates = Callable[[Sequence[Sequence[int]]], list[Vectors]]
"""The token ids of some texts → the last layer's states of each, shape (tokens, dimension)."""


class LayeredEncoder(Encoder, Protocol):
    """An encoder on whose layers another model stands."""

    @property
    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens; never to be changed."""
        ...

    def adapted(self, adapter: Adapter, layers: int | None = None) -> HiddenStates:
        """The encoder's layers, all or the first `layers`, with `adapter` added; the encoder stays as it is.

        Raises ModelError.
        """
        ...


class Reader(Protocol):
    """The seam of the reading model."""

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """One SpanScores for each (title, text); a text too long for the model is read as far as it goes."""
        ...


class Aligner(Protocol):
    """The seam of what compares texts of different languages word by word."""

    def align(self, question: str, sentences: Sequence[str]) -> list[float]:
        """For each of `sentences`, which are compared with one another too, how well it meets the question's words."""
        ...


class Writer(Protocol):
    """The seam of the model that writes answers."""

    @property
    def name(self) -> str: ...
    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        """The pieces of the model's reply as they come; closing the generator ends the request. Now and then one is
        empty, so that who waits can leave.

        `max_tokens` is the longest reply, None for what is configured.

        Raises GenerationError, also after pieces have come: what came is then not a whole reply.
        """
        ...


class DocumentLookup(Protocol):
    """Where a stage finds the document behind a chunk."""

    def document(self, doc_id: str) -> Document:
        """Raises DocumentNotFoundError."""
        ...


class EvidenceLookup(DocumentLookup, Protocol):
    """Where an answerer finds what it may quote."""

    def sentences(self, chunk: Chunk) -> tuple[Sequence[Sentence], Vectors]:
        """The sentences inside `chunk` and their embeddings, shape (n, dimension)."""
        ...

    def idf(self, term: str) -> float:
        """How rare a term (see `assistant.text.terms`) is among the indexed chunks."""
        ...


class ServedAssistant(DocumentLookup, Protocol):
    """What serving needs of `ask.Assistant`: a seam for tests, and no heavy import."""

    @property
    def manifest(self) -> Manifest: ...
    @property
    def store(self) -> Path: ...
    @property
    def model(self) -> str | None: ...
    @property
    def model_failure(self) -> str | None: ...
    def check_model(self) -> None: ...
    def ask(self, question: str, *, answerer: Answerer | None = None) -> Exchange: ...
    def stream(
        self, question: str, *, history: Sequence[ChatMessage] = (), only: Filter | None = None, k: int | None = None
    ) -> Generator[Progress]: ...
    def search(self, query: str, *, only: Filter | None = None, k: int | None = None) -> tuple[Hit, ...]: ...
    def documents(self) -> Iterator[Document]: ...
    def facets(self) -> tuple[Facets, ...]: ...


class LiveAssistant(Protocol):
    """What serving holds: an assistant for each request, of one generation from beginning to end."""

    def pinned(self) -> AbstractContextManager[ServedAssistant]: ...
    def refresh(self) -> bool: ...
