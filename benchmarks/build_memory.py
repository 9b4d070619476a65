"""Memory and time of building an index, by its size; embedding itself is left out.

    python -m benchmarks.build_memory DATA/mlqa-ctx-vi DATA/poquad-pl DATA/mlqa-ctx-en --documents 1000 10000 [--given]

Documents of ten sentences in the languages of the data sets, each sentence made of two runs of words out of their
texts. Each index is built through `build_index` in a process of its own, and again after one document was changed. The
encoder is a stand-in that makes a vector of the text's hash, and no embeddings are kept. The documents come from a
.jsonl file; with --given they are handed over as they are made up, so that nothing of reading them is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, overload
from unittest.mock import patch

import numpy as np
from tokenizers import Tokenizer

from assistant import build as build_module
from assistant.build import build_index
from assistant.factory import ModelFactory
from assistant.index.generation_writer import GenerationWriter
from assistant.ingest.load import Loaded, load_documents
from assistant.protocols import Adapter, HiddenStates
from assistant.records import Document, Manifest, Vectors
from assistant.settings import load_settings
from benchmarks.memory import memory_now, peak_memory

SENTENCES = 10  # of a document
HALVES, WORDS = 20_000, (4, 12)  # halves of sentences of each language; words of one
DIMENSION = 384
LONGEST = 100_000  # words of a language


@dataclass(frozen=True)
class MadeUp(Sequence[Document]):
    """Documents made up each time they are asked for; the one at `changed` has another text."""

    halves: dict[str, list[str]]
    size: int
    changed: int | None

    def __len__(self) -> int:
        return self.size

    def without(self, doc_ids: Collection[str]) -> MadeUp:
        """None was removed."""
        assert not doc_ids
        return self

    @overload
    def __getitem__(self, number: int) -> Document: ...
    @overload
    def __getitem__(self, number: slice) -> list[Document]: ...
    def __getitem__(self, number: int | slice) -> Document | list[Document]:
        if isinstance(number, slice):
            return [self[place] for place in range(*number.indices(self.size))]
        if not 0 <= number < self.size:
            raise IndexError(number)
        language = sorted(self.halves)[number % len(self.halves)]
        random = np.random.default_rng([number, number == self.changed])
        own = self.halves[language]
        pairs = random.integers(0, len(own), (SENTENCES, 2)).tolist()
        text = " ".join(f"{own[first].capitalize()} {own[second]}." for first, second in pairs)
        return Document(f"d{number}", f"Document {number}", text, language=language)


def read_halves(folders: Sequence[Path]) -> dict[str, list[str]]:
    """Runs of words of each language of the data sets, without what would end a sentence; two make one."""
    words: dict[str, list[str]] = {}
    for folder in folders:
        for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            own = words.setdefault(row["lang"], [])
            if len(own) < LONGEST:
                own += [word for word in row["text"].split() if word.strip(".?!…:;\"'()[]") == word]
    random = np.random.default_rng(1)
    places = {language: random.integers(0, len(own) - WORDS[1], HALVES) for language, own in words.items()}
    sizes = random.integers(*WORDS, HALVES)
    return {
        language: [" ".join(words[language][at : at + size]) for at, size in zip(own, sizes, strict=True)]
        for language, own in places.items()
    }


class HashEncoder:
    """Stands in for the model: unit vectors made of the texts' hashes."""

    name = "hash"
    fingerprint = "hash"
    dimension = DIMENSION
    window_tokens = 512

    def __init__(self) -> None:
        self.embedded = 0

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        return [len(passage) // 3 for passage in passages]

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        self.embedded += len(passages)
        vectors = np.empty((len(passages), DIMENSION), np.float32)
        for vector, passage in zip(vectors, passages, strict=True):
            seed = int.from_bytes(hashlib.sha256(passage.encode()).digest()[:8], "little")
            vector[:] = np.random.default_rng(seed).standard_normal(DIMENSION, np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def embed_query(self, query: str) -> Vectors:
        return self.embed_passages([query])

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return self.embed_passages(queries)

    @property
    def tokenizer(self) -> Tokenizer:
        """No model stands on this one."""
        raise NotImplementedError

    def adapted(self, adapter: Adapter, layers: int | None = None) -> HiddenStates:
        """No model stands on this one."""
        raise NotImplementedError


def build(documents: MadeUp, folder: Path, given: bool) -> dict[str, float]:
    """Build the index, or bring it up to date; the figures of it."""
    source = folder / "documents.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for document in () if given else documents:
            row = {"id": document.doc_id, "title": document.title, "text": document.text, "lang": document.language}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    settings = load_settings(
        sources=(str(source),), store=folder / "store", cache=folder / "cache", embedding={"cache_mb": 0}
    )
    encoder = HashEncoder()
    read = (lambda *_, **__: Loaded(documents, (), lambda: None)) if given else load_documents  # type: ignore[arg-type]
    finish = GenerationWriter.finish

    def finished(writer: GenerationWriter, **about: Any) -> Manifest:
        begin("index")
        return finish(writer, **about)

    def begin(stage: str) -> None:
        if stage not in starts:
            starts[stage] = time.perf_counter()
            peaks[stage] = dict(peak)
            peak.update(memory_now())

    starts: dict[str, float] = {}
    peaks: dict[str, dict[str, float]] = {}  # until the stage began
    with (
        patch.object(build_module, "load_documents", read),
        patch.object(GenerationWriter, "finish", finished),
        peak_memory() as peak,
    ):
        begin("build")
        report = build_index(
            settings, lambda stage, _done, _total: begin(stage), models=ModelFactory(lambda _: encoder)
        )
        begin("end")
    return {
        "chunks": report.chunks,
        "embedded": encoder.embedded,
        "read, compare s": starts["embed"] - starts["build"],
        "cut, write s": starts["index"] - starts["embed"],
        "index s": starts["end"] - starts["index"],
        "documents/s": len(documents) / (starts["end"] - starts["build"]),
        "before, anonymous MB": peaks["build"]["anonymous"],
        "read, compare, anonymous MB": peaks["embed"]["anonymous"],
        "cut, write, anonymous MB": peaks["index"]["anonymous"],
        "index, anonymous MB": peaks["end"]["anonymous"],
        "resident MB": max(one["resident"] for one in peaks.values()),
    }


def main() -> None:
    """Build each size twice and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--documents", nargs="+", type=int, default=[1000, 10_000])
    parser.add_argument("--given", action="store_true", help="hand the documents over instead of reading them")
    options = parser.parse_args()
    halves = read_halves(options.data)
    fresh = multiprocessing.get_context("spawn")
    figures: dict[str, dict[str, float]] = {}
    print(f"{os.cpu_count()} cores, languages {', '.join(halves)}", flush=True)
    for count in options.documents:
        with TemporaryDirectory() as place:
            for name, changed in (("new", None), ("one changed", count // 2)):
                with ProcessPoolExecutor(1, fresh) as process:
                    built = process.submit(build, MadeUp(halves, count, changed), Path(place), options.given).result()
                figures[f"{count:,} {name}"] = built
                print(f"{count:,} {name}", json.dumps({k: round(v, 1) for k, v in built.items()}), flush=True)
    print(f"| documents | {' | '.join(figures)} |\n| --- |{' ---: |' * len(figures)}")
    for row in next(iter(figures.values())):
        print(f"| {row} | {' | '.join(f'{built[row]:,.1f}' for built in figures.values())} |")


if __name__ == "__main__":
    main()
