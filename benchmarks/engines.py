"""The two engines of the bundled model side by side: what is found, how long it takes, what a process needs.

    python -m benchmarks.engines DATA/mlqa-ctx-en DATA/poquad-pl … --documents 150

Each set is indexed with either engine and searched as the assistant does, with at most 400 of the answerable questions
about the documents taken. Times are told as ratios, measured in alternation in this one run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from assistant.build import build_index
from assistant.evaluate.cases import Case
from assistant.evaluate.metrics import fold_hits, ndcg_at, recall_at
from assistant.factory import make_encoder, make_readers, open_assistant
from assistant.settings import Settings, load_settings
from benchmarks.small_sets import small_set

ENGINES = ("torch", "onnx")
MOST_QUESTIONS, DEEP = 400, 50
ROUNDS = 15
PASSAGE = (
    "The lighthouse stands on a cliff above the northern harbour. It was built in 1822 by local masons, of stone that "
    "was brought by ship, and its lamp is seen from 48 kilometres away. "
) * 5
QUESTION = "How far away can the lamp of the lighthouse be seen?"
SERVING = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from assistant import load_settings, open_assistant
assistant = open_assistant(load_settings(store=Path(sys.argv[1]), embedding={"engine": sys.argv[2]}))
assistant.ask(sys.argv[3])
status = Path("/proc/self/status").read_text().split()
print(time.perf_counter() - started, int(status[status.index("VmRSS:") + 1]) / 1024)
"""


def retrieval(folder: Path, documents: int, work: Path) -> tuple[dict[str, list[tuple[float, float]]], int]:
    """(recall@5, ndcg@10) of each question by engine, and how many documents were indexed."""
    corpus = work / f"{folder.name}.jsonl"
    cases, count = small_set(
        folder, corpus, documents=documents, questions=MOST_QUESTIONS, admitted=lambda case: case.answerable
    )
    figures = {}
    for engine in ENGINES:
        settings = _settings(work / f"{folder.name}-{engine}", engine, corpus)
        build_index(settings)
        figures[engine] = _figures(settings, cases)
    return figures, count


def _settings(store: Path, engine: str, *sources: Path) -> Settings:
    own = {"answer": {"read": 0}, "embedding": {"engine": engine}}
    return load_settings(sources=tuple(map(str, sources)) or ("seeds",), store=store, **own)


def _figures(settings: Settings, cases: Sequence[Case]) -> list[tuple[float, float]]:
    assistant = open_assistant(settings)
    figures = []
    for case in cases:
        hits = assistant.search(case.question, history=case.history, k=DEEP)
        ranked = fold_hits(hit.chunk.doc_id for hit in hits)
        figures.append((recall_at(5, ranked, case.doc_ids), ndcg_at(10, ranked, case.doc_ids)))
    assistant.close()
    return figures


def times() -> dict[str, dict[str, float]]:
    """Median milliseconds of CPU of one thread, by work and engine."""
    work: dict[str, dict[str, Callable[[], object]]] = {"passage": {}, "query": {}, "three passages read": {}}
    for engine in ENGINES:
        settings = load_settings(embedding={"engine": engine, "threads": 1})
        encoder = make_encoder(settings)
        reader, _ = make_readers(settings, encoder)
        assert reader is not None
        work["passage"][engine] = partial(encoder.embed_passages, [PASSAGE])
        work["query"][engine] = partial(encoder.embed_query, QUESTION)
        work["three passages read"][engine] = partial(reader.read, QUESTION, [("", PASSAGE)] * 3)
        print(f"{engine}: passage of {encoder.count_tokens([PASSAGE])[0]} tokens")
    taken: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        for name, engines in work.items():
            for engine, run in engines.items():
                started = time.process_time()
                run()
                taken.setdefault((name, engine), []).append(time.process_time() - started)
    return {
        name: {engine: 1000 * float(np.median(taken[name, engine][1:])) for engine in engines}
        for name, engines in work.items()
    }


def serving(work: Path) -> dict[str, list[tuple[float, float]]]:
    """(seconds to import, open and answer; resident MB) of processes that answer one question, by engine."""
    corpus = work / "lighthouse.txt"
    corpus.write_text(PASSAGE, "utf-8")
    figures: dict[str, list[tuple[float, float]]] = {engine: [] for engine in ENGINES}
    for engine in ENGINES:
        build_index(_settings(work / f"serving-{engine}", engine, corpus))
    for _ in range(2):
        for engine in ENGINES:
            command = [sys.executable, "-c", SERVING, str(work / f"serving-{engine}"), engine, QUESTION]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            seconds, resident = map(float, out.split())
            figures[engine].append((seconds, resident))
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="*")
    parser.add_argument("--documents", type=int, default=1000, help="most documents of a set")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        for name, by_engine in times().items():
            print(f"{name}: onnx takes {by_engine['onnx'] / by_engine['torch']:.2f} of torch's CPU time", flush=True)
        for engine, runs in serving(work).items():
            told = [f"{seconds:.1f} s to the first answer, {resident:.0f} MB" for seconds, resident in runs]
            print(f"serving with {engine}: {'; '.join(told)}", flush=True)
        for folder in arguments.sets:
            figures, documents = retrieval(folder, arguments.documents, work)
            means = {engine: np.mean(values, axis=0) for engine, values in figures.items()}
            print(
                f"{folder.name}: {documents} documents, {len(figures['onnx'])} questions; recall@5 and ndcg@10: "
                + ", ".join(f"{engine} {mean[0]:.4f} {mean[1]:.4f}" for engine, mean in means.items())
                + ", difference {:+.4f} {:+.4f}".format(*(means["onnx"] - means["torch"])),
                flush=True,
            )


if __name__ == "__main__":
    main()
