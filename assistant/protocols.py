"""What the stages of the pipeline need of each other, as Protocols; a test can implement them with a fake."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
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
    Progress,
    Sentence,
    SpanScores,
    Vectors,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Matches:
    """How near one text is to some chunks of an index, by meaning and by words, and on average to each language."""

    cosines: npt.NDArray[np.float32]
    """Shape (chunks,)."""
    bm25: npt.NDArray[np.float32]
    """Shape (chunks,); 0 where no word is shared."""
    cosine_sums: npt.NDArray[np.floating]
    """For each language, the sum over all its chunks in the index, shape (languages,)."""
    bm25_sums: npt.NDArray[np.floating]
    idf_sum: float
    """About what a chunk with every word of the text would have as BM25 score."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The chunks of an index that were compared with some texts."""

    rows: npt.NDArray[np.int64]
    """Their rows in the index, ascending, shape (chunks,)."""
    languages: npt.NDArray[np.int64]
    """The number of each one's language, shape (chunks,)."""
    language_counts: npt.NDArray[np.int64]
    """How many chunks of each language there are in the index, shape (languages,)."""
    matches: tuple[Matches, ...]
    """One for each text."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page fetched from the web.

    `at` is the address that was requested and `url` the final one after redirects. `charset` is the one that the
    server states. `canonical` is the address that the page states for itself, on the same site. `also_at` are other
    addresses that lead to the page.
    """

    url: str
    at: str
    charset: str | None = None
    canonical: str | None = None
    also_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on a file server: the address of its `folder`, without user, and its `name`, the path within."""

    folder: str
    name: str


class WebReader(Protocol):
    """Finds and reads pages on the web."""

    def find(self, addresses: Sequence[str]) -> tuple[Sequence[Page], Sequence[Failure]]:
        """Return the pages at `addresses`, or in the sitemaps, feeds and lists there, and the failures.

        Raises SourceError when there is only one address and it is malformed or refused.
        """
        ...

    def body(self, page: Page) -> bytes:
        """Return the bytes of a page that `find` returned."""
        ...

    def forget(self, page: Page) -> None:
        """Delete a page from the cache: its document was removed."""
        ...


class RemoteReader(Protocol):
    """Finds and reads files on file servers."""

    def find(
        self, source: str, reads: Callable[[str], bool], enters: Callable[[str], bool]
    ) -> tuple[Sequence[RemoteFile], Sequence[Failure]]:
        """Return the files of a folder and the failures; `reads` and `enters` choose files and folders by their names
        within it.

        Raises SourceError when the address is malformed or access needs what is not there.
        """
        ...

    def body(self, file: RemoteFile) -> bytes:
        """Return the bytes of a file that `find` returned."""
        ...

    def forget(self, file: RemoteFile) -> None:
        """Delete the copy of a file: its document was removed."""
        ...


class Encoder(Protocol):
    """Embeds texts."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str:
        """A string that is different whenever the vectors are."""
        ...

    @property
    def dimension(self) -> int: ...
    @property
    def window_tokens(self) -> int:
        """The length of the longest passage, in the encoder's own tokens with prefix and special tokens."""
        ...

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        """Return the length of each passage in the encoder's own tokens, with prefix and special tokens."""
        ...

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """Return the embeddings of passages, shape (len(passages), dimension)."""
        ...

    def embed_query(self, query: str) -> Vectors:
        """Return the embedding of a query, shape (1, dimension)."""
        ...

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Return the embeddings of queries, shape (len(queries), dimension)."""
        ...


Adapter = Mapping[str, npt.NDArray[Any]]
"""Low-rank changes that are added to an encoder's parameters, by parameter name.

A change is one array, or two factors under `name|left` and `name|right`.
"""
HiddenStates = Callable[[Sequence[Sequence[int]]], list[Vectors]]
"""A function from the token ids of texts to the states of the last layer for each text, shape (tokens, dimension)."""


class LayeredEncoder(Encoder, Protocol):
    """An encoder whose layers other models reuse."""

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the encoder; callers must not change it."""
        ...

    def adapted(self, adapter: Adapter, layers: int | None = None) -> HiddenStates:
        """Return the first `layers` layers of the encoder, or all, with `adapter` added; the encoder does not change.

        Raises ModelError.
        """
        ...


class Reader(Protocol):
    """Finds short answers in texts."""

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """Return one SpanScores for each (title, text); a text that is too long for the model is truncated."""
        ...


class Aligner(Protocol):
    """Compares texts in different languages word by word."""

    def align(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return for each sentence how well it matches the words of the question, relative to the other sentences."""
        ...


class Writer(Protocol):
    """Writes replies to messages: a language model."""

    @property
    def name(self) -> str: ...
    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        """Yield the pieces of the model's reply as they arrive; closing the generator ends the request.

        Some pieces are empty, so that a caller can stop while it waits. `max_tokens` is the length of the longest
        reply; None stands for the configured one.

        Raises GenerationError, also after some pieces: the reply is then incomplete.
        """
        ...


class DocumentLookup(Protocol):
    """Looks up documents."""

    def document(self, doc_id: str) -> Document:
        """Return the document with this id. Raises DocumentNotFoundError."""
        ...


class EvidenceLookup(DocumentLookup, Protocol):
    """Looks up the sentences that an answerer may quote."""

    def sentences(self, chunk: Chunk) -> tuple[Sequence[Sentence], Vectors]:
        """Return the sentences in `chunk` and their embeddings, shape (n, dimension)."""
        ...

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term (see `assistant.text.terms`) over the indexed chunks."""
        ...


class ServedAssistant(DocumentLookup, Protocol):
    """The part of `ask.Assistant` that the server uses; it can be faked, and importing it loads no models."""

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
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]: ...
    def search(self, query: str, *, only: Filter | None = None, k: int | None = None) -> tuple[Hit, ...]: ...
    def documents(self) -> Iterator[Document]: ...
    def facets(self) -> tuple[Facets, ...]: ...


class LiveAssistant(Protocol):
    """Gives the server an assistant for each request, on one generation from start to end; see `live.Live`."""

    def pinned(self) -> AbstractContextManager[ServedAssistant]: ...
    def refresh(self) -> bool: ...


class PageDrawer(Protocol):
    """Draws the pages of the files that documents were made of."""

    def has(self, document: Document) -> bool:
        """Return whether the pages of a document can be drawn."""

    def draw(self, document: Document, page: int, start: int | None = None, end: int | None = None) -> bytes | None:
        """Return a page, from 1, as JPEG, with `document.text[start:end]` marked; None where it cannot be drawn."""
