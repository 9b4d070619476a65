"""Questions that the reader was not trained on, and what the simplest scorer makes of them.

    python -m benchmarks.held_out DATA STORES OUT

writes OUT/<set>.jsonl for `assistant eval OUT/<set>.jsonl --store STORES/<set>`, and prints, over the very passages
that the assistant would quote from, hit@1 of the simplest scorer: cosine of question and sentence, plus 0.1 · share of
the question's terms in the sentence, by idf, plus 0.3 · cosine of the passage. Compare with `hit@1_forced`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from assistant.evaluate.cases import Case, read_cases
from assistant.evaluate.metrics import holds_answer
from assistant.factory import make_encoder
from assistant.index.store import Generation, open_generation
from assistant.protocols import LayeredEncoder
from assistant.retrieve.search import SubQuery, search
from assistant.settings import Settings, load_settings
from assistant.text.statements import is_statement
from assistant.text.terms import terms_of
from benchmarks.reader_cases import write_held_out

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en", "covidqa-en")


def simplest_hit(case: Case, generation: Generation, encoder: LayeredEncoder, settings: Settings) -> bool:
    """Whether the simplest scorer's first sentence is of a right document and holds the answer."""
    vector = encoder.embed_query(case.question)
    hits = search(
        [SubQuery(case.question, vector, 1.0, settings.retrieve.lexical_weight)],
        generation.comparer(),
        generation.sentence_vectors,
        generation.tables.chunk,
        k=settings.retrieve.k,
    )
    weights = {term: generation.idf(term) for term in set(terms_of(case.question))}
    best, hit_of_best = -np.inf, False
    for hit in hits:
        document = generation.document(hit.chunk.doc_id)
        sentences, vectors = generation.sentences(hit.chunk)
        for sentence, cosine in zip(sentences, vectors @ vector[0], strict=True):
            text = document.text[sentence.start : sentence.end]
            if not is_statement(text, document):
                continue
            shared = sum(weights[term] for term in weights.keys() & set(terms_of(text))) / sum(weights.values())
            score = float(cosine) + 0.1 * shared + 0.3 * hit.cosine
            if score > best:
                best, hit_of_best = score, document.doc_id in case.doc_ids and holds_answer(text, case.answers)
    return hit_of_best


def main() -> None:
    """Write the questions and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("stores", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    write_held_out(arguments.data, SETS, arguments.out)
    settings = load_settings()
    encoder = make_encoder(settings)
    for name in SETS:
        generation = open_generation(arguments.stores / name)
        hits = defaultdict(list)
        for case in read_cases([arguments.out / f"{name}.jsonl"]):
            if case.answerable:
                hits[case.lang].append(simplest_hit(case, generation, encoder, settings))
        generation.close()
        figures = {language: {"n": len(h), "hit@1": round(float(np.mean(h)), 3)} for language, h in hits.items()}
        print(name, json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
