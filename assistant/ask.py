"""How a question becomes a reply: standalone query → search → answer or abstention."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from assistant.answer.extract import answer_extractively
from assistant.errors import QuestionError
from assistant.index.store import Generation
from assistant.records import Document, Encoder, Exchange, Hit, Manifest, Reader, Reading, Turn, Vectors
from assistant.retrieve.followup import search_texts, standalone_query
from assistant.retrieve.search import Probe, search
from assistant.settings import Settings
from assistant.text.accents import has_accents, restore_accents
from assistant.text.language import detect_language

_UNACCENTED_LEXICAL_FACTOR = 2.0


class Assistant:
    """An opened index that answers questions; may be shared between threads."""

    def __init__(self, settings: Settings, encoder: Encoder, reader: Reader | None, generation: Generation) -> None:
        self._settings = settings
        self._encoder = encoder
        self._reader = reader
        self._generation = generation
        self._languages = tuple(sorted({"en", "pl", "vi"} | {d.language for d in generation.tables.documents()}))
        self._model_lock = threading.Lock()  # tokenizers are not safe to share

    @property
    def manifest(self) -> Manifest:
        """What built the index that is being read."""
        return self._generation.manifest

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Exchange:
        """Answer `question` out of `k` passages, or abstain.

        Raises QuestionError when the question is empty or too long.
        """
        started = time.perf_counter()
        question = self._checked(question)
        language = detect_language(question, self._languages)
        probes = self._probes(question, history, language)
        query, vector = probes[0].text, probes[0].vector
        embedded = time.perf_counter()
        hits = self._search(probes, k)
        searched = time.perf_counter()
        reply = answer_extractively(
            query,
            vector,
            hits,
            self._generation,
            readings=self._read(query, hits),
            language=language,
            sentences=self._settings.answer.sentences,
            min_confidence=self._settings.answer.min_confidence,
        )
        ended = time.perf_counter()
        seconds = {
            "embed": embedded - started,
            "search": searched - embedded,
            "answer": ended - searched,
            "total": ended - started,
        }
        timings_ms = {name: round(1000 * value, 2) for name, value in seconds.items()}
        return Exchange(question, query, language, reply, "extractive", timings_ms)

    def search(self, query: str, *, history: Sequence[Turn] = (), k: int | None = None) -> tuple[Hit, ...]:
        """The `k` best chunks for `query`, best first. Raises QuestionError as `ask` does."""
        query = self._checked(query)
        return self._search(self._probes(query, history, detect_language(query, self._languages)), k)

    def document(self, doc_id: str) -> Document:
        """Raises DocumentNotFoundError."""
        return self._generation.document(doc_id)

    def documents(self) -> tuple[Document, ...]:
        """Every indexed document, in the order of the sources."""
        return tuple(self._generation.tables.documents())

    def close(self) -> None:
        """Close the index."""
        self._generation.close()

    def _checked(self, question: str) -> str:
        limit = self._settings.answer.question_chars
        question = _clean(question)
        if not question:
            raise QuestionError("The question is empty.", "Type a question about the documents.")
        if len(question) > limit:
            raise QuestionError(
                f"The question has {len(question):,} characters; at most {limit:,} are accepted.",
                "Ask for one thing at a time, in a sentence or two.",
            )
        return question

    def _probes(self, question: str, history: Sequence[Turn], language: str) -> list[Probe]:
        """What to search with; first the standalone query."""
        query = _clean(standalone_query(question, history, language))[-self._settings.answer.question_chars :]
        return [self._probe(text, weight) for text, weight in search_texts(question, query, history)]

    def _probe(self, text: str, weight: float) -> Probe:
        """`text` to search with, the accents put back that Vietnamese was typed without.

        The encoder is nearly blind to unaccented Vietnamese. The accents put back are a guess, the words are not.
        """
        lexical_weight = self._settings.retrieve.lexical_weight
        if detect_language(text, self._languages) == "vi" and not has_accents(text):
            text, lexical_weight = restore_accents(text), lexical_weight * _UNACCENTED_LEXICAL_FACTOR
        return Probe(text, self._embed(text), weight, lexical_weight)

    def _embed(self, query: str) -> Vectors:
        with self._model_lock:
            return self._encoder.embed_query(query)

    def _read(self, query: str, hits: Sequence[Hit]) -> dict[str, Reading]:
        """What the reader makes of the first hits, by chunk id."""
        if self._reader is None:
            return {}
        chunks = [hit.chunk for hit in hits[: self._settings.answer.read]]
        texts = [(self._generation.document(chunk.doc_id).title, chunk.text) for chunk in chunks]
        with self._model_lock:
            readings = self._reader.read(query, texts)
        return {chunk.chunk_id: reading for chunk, reading in zip(chunks, readings, strict=True)}

    def _search(self, probes: Sequence[Probe], k: int | None) -> tuple[Hit, ...]:
        generation = self._generation
        return search(
            probes,
            generation.dense,
            generation.lexical,
            generation.sentence_vectors,
            generation.languages,
            generation.tables.chunk,
            k=k or self._settings.retrieve.k,
        )


def _clean(question: str) -> str:
    """Single spaces, no NUL, no lone surrogate (half an emoji that a client cut off): it cannot be embedded."""
    return " ".join(question.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split())
