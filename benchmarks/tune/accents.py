"""Fits the discounts and the beam of the model of Vietnamese syllables (assistant/text/vietnamese/accents.py).

    python -m benchmarks.tune.accents FILE.jsonl:FIELD[:LANG] … FILE.txt … [--texts 500]

The arguments are those of benchmarks/measure_accents.py; each is a set. Choose texts that the syllable counts were not
made of and that docs/accents.md does not report. Figure: share of the syllables of each text that are right in either
spelling.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np

from assistant.text.vietnamese import accents
from benchmarks.measure_accents import right_syllables, texts
from benchmarks.tune.sweep import Constant, Scores, sweep

TUNABLES = (
    Constant(accents, "_DISCOUNT_2", (0.7, 0.8, 0.9, 0.95, 0.98)),
    Constant(accents, "_DISCOUNT_3", (0.7, 0.8, 0.9, 0.95, 0.98)),
    Constant(accents, "_UNSEEN", (0.1, 0.5, 1.0)),
    Constant(accents, "_BEAM", (4, 8, 16, 32)),
)


def measure(by_set: dict[str, list[str]]) -> Scores:
    """The share of right syllables in each text, by the model with the present constants."""
    accents._read_model.cache_clear()
    found = {}
    for name, own in by_set.items():
        counts = [right_syllables(text) for text in own]
        found[name] = np.array([alike / total for _, alike, total in counts if total])
    return found


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--texts", type=int, default=500, help="most texts of a set, the first ones")
    arguments = parser.parse_args()
    by_set = {source: list(itertools.islice(texts(source), arguments.texts)) for source in arguments.sources}
    sweep(TUNABLES, lambda: measure(by_set))


if __name__ == "__main__":
    main()
