"""How search grows with the index: time to build, bytes, start, memory, time of a question, what is lost.

    python -m benchmarks.large DATA/mlqa-ctx-en DATA/poquad-pl … --chunks 10000 100000 --out benchmarks/large.svg

The chunks stand around the embeddings of real sentences: the first are those of the sentences themselves, the others
lie as far from one as real sentences do from their nearest neighbour, in a random direction. Their texts are runs of
words out of the real sentences of the same language. The questions are real. Each index is built by candidates
whatever its size, and searched with and without them; embedding the question is not counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from assistant.factory import cache_folder, make_encoder
from assistant.index.candidates import CandidateComparer, ExhaustiveComparer
from assistant.index.dense import LargeDenseIndex
from assistant.index.embedding_cache import EmbeddingCache
from assistant.index.generation_writer import GenerationWriter, Split
from assistant.index.reuse import embeddings
from assistant.index.store import Generation, build_lock, open_generation
from assistant.records import Chunk, Document, Hit, Sentence, Vectors
from assistant.retrieve.search import Comparer, SubQuery, search
from assistant.settings import load_settings
from assistant.text.sentences import sentence_spans
from benchmarks.memory import memory_now, peak_memory

QUESTIONS, COMPARED = 200, 100  # so many are timed, and so many of them also searched without candidates
LONGEST = 12_000  # characters taken of a document
IN_DOCUMENT, IN_CHUNK, RUN = 10, 3, 6  # chunks of a document, sentences of a chunk, words taken together
WORDS = 30  # of a sentence
AT_A_TIME = 20_000  # chunks made up
K = 10

T = TypeVar("T")


@dataclass(frozen=True)
class Real:
    """Real sentences with their embeddings, and questions with theirs."""

    texts: list[str]
    languages: list[str]
    vectors: Vectors
    questions: list[str]
    question_vectors: Vectors


def read_real(folders: Sequence[Path]) -> Real:
    """Sentences and questions of data sets; what was not embedded before is embedded now, and kept."""
    languages: dict[str, str] = {}
    questions = []
    for folder in folders:
        for row in _rows(folder / "corpus.jsonl"):
            text = row["text"][:LONGEST]
            languages |= {text[start:end]: row["lang"] for start, end in sentence_spans(text, row["lang"])}
        own = [row["question"] for row in _rows(folder / "queries.jsonl") if row["answerable"]]
        count = QUESTIONS // len(folders)
        questions += own[:: max(1, len(own) // count)][:count]
    texts = [text for text in languages if len(text) <= 400]
    settings = load_settings()
    encoder = make_encoder(settings)
    path = cache_folder(settings) / "embeddings.sqlite"
    limit_bytes = settings.embedding.cache_mb * 1_000_000
    with EmbeddingCache(path, encoder.fingerprint, encoder.dimension, limit_bytes=limit_bytes) as cache:
        vectors, _ = embeddings(encoder, texts, [], (), cache, lambda _done, _total: None)
    return Real(texts, [languages[t] for t in texts], vectors, questions, encoder.embed_queries(questions))


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def build(real: Real, count: int, folder: Path) -> dict[str, float]:
    """Write an index of `count` chunks; seconds that took, without making them up, and the most memory."""
    seconds, before = 0.0, memory_now()["anonymous"]
    generation = GenerationWriter(folder / "store", real.vectors.shape[1], large_chunks=0)
    with build_lock(folder / "store"), generation as writer:
        for made in make_up(real, count):
            started = time.perf_counter()
            writer.add(*made)
            seconds += time.perf_counter() - started
        with peak_memory() as peak:
            started = time.perf_counter()
            writer.finish(model="m", model_fingerprint="f", settings={}, versions={})
            seconds += time.perf_counter() - started
    return {"build s": seconds, "build anonymous MB": peak["anonymous"] - before}


def make_up(real: Real, count: int) -> Iterator[tuple[list[Split], Vectors, Vectors]]:
    """`count` chunks around the real sentences, some documents at a time, with the vectors of chunks and sentences."""
    random = np.random.default_rng(1)
    near = _nearest(real.vectors)
    # Documents have one language: the sentences in its order, each document around ten of them.
    order = np.argsort(real.languages, kind="stable")
    own = np.concatenate([order, np.sort(random.integers(0, len(order), max(0, count - len(order))))])[:count]
    names, numbers = np.unique(real.languages, return_inverse=True)
    words = [np.array(" ".join(t for t, own in zip(real.texts, real.languages, strict=True) if own == name).split())
             for name in names]  # fmt: skip
    for first in range(0, count, AT_A_TIME):
        rows = range(first, min(count, first + AT_A_TIME))
        vectors = real.vectors[own[rows]]
        if first >= len(order):
            vectors = _moved(vectors, random.choice(near, len(vectors)), random)
        repeated = np.repeat(vectors, IN_CHUNK, axis=0)
        sentence_vectors = _moved(repeated, random.choice(near, len(repeated)), random)
        splits = []
        for start in range(first, rows.stop, IN_DOCUMENT):
            language = int(numbers[own[start]])
            texts = []
            for row in range(start, min(count, start + IN_DOCUMENT)):
                opening = [real.texts[own[row]]] if row < len(order) else []
                made = [_sentence(words[language], random) for _ in range(IN_CHUNK - len(opening))]
                texts.append([*opening, *made])
            splits.append(_document(f"d{start}", texts, str(names[language])))
        yield splits, vectors, sentence_vectors


def _document(doc_id: str, texts: list[list[str]], language: str) -> Split:
    """A document of chunks of sentences."""
    document = Document(doc_id, "", "\n\n".join(" ".join(pieces) for pieces in texts), language=language)
    chunks: list[Chunk] = []
    sentences: list[Sentence] = []
    at = 0
    for pieces in texts:
        start = at
        for piece in pieces:
            sentences.append(Sentence(doc_id, at, at + len(piece)))
            at += len(piece) + 1
        chunks.append(Chunk.cut(document, start, at - 1))
        at += 1
    return Split(document, chunks, sentences)


def _nearest(vectors: Vectors) -> Vectors:
    """Of some, the cosine with their nearest neighbour that is not the same."""
    cosines = vectors[:: max(1, len(vectors) // 2000)] @ vectors.T
    return np.asarray(np.where(cosines < 0.999, cosines, -1).max(axis=1), np.float32)


def _moved(vectors: Vectors, cosines: Vectors, random: np.random.Generator) -> Vectors:
    """Unit vectors with the `cosines` given to `vectors`, in random directions."""
    away = random.standard_normal(vectors.shape, np.float32)
    away -= np.sum(away * vectors, axis=1, keepdims=True) * vectors
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    moved = cosines[:, None] * vectors + np.sqrt(1 - cosines[:, None] ** 2) * away
    return np.asarray(moved, np.float32)


def _sentence(words: npt.NDArray[np.str_], random: np.random.Generator) -> str:
    starts = random.integers(0, len(words) - RUN, WORDS // RUN)
    return " ".join(word for start in starts for word in words[start : start + RUN])


def measure(questions: list[str], vectors: Vectors, store: Path) -> dict[str, float]:
    """The figures of one index, in a process that did nothing before."""
    before = memory_now()
    started = time.perf_counter()
    generation = open_generation(store)
    languages = generation.languages()
    figures = {"start s": time.perf_counter() - started}
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    figures["bytes per chunk"] = size / generation.manifest.chunks
    sub_queries = [
        [SubQuery(text, vector[None], 1.0, load_settings().retrieve.lexical_weight)]
        for text, vector in zip(questions, vectors, strict=True)
    ]
    dense, lexical = generation.dense, generation.lexical
    assert isinstance(dense, LargeDenseIndex)
    by_candidates, by_all = CandidateComparer(dense, lexical, languages), ExhaustiveComparer(dense, lexical, languages)
    found, times = zip(*[_timed(partial(_find, generation, by_candidates, p)) for p in sub_queries * 2], strict=True)
    wall, cpu = np.array(times[len(sub_queries) :]).T * 1000
    figures |= {"p50 ms": float(np.median(wall)), "p95 ms": float(np.percentile(wall, 95))}
    figures |= {"CPU p50 ms": float(np.median(cpu)), "CPU p95 ms": float(np.percentile(cpu, 95))}
    after = memory_now()
    figures |= {f"{name} MB": after[name] - before["anonymous"] for name in ("anonymous", "resident")}
    for name, work in {
        "dense": lambda p: dense.candidates(p.vector, 1000),
        "BM25": lambda p: lexical.candidates(p.text, 1000),
        "BM25 all": lambda p: lexical.scores(p.text),
    }.items():
        figures[f"{name} CPU p50 ms"] = 1000 * float(
            np.median([_timed(partial(work, p[0]))[1][1] for p in sub_queries])
        )
    some = sub_queries[:: max(1, len(sub_queries) // COMPARED)]
    exact, times = zip(*[_timed(partial(_find, generation, by_all, sub_query)) for sub_query in some], strict=True)
    figures["all p50 ms"], figures["all CPU p50 ms"] = (float(t) * 1000 for t in np.median(np.array(times), axis=0))
    pairs = zip(found[:: max(1, len(sub_queries) // COMPARED)], exact, strict=False)
    figures["recall@10"] = float(np.mean([len(_ids(hits) & _ids(all_hits)) / K for hits, all_hits in pairs]))
    figures["dense recall@10"] = float(np.mean([_dense_recall(dense, languages, p[0].vector) for p in some]))
    generation.close()
    return figures


def _find(generation: Generation, comparer: Comparer, sub_queries: list[SubQuery]) -> tuple[Hit, ...]:
    return search(sub_queries, comparer, generation.sentence_vectors, generation.tables.chunk, k=K)


def _ids(hits: tuple[Hit, ...]) -> set[str]:
    return {hit.chunk.chunk_id for hit in hits}


def _dense_recall(dense: LargeDenseIndex, languages: npt.NDArray[np.int64], vector: Vectors) -> float:
    """Of the ten nearest, each less the mean of its language, the share among the candidates."""
    means = dense.language_sums(vector) / dense.language_counts
    best = np.argsort(-(dense.scores(vector) - means[languages]))[:K]
    return float(np.isin(best, dense.candidates(vector, 1000)).mean())


def _timed(work: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    """What `work` gives, its seconds, and those of CPU."""
    wall, cpu = time.perf_counter(), time.thread_time()
    done = work()
    return done, (time.perf_counter() - wall, time.thread_time() - cpu)


LINES = {"all p50 ms": "all, p50", "p95 ms": "candidates, p95", "p50 ms": "candidates, p50"}
COLOURS = ("#b45309", "#64748b", "#0f766e")


def picture(figures: dict[int, dict[str, float]]) -> str:
    """The milliseconds of a question over the number of chunks, both logarithmic, as SVG."""
    width, height, left, bottom = 640, 360, 60, 50
    sizes, values = list(figures), [row[name] for row in figures.values() for name in LINES]
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
    first, last = np.log10(min(sizes)), max(np.log10(max(sizes)), np.log10(min(sizes)) + 1)

    def x(size: float) -> float:
        return float(left + (np.log10(size) - first) / (last - first) * (width - left - 150))

    def y(value: float) -> float:
        return float(height - bottom - (np.log10(value) - low) / (high - low) * (height - bottom - 20))

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="13"><title>Time of a question by size of the index</title>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
    ]
    for power in range(int(low), int(high) + 1):
        at = y(10.0**power)
        drawn.append(f'<path d="M{left} {at:.1f}H{width - 150}" stroke="#e2e8f0"/>')
        drawn.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for size in sizes:
        drawn.append(f'<text x="{x(size):.1f}" y="{height - bottom + 20}" text-anchor="middle">{size:,}</text>')
    drawn.append(f'<text x="{(width - 90) / 2:.0f}" y="{height - 8}" text-anchor="middle">chunks</text>')
    drawn.append(f'<text transform="translate(16 {height / 2:.0f}) rotate(-90)" text-anchor="middle">ms</text>')
    for (name, label), colour in zip(LINES.items(), COLOURS, strict=True):
        points = [(x(size), y(row[name])) for size, row in figures.items()]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="{colour}"/>' for px, py in points]
        drawn.append(f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}" fill="{colour}">{label}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"


def table(figures: dict[int, dict[str, float]]) -> str:
    """The figures as Markdown, a column for each size."""
    rows = [f"| chunks | {' | '.join(f'{size:,}' for size in figures)} |", f"| --- |{' --- |' * len(figures)}"]
    for name in next(iter(figures.values())):
        rows.append(f"| {name} | {' | '.join(f'{row[name]:,.4g}' for row in figures.values())} |")
    return "\n".join(rows)


def main() -> None:
    """Build and measure each size, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--chunks", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    real = read_real(options.data)
    print(f"{len(real.texts)} sentences, {len(real.questions)} questions, {os.cpu_count()} cores", flush=True)
    figures: dict[int, dict[str, float]] = {}
    fresh = multiprocessing.get_context("spawn")
    for count in options.chunks:
        with TemporaryDirectory() as place:
            with ProcessPoolExecutor(1, fresh) as process:
                built = process.submit(build, real, count, Path(place)).result()
            with ProcessPoolExecutor(1, fresh) as process:
                measured = process.submit(measure, real.questions, real.question_vectors, Path(place) / "store")
                figures[count] = {**built, **measured.result()}
        print(count, json.dumps(figures[count]), flush=True)
    print(table(figures))
    if options.out:
        options.out.write_text(picture(figures), "utf-8")


if __name__ == "__main__":
    main()
