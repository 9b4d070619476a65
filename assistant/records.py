"""The frozen records that the stages of the pipeline exchange.

Offsets count characters of `Document.text` and exclude the end. Ids are computed from content, so the same documents
have the same ids on every machine.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Embeddings, shape (n, dimension), each row of unit length."""

UrlKind = Literal["page", "attributed"]
"""The kind of `Document.url`: the address of the indexed page, or one to which the text is only attributed."""

AbstentionReason = Literal["no_evidence", "weak_evidence", "unsupported", "small_talk"]

Verdict = Literal["supported", "unsupported", "uncited"]
"""The judgement whether the cited passages support a sentence of a model.

An "uncited" sentence cites nothing, and no passage clearly supports it.
"""

Answerer = Literal["extractive", "model"]
"""The answerer that made a reply."""

Problem = Literal["number", "date", "name", "negation", "meaning", "no_source"]
"""The reason why a sentence is not supported."""


def sha256_text(text: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of `text` as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


BlockKind = Literal[
    "heading", "paragraph", "item", "row", "code", "caption", "question", "answer", "definition", "quotation"
]
"""The kinds of a Block. A "definition" is a term with its description."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document's text: `document.text[start:end]`, without the marks before it ("# ", "- ").

    `level` is that of a heading (1 to 6; a question may be a heading too) or of an item (1, and more in lists within
    lists), else 0. `label` is what is printed before it: "2.", "a)", "§ 3", "Q:".
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One cleaned source document. All offsets refer to its `text`, which is in Unicode form NFC.

    `language` is an ISO 639-1 code or "und"; `published` is an ISO date (YYYY-MM-DD). `url` and `url_kind` are both
    set or both None. `questions` are example questions from the curator of the documents. `pages` are the offsets of
    the pages (the first is 0), empty when the source has none. `also_at` are other addresses or files of the same text.
    `recipients` are those to whom a message was sent. `versions` are the doc_ids of this document and of those whose
    texts agree with it but for some sentences, the newest first; empty without any.
    `blocks` are in order and do not overlap.
    `converted_from` are the codes, older than Unicode, in which parts of the source are written ("TCVN3").
    `recognised` are the numbers, from 1, of the pages whose text was recognised in pictures, each with the mean
    confidence of its words, from 0 to 1; a source without pages is page 1.

    Raises ValueError when only one of `url` and `url_kind` is given.
    """

    doc_id: str
    title: str
    text: str
    url: str | None = None
    url_kind: UrlKind | None = None
    language: str = "und"
    published: str | None = None
    publisher: str | None = None
    questions: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    also_at: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    converted_from: tuple[str, ...] = ()
    recognised: tuple[tuple[int, float], ...] = ()
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        if (self.url is None) != (self.url_kind is None):
            raise ValueError(f"document {self.doc_id}: url and url_kind must be given together")
        object.__setattr__(self, "sha256", sha256_text(self.text))

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page, from 1, on which a character of the text stands; None without pages."""
        return bisect_right(self.pages, offset) or None

    @property
    def recognition_confidence(self) -> float | None:
        """The mean confidence of the recognised pages, from 0 to 1; None when no page was recognised."""
        return sum(confidence for _, confidence in self.recognised) / len(self.recognised) if self.recognised else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be read: its place, the error, and a hint how to fix it."""

    source: str
    error: str
    hint: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A slice of one document: `text == document.text[start:end]`."""

    chunk_id: str
    doc_id: str
    start: int
    end: int
    headings: tuple[str, ...]
    text: str

    @classmethod
    def cut(cls, document: Document, start: int, end: int, headings: tuple[str, ...] = ()) -> Chunk:
        """Return a slice of `document`; its id is computed from the document's id, the offsets and the text.

        Raises ValueError when the slice is empty or outside the text.
        """
        if not 0 <= start < end <= len(document.text):
            raise ValueError(f"[{start}:{end}] is not a slice of {document.doc_id} ({len(document.text)} characters)")
        text = document.text[start:end]
        chunk_id = sha256_text(f"{document.doc_id}\n{start}\n{end}\n{text}")[:16]
        return cls(chunk_id, document.doc_id, start, end, headings, text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text that can be quoted: `document.text[start:end]`, usually one sentence."""

    doc_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk; `rank` counts from 1.

    `cosine` and `bm25` are the two similarities in the `score`. `language_offset` is the part of the score that
    compensates for lower similarities in the chunk's language.
    """

    chunk: Chunk
    score: float
    rank: int
    cosine: float
    bm25: float
    language_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class SpanScores:
    """A reader's scores of one text: how likely the answer begins and ends at each of its tokens.

    `places`, shape (n, 2), holds the character offsets of the tokens. `begins` and `ends`, shape (n,), are log-odds
    against "the answer is not in this text".
    """

    places: npt.NDArray[np.int32]
    begins: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


ContextRole = Literal["column_names", "lead_in", "heading", "question"]


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """A slice of a quote's document that makes the quote understood: `text == document.text[start:end]`."""

    role: ContextRole
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with its place in a document: always `quote == document.text[start:end]`.

    The constructor cuts the quote from the document, so a citation with other words is impossible. `short_answer`
    are the offsets in the document of the words in the quote that answer; None when no reader found them. `page` is
    the number, from 1, of the page on which the quote begins; None when the document has no pages. `parts` are the
    offsets of what is quoted, without the marks between the items of a list. `context` is shown with the quote.

    Raises ValueError when the number is below 1, the offsets are not a slice of the document, or the short answer is
    not inside the quote.
    """

    number: int
    start: int
    end: int
    link: str
    document: InitVar[Document]
    short_answer: tuple[int, int] | None = None
    parts: tuple[tuple[int, int], ...] = ()
    context: tuple[QuoteContext, ...] = ()
    doc_id: str = field(init=False)
    url: str | None = field(init=False)
    title: str = field(init=False)
    published: str | None = field(init=False)
    page: int | None = field(init=False)
    quote: str = field(init=False)

    def __post_init__(self, document: Document) -> None:
        if self.number < 1:
            raise ValueError(f"citation numbers count from 1, not {self.number}")
        if not 0 <= self.start < self.end <= len(document.text):
            raise ValueError(f"[{self.start}:{self.end}] is not a slice of {document.doc_id}")
        if self.short_answer and not self.start <= self.short_answer[0] < self.short_answer[1] <= self.end:
            raise ValueError(f"{self.short_answer} is not inside the quote [{self.start}:{self.end}]")
        for name in ("doc_id", "url", "title", "published"):
            object.__setattr__(self, name, getattr(document, name))
        object.__setattr__(self, "page", document.page_at(self.start))
        object.__setattr__(self, "quote", document.text[self.start : self.end])


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a model's answer: its `text` without markers, the numbers of its citations, and its verdict.

    `why` says in the language of the question why it is not supported. `lead` is the white space or the list bullet
    before it.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    why: str | None = None
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message in a request to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A text in which a marker `[n]` follows each statement; `citations[0]` is the best evidence.

    `confidence` is a probability. `notice` is a message to the reader in the language of the question, for example
    that the quotes are in another language. `statements` are the sentences of a model's answer, and `dropped_markers`
    is the number of its citations of passages that do not exist; an extractive answer has neither.
    """

    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    confidence: float
    notice: str | None = None
    statements: tuple[Statement, ...] = ()
    dropped_markers: int = 0


@dataclass(frozen=True, slots=True)
class Abstention:
    """The reply when the documents support no answer; it is not an error.

    `text` says so in the language of the question; `closest` are the nearest quotes, best first. `confidence` and
    `notice` are those of an Answer.
    """

    reason: AbstentionReason
    text: str
    closest: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    confidence: float
    notice: str | None = None


Reply = Answer | Abstention


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a question, before the answer."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """The text that a model has written so far, without markers and not yet verified."""

    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its reply.

    `query` is the standalone question that was searched for. `language` is that of the question. `timings_ms` are the
    milliseconds for "embed", "search", "answer" and "total". `generation` is the number of the index generation.
    """

    question: str
    query: str
    language: str
    reply: Reply
    answerer: Answerer
    timings_ms: Mapping[str, float]
    generation: int


Progress = Found | PartialAnswer | Exchange
"""A step of the work on a question; the last one is the Exchange."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of an index generation, stored in it as manifest.json."""

    format_version: int
    generation: int
    created: str
    """The time of the build, UTC, ISO 8601."""
    model: str
    model_fingerprint: str
    dimension: int
    settings: Mapping[str, int | float | str]
    versions: Mapping[str, str]
    documents: int
    chunks: int
    corpus_sha256: str
    files: Mapping[str, str]
    """The SHA-256 of each file, by name."""
    search: Literal["all", "candidates"]
    """The chunks that a query is compared with: all, or candidates in a large index."""
    stamps: Mapping[str, list[int]]
    """The size in bytes and the time of the last change in nanoseconds of each large file, by name."""
