"""The question sets of a tuning script: indexed, opened, and with models that remember what they computed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from assistant.ask import Assistant
from assistant.build import build_index
from assistant.evaluate.cases import Case
from assistant.evaluate.metrics import fold_hits
from assistant.evaluate.outcome import scores
from assistant.evaluate.run import run_case
from assistant.factory import make_encoder, make_readers
from assistant.index.store import Generation, open_generation
from assistant.model_set import Models
from assistant.protocols import Aligner, LayeredEncoder, Reader
from assistant.records import SpanScores, Vectors
from assistant.settings import load_settings
from benchmarks.small_sets import small_set
from benchmarks.tune.sweep import Scores

DEEP = 50  # hits searched for, of which the first of each document counts


class RememberingEncoder:
    """An encoder that embeds each query once."""

    def __init__(self, encoder: LayeredEncoder) -> None:
        self._encoder = encoder
        self._queries: dict[str, Vectors] = {}
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension, self.window_tokens = encoder.dimension, encoder.window_tokens
        self.count_tokens, self.embed_passages = encoder.count_tokens, encoder.embed_passages

    def embed_query(self, query: str) -> Vectors:
        """Shape (1, dimension)."""
        return self.embed_queries([query])

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Shape (len(queries), dimension)."""
        if new := [query for query in dict.fromkeys(queries) if query not in self._queries]:
            self._queries.update(zip(new, self._encoder.embed_queries(new), strict=True))
        return np.array([self._queries[query] for query in queries], np.float32).reshape(-1, self.dimension)


class RememberingReader:
    """A reader that reads each passage once for a question."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read: dict[tuple[str, tuple[str, str]], SpanScores] = {}

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """One SpanScores for each (title, text)."""
        if new := [text for text in dict.fromkeys(texts) if (question, text) not in self._read]:
            span_scores = self._reader.read(question, new)
            self._read.update({(question, text): reading for text, reading in zip(new, span_scores, strict=True)})
        return [self._read[question, text] for text in texts]


class RememberingAligner:
    """An aligner that compares each question with the same sentences once."""

    def __init__(self, aligner: Aligner) -> None:
        self._aligner = aligner
        self._aligned: dict[tuple[str, tuple[str, ...]], list[float]] = {}

    def align(self, question: str, sentences: Sequence[str]) -> list[float]:
        """For each of `sentences`, how well it meets the question's words."""
        key = (question, tuple(sentences))
        if key not in self._aligned:
            self._aligned[key] = self._aligner.align(question, sentences)
        return self._aligned[key]


class Shared:
    """The models of all sets, loaded when they are first used."""

    @cached_property
    def layers(self) -> LayeredEncoder:
        """The encoder itself."""
        return make_encoder(load_settings())

    @cached_property
    def encoder(self) -> RememberingEncoder:
        """The encoder, which remembers."""
        return RememberingEncoder(self.layers)

    @cached_property
    def models(self) -> Models:
        """Encoder, reader and aligner, which remember."""
        reader, aligner = make_readers(load_settings(), self.layers)
        return Models(
            self.encoder,
            RememberingReader(reader) if reader else None,
            aligner=RememberingAligner(aligner) if aligner else None,
        )


@dataclass(frozen=True)
class Bench:
    """An indexed set and its questions."""

    name: str
    store: Path
    generation: Generation
    cases: Sequence[Case]

    def assistant(self, models: Models) -> Assistant:
        """An Assistant with the settings of the moment; only the bench closes the index."""
        return Assistant(load_settings(store=self.store), models, self.generation)


def add_arguments(parser: argparse.ArgumentParser, sets: Sequence[str]) -> None:
    """The arguments that `open_benches` reads."""
    parser.add_argument("data", type=Path, help="folder of the sets")
    parser.add_argument("work", type=Path, help="folder for the indexes, kept for the next time")
    parser.add_argument("--sets", nargs="+", default=list(sets))
    parser.add_argument("--documents", type=int, default=10_000, help="most documents of a set")
    parser.add_argument("--questions", type=int, default=200, help="most answerable questions of a set")


@contextmanager
def open_benches(arguments: argparse.Namespace, admitted: Callable[[str, Case], bool]) -> Iterator[list[Bench]]:
    """Index and open the sets that `arguments` name; `admitted` says of a set's name and a case whether it is asked."""
    benches: list[Bench] = []
    try:
        for name in arguments.sets:
            corpus = arguments.work / f"{name}-{arguments.documents}.jsonl"
            cases, _ = small_set(
                arguments.data / name,
                corpus,
                documents=arguments.documents,
                questions=arguments.questions,
                admitted=partial(admitted, name),
            )
            store = corpus.with_suffix("")
            build_index(load_settings(sources=(str(corpus),), store=store))
            benches.append(Bench(name, store, open_generation(store), cases))
        yield benches
    finally:
        for bench in benches:
            bench.generation.close()


def measure_search(
    benches: Sequence[Bench], models: Models, score: Callable[[Sequence[str], Sequence[str]], float]
) -> Scores:
    """`score` of the documents found, best first, and the gold ones, for each case."""
    found = {}
    for bench in benches:
        assistant = bench.assistant(models)
        values = []
        for case in bench.cases:
            hits = assistant.search(case.question, history=case.history, k=DEEP)
            values.append(score(fold_hits(hit.chunk.doc_id for hit in hits), case.doc_ids))
        found[bench.name] = np.array(values, np.float64)
    return found


def measure_replies(benches: Sequence[Bench], models: Models, metric: str) -> Scores:
    """The score of each case by `metric`, a key of `assistant.evaluate.outcome.scores`.

    Raises RuntimeError when a case fails.
    """
    found = {}
    for bench in benches:
        assistant = bench.assistant(models)
        values = []
        for case in bench.cases:
            outcome = run_case(assistant, case)
            if outcome.error:
                raise RuntimeError(f"{case.place}: {outcome.error}")
            values.append(scores(case, outcome)[metric][0])
        found[bench.name] = np.array(values, np.float64)
    return found
