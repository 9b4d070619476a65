"""Fits what a follow-up is searched with: the standalone query, the question alone, and the answer before.

    python -m benchmarks.tune.follow_ups DATA WORK

Figure: recall@5 of the documents, over the answerable turns of conversations.
"""

from __future__ import annotations

import argparse
from functools import partial

from assistant.evaluate.metrics import recall_at
from assistant.retrieve import follow_up
from benchmarks.tune.bench import Shared, add_arguments, measure_search, open_benches
from benchmarks.tune.sweep import Constant, sweep

SETS = ("mtrag-human-en",)
TUNABLES = (
    Constant(follow_up, "_STANDALONE", (0.0, 0.25, 0.5, 0.75, 1.0)),
    Constant(follow_up, "_ANSWERED", (0.0, 0.03, 0.05, 0.1, 0.15)),
    Constant(follow_up, "_ANSWER_CHARS", (200, 400, 800, 1600)),
    Constant(follow_up, "_SHORT_WORDS", (2, 4, 6, 8)),
)


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, SETS)
    with open_benches(parser.parse_args(), lambda _, case: case.answerable) as benches:
        models = Shared().models
        sweep(TUNABLES, lambda: measure_search(benches, models, partial(recall_at, 5)))


if __name__ == "__main__":
    main()
