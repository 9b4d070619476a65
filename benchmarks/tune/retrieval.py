"""Fits the weights of the search: how words, sentences and languages count.

    python -m benchmarks.mixed_set DATA DATA/mixed                                  (once, for the prior of languages)
    python -m benchmarks.tune.retrieval DATA WORK --sets mlqa-ctx-en mlqa-ctx-vi poquad-pl tydiqa-en mixed

Figure: ndcg@10 of the documents, over the answerable questions. The Vietnamese questions of the last set with any count
a second time, typed without accents, as a set of their own.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

from assistant import ask
from assistant.evaluate.metrics import ndcg_at
from assistant.retrieve import search
from assistant.text import language
from assistant.text.fold import strip_accents
from benchmarks.tune.bench import Bench, Shared, add_arguments, measure_search, open_benches
from benchmarks.tune.sweep import Constant, Setting, sweep

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
TUNABLES = (
    Setting("retrieve.lexical_weight", (0.1, 0.2, 0.3, 0.4, 0.5)),
    Constant(search, "_SENTENCE_SHARE", (0.0, 0.25, 0.5, 0.6, 0.75, 1.0)),
    Constant(search, "_COMPARED", (50, 100, 200, 400)),
    Constant(language, "PRIOR_CHUNKS", (0, 2, 8, 32, 128)),
    Constant(ask, "_UNACCENTED_LEXICAL_FACTOR", (1.0, 1.5, 2.0, 3.0)),
)


def unaccented(bench: Bench) -> Bench:
    """The Vietnamese questions of `bench` without their accents."""
    cases = [replace(case, question=strip_accents(case.question)) for case in bench.cases if case.lang == "vi"]
    return replace(bench, name=f"{bench.name}, no accents", cases=cases)


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser, SETS)
    with open_benches(parser.parse_args(), lambda _, case: case.answerable) as opened:
        models = Shared().models
        plain = [unaccented(bench) for bench in opened]
        benches = [*opened, *[bench for bench in plain if bench.cases][-1:]]
        sweep(TUNABLES, lambda: measure_search(benches, models, partial(ndcg_at, 10)))


if __name__ == "__main__":
    main()
