"""Fits the weights by which the sentences of the passages are ranked.

    python -m benchmarks.tune.ranking DATA WORK

Figure: hit@1 without abstention, over the answerable questions that the reader was not trained on.
"""

from __future__ import annotations

import argparse

from assistant.answer import retrieved, sentence_ranking
from benchmarks.reader_cases import held_out_ids
from benchmarks.tune.bench import Shared, add_arguments, measure_replies, open_benches
from benchmarks.tune.sweep import Constant, sweep

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
TUNABLES = (
    Constant(sentence_ranking, "_OVERLAP_WEIGHT", (0.0, 0.05, 0.1, 0.15, 0.2)),
    Constant(sentence_ranking, "_CONTEXT_WEIGHT", (0.0, 0.05, 0.1, 0.2)),
    Constant(sentence_ranking, "_PASSAGE_WEIGHT", (0.0, 0.2, 0.4, 0.6, 0.8)),
    Constant(sentence_ranking, "_READING_WEIGHT", (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)),
    Constant(retrieved, "_LACKING_WEIGHT", (0.0, 0.01, 0.02, 0.03, 0.05, 0.1)),
)


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, SETS)
    arguments = parser.parse_args()
    held_out = held_out_ids(arguments.data, arguments.sets)
    with open_benches(arguments, lambda name, case: case.answerable and (name, case.id) in held_out) as benches:
        models = Shared().models
        sweep(TUNABLES, lambda: measure_replies(benches, models, "hit@1_forced"))


if __name__ == "__main__":
    main()
