"""Fits the constants of assistant/answer/confidence.py, on questions that the reader was not trained on.

    assistant index --source DATA/mlqa-ctx-en/corpus.jsonl --store STORES/mlqa-ctx-en      (each set once)
    python -m benchmarks.calibrate DATA STORES

Each question is asked twice: with the documents that answer it, and with them left out of what was found; questions
that only look answerable are asked once. The model of one set left out at a time says how far its figures carry.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.answer.confidence import Evidence, features
from assistant.answer.sentence_ranking import rank_candidates
from assistant.factory import make_encoder, make_readers
from assistant.index.store import open_generation
from assistant.records import SpanScores
from assistant.retrieve.search import SubQuery, search
from assistant.settings import Settings, load_settings
from benchmarks.reader_cases import HELD_OUT, Question, load_sets

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
DEEP = 40  # hits from which those of the document that answers are left out
MOST = 200  # answerable questions of a set, so that none outweighs the others
Case = tuple[Evidence, bool]


def cases_of(settings: Settings, questions: Sequence[Question]) -> list[Case]:
    """The evidence for the best quote, and whether there was an answer to be found."""
    generation = open_generation(settings.store)
    encoder = make_encoder(settings)
    reader, aligner = make_readers(settings, encoder)
    align = aligner.align if aligner else None
    cases = []
    for question in questions:
        vector = encoder.embed_query(question.text)
        hits = search(
            [SubQuery(question.text, vector, 1.0, settings.retrieve.lexical_weight)],
            generation.dense,
            generation.lexical,
            generation.sentence_vectors,
            generation.languages(),
            generation.tables.chunk,
            k=DEEP,
        )
        span_scores: dict[str, SpanScores] = {}
        without = [hit for hit in hits if hit.chunk.doc_id != question.doc_id]
        for found, answerable in [(hits, True), (without, False)] if question.span else [(hits, False)]:
            first = found[: settings.retrieve.k]
            for chunk in [hit.chunk for hit in first[: settings.answer.read]]:
                if reader and chunk.chunk_id not in span_scores:
                    text = (generation.document(chunk.doc_id).title, chunk.text)
                    (span_scores[chunk.chunk_id],) = reader.read(question.text, [text])
            ranked = rank_candidates(question.text, vector, first, generation, question.language, span_scores, align)
            if ranked:
                cases.append((ranked[0].evidence, answerable))
    generation.close()
    return cases


def fit(cases: Sequence[Case]) -> LogisticRegression:
    """Without regularisation to speak of: there are a few constants and a thousand cases."""
    return LogisticRegression(C=1e4, max_iter=10_000).fit(matrix(cases), [answerable for _, answerable in cases])


def matrix(cases: Sequence[Case]) -> npt.NDArray[np.float64]:
    """Shape (cases, features)."""
    return np.array([features(evidence) for evidence, _ in cases])


def main() -> None:
    """Print the constants, and what a model of the other sets does on each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("stores", type=Path)
    arguments = parser.parse_args()
    questions, _ = load_sets(arguments.data, SETS)
    for read in (load_settings().answer.read, 0):
        by_set = {}
        for name in SETS:
            own = [q for q in questions if q.set_name == name and q.fold == HELD_OUT]
            answerable = [q for q in own if q.span]
            own = random.Random(1).sample(answerable, min(MOST, len(answerable))) + [q for q in own if not q.span]
            by_set[name] = cases_of(load_settings(store=arguments.stores / name, answer={"read": read}), own)
        print("\nwithout the reader" if not read else f"with the reader on {read} passages", flush=True)
        for name in SETS:
            model = fit([case for other, cases in by_set.items() if other != name for case in cases])
            truth = np.array([answerable for _, answerable in by_set[name]])
            probability = model.predict_proba(matrix(by_set[name]))[:, 1]
            print(
                f"{name:12} n {len(truth)}  AUROC {roc_auc_score(truth, probability):.3f}  answered at .5: "
                f"{(probability[truth] >= 0.5).mean():.3f} of the answerable, "
                f"{(probability[~truth] >= 0.5).mean():.3f} of the others"
            )
        model = fit([case for cases in by_set.values() for case in cases])
        print(f"intercept {model.intercept_[0]:.3f}, weights {np.round(model.coef_[0], 3).tolist()}")


if __name__ == "__main__":
    main()
