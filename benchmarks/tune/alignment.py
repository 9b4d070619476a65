"""Fits how the words of a question are aligned with those of sentences in another language.

    python -m benchmarks.tune.alignment DATA WORK

Figure: hit@1 without abstention, over the answerable questions in another language than their document that the reader
was not trained on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from assistant.answer import sentence_ranking
from assistant.factory import make_readers
from assistant.model_set import Models
from assistant.models import aligner
from assistant.settings import load_settings
from benchmarks.reader_cases import HELD_OUT, load_sets
from benchmarks.tune.bench import RememberingAligner, Shared, add_arguments, measure_replies, open_benches
from benchmarks.tune.sweep import Constant, sweep

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi")
TUNABLES = (
    Constant(aligner, "_LAYERS", (6, 7, 8, 9)),
    Constant(sentence_ranking, "_ALIGNMENT_WEIGHT", (0.0, 0.4, 0.6, 0.8, 1.0, 1.2)),
    Constant(aligner, "_SHARED", (0.0, 0.5, 0.8, 1.0)),
    Constant(sentence_ranking, "_ALIGNED", (6, 12, 24)),
)


def aligning(shared: Shared) -> Callable[[], Models]:
    """Make a function that returns the models with an aligner of the present constants."""

    @cache
    def made_with(layers: int, share: float) -> RememberingAligner:
        del layers, share  # read from the module; as arguments they tell one aligner's memory from another's
        _, made = make_readers(load_settings(), shared.layers)
        assert made is not None
        return RememberingAligner(made)

    return lambda: replace(shared.models, aligner=made_with(aligner._LAYERS, aligner._SHARED))


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, SETS)
    arguments = parser.parse_args()
    questions, texts = load_sets(arguments.data, arguments.sets)
    crossing = {
        (q.set_name, q.id)
        for q in questions
        if q.span and q.fold == HELD_OUT and q.language != texts[q.doc_id].language
    }
    with open_benches(arguments, lambda name, case: (name, case.id) in crossing) as benches:
        models = aligning(Shared())
        sweep(TUNABLES, lambda: measure_replies(benches, models(), "hit@1_forced"))


if __name__ == "__main__":
    main()
