"""Fits the constants of assistant/answer/abstain.py, on questions that the reader was not trained on.

    assistant index --source DATA/mlqa-ctx-en/corpus.jsonl --store STORES/mlqa-ctx-en      (each set once)
    python -m benchmarks.calibrate DATA STORES

Each question is asked with the documents that answer it, with them left out of what was found, and with a name or a
number of it changed; questions that only look answerable are asked as they are. The model of one set left out at a
time says how far its figures carry.
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

from assistant.answer.abstain import Evidence, features
from assistant.answer.rank import rank_candidates
from assistant.index.store import open_generation
from assistant.pipeline import make_encoder, make_reader
from assistant.records import Reading
from assistant.retrieve.search import Probe, search
from assistant.settings import Settings, load_settings
from benchmarks.reader_cases import HELD_OUT, Negatives, Question, load_sets

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
DEEP = 40  # hits from which those of the document that answers are left out
MOST = 200  # answerable questions of a set, so that none outweighs the others
Case = tuple[Evidence, Evidence, bool]


def cases_of(settings: Settings, questions: Sequence[Question], negatives: Negatives) -> list[Case]:
    """The evidence for the best quote, with and without a reader, and whether there was an answer to be found."""
    generation = open_generation(settings.store)
    encoder = make_encoder(settings)
    reader = make_reader(settings, encoder)
    known: dict[tuple[str, str], Reading] = {}
    cases: list[Case] = []
    for question in questions:
        asked = [(question.text, frozenset[str](), question.span is not None)]
        if question.span:
            asked.append((question.text, frozenset({question.doc_id}), False))
            if changed := negatives.changed(question):
                asked.append((changed, frozenset[str](), False))
        for text, left_out, answerable in asked:
            vector = encoder.embed_query(text)
            hits = search(
                [Probe(text, vector, 1.0, settings.retrieve.lexical_weight)],
                generation.dense,
                generation.lexical,
                generation.sentence_vectors,
                generation.tables.chunk,
                k=DEEP,
            )
            hits = tuple(hit for hit in hits if hit.chunk.doc_id not in left_out)[: settings.retrieve.k]
            readings = {}
            for hit in hits[: settings.answer.read] if reader else ():
                chunk, key = hit.chunk, (text, hit.chunk.chunk_id)
                if key not in known:
                    (known[key],) = reader.read(text, [(generation.document(chunk.doc_id).title, chunk.text)])
                readings[chunk.chunk_id] = known[key]
            ranked = [
                rank_candidates(text, vector, hits, generation, question.language, read) for read in (readings, {})
            ]
            if all(ranked):
                cases.append((ranked[0][0].evidence, ranked[1][0].evidence, answerable))
    generation.close()
    return cases


def matrix(cases: Sequence[Case], read: bool) -> npt.NDArray[np.float64]:
    """Shape (cases, features)."""
    return np.array([features(case[0] if read else case[1]) for case in cases])


def fit(cases: Sequence[Case], read: bool) -> LogisticRegression:
    """Without regularisation to speak of: there are a few constants and thousands of cases.

    The intercept is that of half the questions being answerable (King and Zeng, Political Analysis 2001).
    """
    truth = np.array([case[2] for case in cases])
    model = LogisticRegression(C=1e4, max_iter=10_000).fit(matrix(cases, read), truth)
    model.intercept_ += np.log((~truth).sum() / truth.sum())
    return model


def main() -> None:
    """Print the constants, and what a model of the other sets does on each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("stores", type=Path)
    arguments = parser.parse_args()
    random.seed(1)
    questions, texts = load_sets(arguments.data, SETS)
    negatives = Negatives(questions, texts)
    by_set = {}
    for name in SETS:
        own = [q for q in questions if q.set_name == name and q.fold == HELD_OUT]
        answerable = [q for q in own if q.span]
        own = random.sample(answerable, min(MOST, len(answerable))) + [q for q in own if not q.span]
        by_set[name] = cases_of(load_settings(store=arguments.stores / name), own, negatives)
        print(name, len(by_set[name]), "cases", flush=True)
    for read in (True, False):
        print("\nwith the reader" if read else "\nwithout the reader")
        for name, cases in by_set.items():
            model = fit([case for other in SETS if other != name for case in by_set[other]], read)
            truth = np.array([case[2] for case in cases])
            probability = model.predict_proba(matrix(cases, read))[:, 1]
            print(
                f"{name:12} n {len(truth)}  AUROC {roc_auc_score(truth, probability):.3f}  answered at .5: "
                f"{(probability[truth] >= 0.5).mean():.3f} of the answerable, "
                f"{(probability[~truth] >= 0.5).mean():.3f} of the others"
            )
        model = fit([case for cases in by_set.values() for case in cases], read)
        print(f"intercept {model.intercept_[0]:.2f}, weights {np.round(model.coef_[0], 2).tolist()}")


if __name__ == "__main__":
    main()
