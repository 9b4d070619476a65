"""Fits the regressions of assistant/answer/confidence.py, on questions that the reader was not trained on.

    python -m benchmarks.tune.confidence DATA WORK

Each question is asked three times: with the documents that answer it, with them removed from the hits, and with a name,
number or year swapped for another document's (benchmarks/swapped.py). Questions that only look answerable are asked
once. For each set, a model fitted to the other sets shows how far the figures carry.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.answer.confidence import Evidence, features, lacking
from assistant.answer.retrieved import with_requested
from assistant.answer.sentence_ranking import rank_candidates
from assistant.evaluate.cases import Case
from assistant.model_set import Models
from assistant.records import Hit, SpanScores
from assistant.settings import load_settings
from benchmarks.reader_cases import held_out_ids
from benchmarks.swapped import Swaps
from benchmarks.tune.bench import DEEP, Bench, Shared, add_arguments, open_benches

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
Sample = tuple[Evidence, bool, bool]
"""The evidence, whether the hits hold an answer, and whether the question was swapped."""
PENALTY = 0.1  # on the squares of the weights of what lacks; some of it is seen a few times only
COST = 3.0  # answers not given that one wrong answer costs, where a question has what the quote lacks


def samples_of(bench: Bench, models: Models, read: int) -> list[Sample]:
    """The evidence for the best quote, and whether the hits hold an answer; `read` passages are read."""
    assistant = bench.assistant(models)
    samples = []
    texts = {document.doc_id: document.text for document in bench.generation.tables.documents()}
    swaps = Swaps(bench.cases, texts, random.Random(3))
    for case in bench.cases:
        hits = assistant.search(case.question, k=DEEP)
        without = tuple(hit for hit in hits if hit.chunk.doc_id not in case.doc_ids)
        for found, answerable in [(hits, True), (without, False)] if case.answerable else [(hits, False)]:
            if evidence := best_evidence(bench, models, case, found, read):
                samples.append((evidence, answerable, False))
        if case.answerable and (question := swaps.swapped(case)):
            swapped = replace(case, question=question)
            if evidence := best_evidence(bench, models, swapped, assistant.search(question, k=DEEP), read):
                samples.append((evidence, False, True))
    return samples


def best_evidence(bench: Bench, models: Models, case: Case, hits: Sequence[Hit], read: int) -> Evidence | None:
    """The evidence for the best sentence of the first `hits`."""
    first = hits[: load_settings().retrieve.k]
    span_scores: dict[str, SpanScores] = {}
    if read and models.reader:
        chunks = [hit.chunk for hit in first[:read]]
        texts = [(bench.generation.document(chunk.doc_id).title, chunk.text) for chunk in chunks]
        found = models.reader.read(case.question, texts)
        span_scores = {chunk.chunk_id: reading for chunk, reading in zip(chunks, found, strict=True)}
    align = models.aligner.align if read and models.aligner else None
    vector = models.encoder.embed_query(case.question)
    ranked = rank_candidates(case.question, vector, first, bench.generation, case.lang, span_scores, align)
    ranked = with_requested(case.question, case.lang, ranked, first, bench.generation)
    return ranked[0].evidence if ranked else None


def fit(samples: Sequence[Sample]) -> LogisticRegression:
    """Fit to the questions as they are, without regularisation to speak of: there are a few constants."""
    own = [sample for sample in samples if not sample[2]]
    return LogisticRegression(C=1e4, max_iter=10_000).fit(matrix(own), [answerable for _, answerable, _ in own])


def fit_lacking(samples: Sequence[Sample], model: LogisticRegression) -> npt.NDArray[np.float64]:
    """Fit the weights of what a quote lacks, none above 0, on top of `model`; wrong answers count COST times."""
    logit = model.decision_function(matrix(samples))
    counts = np.array([lacking(evidence) for evidence, *_ in samples])
    truth = np.array([answerable for _, answerable, _ in samples])
    weights = np.where(truth, 1.0, COST * truth.sum() / (~truth).sum())

    def loss(logs: npt.NDArray[np.float64]) -> float:
        raised = logit - counts @ np.exp(logs)
        penalty = PENALTY * float((np.exp(logs) ** 2).sum())
        return penalty + float((weights * np.logaddexp(0, np.where(truth, -raised, raised))).sum())

    return np.asarray(-np.exp(minimize(loss, np.zeros(counts.shape[1])).x), np.float64)


def matrix(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Shape (samples, features)."""
    return np.array([features(evidence) for evidence, *_ in samples])


def show(by_set: dict[str, list[Sample]]) -> None:
    """Print the figures of each set by a model of the others, and the constants of a model of all."""
    for name, samples in by_set.items():
        others = [sample for other, own in by_set.items() if other != name for sample in own]
        if not others:
            continue
        truth = np.array([answerable for _, answerable, _ in samples])
        model = fit(others)
        counts = np.array([lacking(evidence) for evidence, *_ in samples])
        probability = expit(model.decision_function(matrix(samples)) + counts @ fit_lacking(others, model))
        print(
            f"{name:12} n {len(truth)}  AUROC {roc_auc_score(truth, probability):.3f}  answered at .5: "
            f"{(probability[truth] >= 0.5).mean():.3f} of the answerable, "
            f"{(probability[~truth] >= 0.5).mean():.3f} of the others"
        )
    everything = [sample for samples in by_set.values() for sample in samples]
    model = fit(everything)
    print(f"lacking {np.round(fit_lacking(everything, model), 2).tolist()}")
    print(f"intercept {model.intercept_[0]:.3f}, weights {np.round(model.coef_[0], 3).tolist()}")


def main() -> None:
    """Print the constants with and without the reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, SETS)
    arguments = parser.parse_args()
    held_out = held_out_ids(arguments.data, arguments.sets)
    with open_benches(arguments, lambda name, case: (name, case.id) in held_out) as benches:
        models = Shared().models
        for read in (load_settings().answer.read, 0):
            print(f"\n{'with' if read else 'without'} the reader", flush=True)
            show({bench.name: samples_of(bench, models, read) for bench in benches})


if __name__ == "__main__":
    main()
