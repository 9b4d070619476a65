"""How well assistant.verify.verifier tells what a passage says from what it does not.

    python -m benchmarks.measure_verifier STORE [FILE.jsonl]

Each statement of FILE (default: eval/statements.jsonl) is checked as citing the first passage of its document that
holds the words of "quote", with the passages nearest to it at hand. "Unsupported" is the positive class: recall is the
share of wrong statements that are found out, precision the share of those flagged that are wrong, and false alarms the
share of right statements that are flagged.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.factory import make_encoder
from assistant.index.store import open_generation
from assistant.settings import load_settings
from testkit.statements import Result, check_statements, figures


def _row(name: str, results: Sequence[Result]) -> str:
    shares = figures(results)
    return f"{name:14} n {shares.pop('n'):3.0f}" + "".join(f"  {label} {share:.3f}" for label, share in shares.items())


def main() -> None:
    """Print the figures of both halves: all, by class, by language; then what went wrong in the development half."""
    store, *files = sys.argv[1:]
    generation = open_generation(Path(store))
    encoder = make_encoder(load_settings())
    started = time.perf_counter()
    results = check_statements(generation, encoder, *map(Path, files))
    took = 1000 * (time.perf_counter() - started) / len(results)
    for split in sorted({r.case["split"] for r in results}):
        own = [r for r in results if r.case["split"] == split]
        print(_row(split, own))
        for label in dict.fromkeys(r.case["label"] for r in own):
            same = [r for r in own if r.case["label"] == label]
            print(f"  {label:14} n {len(same):3}  flagged {sum(r.flagged for r in same) / len(same):.3f}")
        for languages in sorted({r.languages for r in own}):
            print("  " + _row(languages, [r for r in own if r.languages == languages]))
    print(f"{took:.0f} ms a statement")
    for r in results:
        if r.case["split"] != "test" and r.flagged == r.case["supported"]:
            print(f"{r.case['id']}: {r.check.problem or ''} {r.check.detail!r} {r.case['sentence']}")
    generation.close()


if __name__ == "__main__":
    main()
