"""The frozen records that travel through the pipeline.

Offsets are characters into `Document.text`, end-exclusive. Ids come from content, so the same documents
give the same ids on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    pass

Vectors = npt.NDArray[np.float32]
"""Embeddings, shape (n, dimension), each row of unit length."""

UrlKind = Literal["page", "attributed"]
"""Whether `Document.url` is the indexed page's own address or only where its text is attributed to."""

AbstentionReason = Literal["no_evidence", "weak_evidence", "unsupported"]

Verdict = Literal["supported", "unsupported", "uncited"]
"""Whether what a sentence of a model cites says so; "uncited": it cites nothing, and nothing clearly says so."""

Answerer = Literal["extractive", "model"]
"""What composed a reply."""

Problem = Literal["number", "date", "name", "negation", "meaning", "no_source"]
"""What is wrong with a sentence that is not supported."""


def sha256_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes of `text`, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """One cleaned source document; its `text` (NFC) is what all offsets refer to.

    `language` is an ISO 639-1 code or "und"; `published` an ISO date (YYYY-MM-DD); `url` and `url_kind` are
    both set or both None; `questions` are example questions that whoever curates the documents suggests; `pages` are
    the offsets where each page begins (the first is 0), empty where the source has none; `also_at` are further
    addresses at which the same text stands.
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
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        if (self.url is None) != (self.url_kind is None):
            raise ValueError(f"document {self.doc_id}: url and url_kind must be given together")
        object.__setattr__(self, "sha256", sha256_text(self.text))


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be read: where, what happened, and what to do."""

    source: str
    error: str
    hint: str


@dataclass(frozen=True, slots=True)
class Page:
    """Something fetched from the web. `url` is where it stands in the end and `at` what was asked for first; `charset`
    is what the server states; `canonical` is the page's own word for its address, on the same site; `also_at` are
    further addresses that lead to it."""

    url: str
    at: str
    charset: str | None = None
    canonical: str | None = None
    also_at: tuple[str, ...] = ()


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
        """Slice `document`; the id is made from the document's id, the offsets and the text.

        Raises ValueError when the slice is empty or reaches outside the text.
        """
        if not 0 <= start < end <= len(document.text):
            raise ValueError(f"[{start}:{end}] is not a slice of {document.doc_id} ({len(document.text)} characters)")
        text = document.text[start:end]
        chunk_id = sha256_text(f"{document.doc_id}\n{start}\n{end}\n{text}")[:16]
        return cls(chunk_id, document.doc_id, start, end, headings, text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What can be quoted: `document.text[start:end]`, usually one sentence."""

    doc_id: str
    start: int
    end: int


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
class Hit:
    """A retrieved chunk; `rank` counts from 1.

    `cosine` and `bm25` are the two similarities behind the `score`; `language_offset` is what the score gained because
    similarities are lower in the chunk's language.
    """

    chunk: Chunk
    score: float
    rank: int
    cosine: float
    bm25: float
    language_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class SpanScores:
    """What a reader makes of one text: how likely the answer begins and ends at each of its tokens.

    `places` (n, 2) holds the tokens' characters in the text; `begins` and `ends` (n,) are log-odds against "the
    answer is not in this text".
    """

    places: npt.NDArray[np.int32]
    begins: npt.NDArray[np.float32]
    ends: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands: `quote == document.text[start:end]`, always.

    The quote is cut from the document here and cannot be passed in, so a citation with any other words
    cannot be constructed. `short_answer` (start, end) are the words inside the quote that answer, where a reader saw
    them. Raises ValueError when the offsets are not a slice of the document, or the short answer's not of the quote.
    """

    number: int
    start: int
    end: int
    link: str
    document: InitVar[Document]
    short_answer: tuple[int, int] | None = None
    doc_id: str = field(init=False)
    url: str | None = field(init=False)
    title: str = field(init=False)
    published: str | None = field(init=False)
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
        object.__setattr__(self, "quote", document.text[self.start : self.end])


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a model's answer: `text` without markers, the numbers of its citations, the verdict on it, and
    why, in the language of the question, where it is not supported. `lead` stands before it: white space, or the
    bullet of a list."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    why: str | None = None
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Text in which every statement is followed by a marker `[n]`; `citations[0]` is the best evidence.

    `notice` says, in the question's language, what the reader should know of it: that the quotes are in
    another language, for example. `statements` are the sentences of a model's answer, and `dropped_markers` counts
    what it cited that it had not been shown; an extractive answer has neither.
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
    """Nothing in the documents supports an answer: a normal reply, never an exception.

    `text` says so in the question's language; `closest` holds the nearest quotes, best first. `notice` is as in an
    Answer.
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
    """The passages that a question found, before anything is made of them."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """What a model has written so far, without markers and before anything of it was verified."""

    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its reply.

    `query` is the standalone question that was searched for, `language` that of the question, `timings_ms`
    the milliseconds spent under "embed", "search", "answer" and "total", `generation` the number of the index asked.
    """

    question: str
    query: str
    language: str
    reply: Reply
    answerer: Answerer
    timings_ms: Mapping[str, float]
    generation: int


Progress = Found | PartialAnswer | Exchange
"""What comes of a question step by step; the last is the Exchange."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What built an index generation; written beside it as manifest.json."""

    format_version: int
    generation: int
    created: str
    """UTC, ISO 8601."""
    model: str
    model_fingerprint: str
    dimension: int
    settings: Mapping[str, int | float | str]
    versions: Mapping[str, str]
    documents: int
    chunks: int
    corpus_sha256: str
    files: Mapping[str, str]
    """File name → SHA-256."""
    search: Literal["all", "candidates"]
    """What a question is compared with: all chunks, or in a large index candidates."""
    stamps: Mapping[str, list[int]]
    """Name of a large file → its size in bytes and the time of its last change in nanoseconds."""
