"""The Assistant: turns a question into a reply (standalone query → search → answer or abstention)."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from assistant.answer.extractive import ExtractiveAnswerer
from assistant.answer.messages import abstention_text, small_talk_language
from assistant.answer.retrieved import Retrieved, assess_hits
from assistant.answer.writing.generative import ModelAnswerer
from assistant.errors import GenerationError, GenerationFailure, QuestionError
from assistant.filter import Facets, Filter
from assistant.index.store import Generation, refuse_truncated, sizes_of
from assistant.model_set import ConfiguredModel, Models
from assistant.records import (
    Abstention,
    Answerer,
    ChatMessage,
    Document,
    Exchange,
    Found,
    Hit,
    Manifest,
    PartialAnswer,
    Progress,
    Reply,
    SpanScores,
)
from assistant.retrieve.accents_found import accented_as_found
from assistant.retrieve.follow_up import last_answer, points_back, standalone_query, sub_query_texts
from assistant.retrieve.search import SubQuery, search
from assistant.settings import Settings
from assistant.text.facts.lexicon import LANGUAGES
from assistant.text.facts.question_language import question_language
from assistant.text.language import UNKNOWN
from assistant.text.vietnamese.accents import has_accents, restore_accents

# Factor of the lexical weight for Vietnamese typed without accents: the accents are restored by a guess, the words
# are certain. Fitted by benchmarks/tune/retrieval.py.
_UNACCENTED_LEXICAL_FACTOR = 2.0
_EARLIER = 3  # earlier questions whose language may decide that of a short one; a limit of time


class Assistant:
    """Answers questions from an opened index; thread-safe."""

    def __init__(self, settings: Settings, models: Models, generation: Generation) -> None:
        self._settings = settings
        self._models = models
        self._generation = generation
        self._sizes = sizes_of(settings.store, generation.manifest)
        self._languages = tuple(sorted({*LANGUAGES} | {facets.language for facets in generation.facets}))
        self._main_language = _main_language(generation.facets)
        self._comparer = generation.comparer()
        self._admitted = lru_cache(maxsize=16)(generation.admitted)  # of many documents it is a long list
        answering = settings.answer
        self._extractive = ExtractiveAnswerer(
            generation, sentences=answering.sentences, min_confidence=answering.min_confidence
        )
        self._model = self._answerer(models.writing) if models.writing else None

    @property
    def manifest(self) -> Manifest:
        """The manifest of the opened index generation."""
        return self._generation.manifest

    @property
    def store(self) -> Path:
        """The folder of the index."""
        return self._settings.store

    @property
    def model(self) -> str | None:
        """The name of the model that writes the answers; None without one."""
        return self._model.name if self._model else None

    @property
    def model_failure(self) -> GenerationFailure | None:
        """The failure of the last request to the model; None if it succeeded or there is no model."""
        return self._model.failure if self._model else None

    def check_model(self) -> None:
        """Request one word from the model, if there is one, to set `model_failure`."""
        if self._model:
            self._model.check()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        answerer: Answerer | None = None,
        page_language: str | None = None,
    ) -> Exchange:
        """Answer `question` from the `k` best passages of the documents that `only` admits, or abstain.

        The configured model writes the answer; without one, or with `answerer` "extractive", it consists of quotes.
        `page_language` is the language of the page on which the question was typed, for questions too short to tell.

        Raises QuestionError when the question is empty or too long, SettingsError when `answerer` is "model" and no
        model is configured.
        """
        (exchange,) = deque(
            self.stream(question, history=history, only=only, k=k, answerer=answerer, page_language=page_language),
            maxlen=1,
        )
        assert isinstance(exchange, Exchange)
        return exchange

    def stream(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        answerer: Answerer | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]:
        """Yield the hits, then what the model has written so far, as it grows, and at last the Exchange.

        Closing the generator ends the request to the model. Arguments and errors are those of `ask`.
        """
        started = time.perf_counter()
        if answerer == "model":
            self._settings.model.require()
        model = None if answerer == "extractive" else self._model
        question = self._checked(question)
        language = self._language(question, history, page_language)
        if spoken := small_talk_language(question, language):
            yield Found(())
            yield self._small_talk(question, spoken, started)
            return
        query, failure = yield from _standalone(model, question, history, language)
        seconds: Counter[str] = Counter()
        alone = model is None and query != question and not points_back(question, language)
        retrieved = self._retrieve(question, language, question, (), only, k, seconds) if alone else None
        if retrieved is None or self._extractive.abstention_reason(retrieved):
            retrieved = self._retrieve(question, language, query, history, only, k, seconds)
        yield Found(retrieved.hits)
        reply, by = yield from self._answer(model, retrieved, failure)
        total = time.perf_counter() - started
        seconds.update({"answer": total - seconds["embed"] - seconds["search"], "total": total})
        timings_ms = {name: round(1000 * value, 2) for name, value in seconds.items()}
        yield Exchange(question, retrieved.query, language, reply, by, timings_ms, self.manifest.generation)

    def _small_talk(self, question: str, language: str, started: float) -> Exchange:
        """Return the reply to a greeting or to thanks: nothing is searched for and nothing quoted."""
        reply = Abstention("small_talk", abstention_text("small_talk", language), (), (), 0.0)
        total = round(1000 * (time.perf_counter() - started), 2)
        timings_ms = {"embed": 0.0, "search": 0.0, "answer": total, "total": total}
        return Exchange(question, question, language, reply, "extractive", timings_ms, self.manifest.generation)

    def search(
        self, query: str, *, history: Sequence[ChatMessage] = (), only: Filter | None = None, k: int | None = None
    ) -> tuple[Hit, ...]:
        """Return the `k` best chunks for `query`, best first. Raises QuestionError when it is empty or too long."""
        query = self._checked(query)
        language = self._language(query, history)
        standalone = standalone_query(query, history, language)
        return self._find(standalone, self._sub_queries(query, language, standalone, history), only, k)[1]

    def assess(self, question: str) -> Retrieved:
        """Return what is retrieved for `question`, and how sure it is that the best of it answers.

        Raises QuestionError when the question is empty or too long.
        """
        question = self._checked(question)
        language = self._language(question, ())
        return self._retrieve(question, language, standalone_query(question, (), language), (), None, None, Counter())

    def document(self, doc_id: str) -> Document:
        """Return the document with this id. Raises DocumentNotFoundError."""
        return self._generation.document(doc_id)

    def documents(self) -> Iterator[Document]:
        """Yield every indexed document, in the order of the sources."""
        return self._generation.tables.documents()

    def facets(self) -> tuple[Facets, ...]:
        """Return the filterable fields of each document, in the order of the sources."""
        return self._generation.facets

    def close(self) -> None:
        """Close the index."""
        self._generation.close()

    def _answerer(self, model: ConfiguredModel) -> ModelAnswerer:
        return ModelAnswerer(
            model.writer,
            self._extractive,
            self._generation,
            self._models.embed_queries,
            model.count_tokens,
            passage_tokens=self._settings.model.passage_tokens,
            unsupported=self._settings.model.unsupported,
        )

    def _checked(self, question: str) -> str:
        refuse_truncated(self._sizes)
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

    def _language(self, text: str, history: Sequence[ChatMessage] = (), page_language: str | None = None) -> str:
        """Return the language of `text`, where it tells none that of the last question, the page or the index."""
        likely = [language for language in (page_language, self._main_language) if language]
        asked = [turn.content for turn in history if turn.role == "user" and turn.content.strip()][-_EARLIER:]
        for earlier in asked:
            likely.insert(0, question_language(_clean(earlier), self._languages, likely))
        return question_language(text, self._languages, likely)

    def _sub_queries(self, question: str, language: str, query: str, history: Sequence[ChatMessage]) -> list[SubQuery]:
        """Return the sub-queries of a `question` in `language`; the first is made of its standalone form `query`.

        The texts that are not the question itself, such as the previous answer, may be in other languages.
        """
        query = _clean(query)[-self._settings.answer.question_chars :]
        return [
            self._sub_query(text, language if text == question else self._language(text), weight)
            for text, weight in sub_query_texts(question, query, history)
        ]

    def _sub_query(self, text: str, language: str, weight: float) -> SubQuery:
        """Return a sub-query of `text`; Vietnamese typed without accents gets them back.

        The encoder hardly understands Vietnamese without accents.
        """
        lexical_weight = self._settings.retrieve.lexical_weight
        if language == "vi" and not has_accents(text):
            text, lexical_weight = restore_accents(text), lexical_weight * _UNACCENTED_LEXICAL_FACTOR
        return SubQuery(text, self._models.embed_query(text), weight, lexical_weight)

    def _retrieve(
        self,
        question: str,
        language: str,
        query: str,
        history: Sequence[ChatMessage],
        only: Filter | None,
        k: int | None,
        seconds: Counter[str],
    ) -> Retrieved:
        """Search for `query`, the standalone form of `question`, and assess the hits; add the times to `seconds`."""
        started = time.perf_counter()
        sub_queries = self._sub_queries(question, language, query, history)
        embedded = time.perf_counter()
        sub_query, hits = self._find(query, sub_queries, only, k)
        seconds.update({"embed": embedded - started, "search": time.perf_counter() - embedded})
        said = last_answer(history) if query != question else ""
        return self._assess(question, sub_query, hits, language, said)

    def _assess(self, question: str, sub_query: SubQuery, hits: tuple[Hit, ...], language: str, said: str) -> Retrieved:
        return assess_hits(
            sub_query.text,
            sub_query.vector,
            hits,
            self._generation,
            question=question,
            chunks=self._generation.manifest.chunks,
            language=language,
            span_scores=self._read(sub_query.text, hits),
            align=self._models.align if self._models.aligner else None,
            said=said,
        )

    def _answer(
        self, model: ModelAnswerer | None, retrieved: Retrieved, failure: GenerationFailure | None
    ) -> Generator[PartialAnswer, None, tuple[Reply, Answerer]]:
        if model is None:
            return self._extractive.answer(retrieved), "extractive"
        return (yield from model.answer(retrieved, failure))

    def _read(self, query: str, hits: Sequence[Hit]) -> dict[str, SpanScores]:
        """Return the reader's scores of the first hits, by chunk id."""
        if self._models.reader is None:
            return {}
        chunks = [hit.chunk for hit in hits[: self._settings.answer.read]]
        texts = [(self._generation.document(chunk.doc_id).title, chunk.text) for chunk in chunks]
        span_scores = self._models.read(query, texts)
        return {chunk.chunk_id: scores for chunk, scores in zip(chunks, span_scores, strict=True)}

    def _find(
        self, query: str, sub_queries: Sequence[SubQuery], only: Filter | None, k: int | None
    ) -> tuple[SubQuery, tuple[Hit, ...]]:
        """Return the first sub-query, which is made of `query`, and the hits of all.

        When the accents of `query` were restored, those that the hits have are put in, and the search is repeated.
        """
        first, *others = sub_queries
        hits = self._search(sub_queries, only, k)
        if first.text != _clean(query) and not has_accents(query):
            text = accented_as_found(_clean(query), first.text, [hit.chunk.text for hit in hits])
            if text != first.text:
                first = replace(first, text=text, vector=self._models.embed_query(text))
                hits = self._search([first, *others], only, k)
        return first, hits

    def _search(self, sub_queries: Sequence[SubQuery], only: Filter | None, k: int | None) -> tuple[Hit, ...]:
        generation = self._generation
        return search(
            sub_queries,
            self._comparer,
            generation.sentence_vectors,
            generation.tables.chunk,
            k=k or self._settings.retrieve.k,
            admitted=self._admitted(only) if only else None,
        )


def _standalone(
    model: ModelAnswerer | None, question: str, history: Sequence[ChatMessage], language: str
) -> Generator[PartialAnswer, None, tuple[str, GenerationFailure | None]]:
    """Return the standalone form of `question`, and how the model failed if it was asked for it."""
    failure = None
    if model is not None and any(turn.role == "user" for turn in history):
        try:
            if query := (yield from model.standalone(question, history)):
                return query, None
        except GenerationError as error:
            failure = error.failure
    return standalone_query(question, history, language), failure


def _main_language(facets: Sequence[Facets]) -> str | None:
    """Return the language of more than half of the documents, None if there is none or it is unknown."""
    counts = Counter(facet.language for facet in facets if facet.language != UNKNOWN)
    language, documents = next(iter(counts.most_common(1)), (None, 0))
    return language if 2 * documents > len(facets) else None


def _clean(question: str) -> str:
    """Return `question` with single spaces, without NUL and lone surrogates, which cannot be embedded."""
    return " ".join(question.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split())
