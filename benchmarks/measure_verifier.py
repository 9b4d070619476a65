"""How well assistant.verify.verifier tells what a passage says from what it does not.

    python -m benchmarks.measure_verifier STORE [FILE.jsonl]

Each statement of FILE (default: eval/statements.jsonl) is checked as citing the first passage of its document that
holds the words of "quote", with the passages nearest to it at hand. "Unsupported" is the positive class: recall is the
share of wrong statements that are found out, precision the share of those flagged that are wrong, and false alarms the
share of right statements that are flagged.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.factory import make_encoder
from assistant.index.store import Generation, open_generation
from assistant.protocols import Encoder
from assistant.records import Chunk
from assistant.settings import load_settings
from assistant.verify.verifier import Check, Verifier

PASSAGES = 8  # at hand, as after a question
STATEMENTS = Path(__file__).parents[1] / "eval" / "statements.jsonl"


@dataclass(frozen=True, slots=True)
class Result:
    """One statement of the set and what the verifier made of it."""

    case: dict[str, Any]
    check: Check
    languages: str
    """Of the statement and of the document."""

    @property
    def flagged(self) -> bool:
        """Whether the verifier says that the passage does not support it."""
        return self.check.verdict != "supported"


def read_statements(
    generation: Generation, encoder: Encoder, file: Path
) -> Iterator[tuple[dict[str, Any], list[Chunk]]]:
    """Each statement of `file` with the passage that it cites, and the passages nearest to it.

    Raises ValueError for a statement whose quote is in no passage.
    """
    chunks = [generation.tables.chunk(row) for row in range(generation.manifest.chunks)]
    for line in file.read_text("utf-8").splitlines():
        case = json.loads(line)
        holding = [c for c in chunks if c.doc_id == case["doc_id"] and case["quote"] in c.text]
        if not holding:
            raise ValueError(f"{case['id']}: no passage of {case['doc_id']} holds {case['quote']!r}")
        near = np.argsort(-generation.dense.scores(encoder.embed_query(case["sentence"])), kind="stable")
        yield case, [holding[0], *[chunks[row] for row in near[:PASSAGES] if chunks[row] != holding[0]]][:PASSAGES]


def check_statements(generation: Generation, encoder: Encoder, file: Path = STATEMENTS) -> list[Result]:
    """Check every statement of `file`. Raises as `read_statements` does."""
    verifier = Verifier(generation, encoder.embed_queries)
    results = []
    for case, passages in read_statements(generation, encoder, file):
        (check,) = verifier.check([(case["sentence"], (0,))], passages)
        language = generation.document(case["doc_id"]).language
        results.append(Result(case, check, case["lang"] + (f" on {language}" if language != case["lang"] else "")))
    return results


def figures(results: Sequence[Result]) -> dict[str, float]:
    """Counts and shares; a share of nothing is nan."""
    wrong = [r for r in results if not r.case["supported"]]
    right = [r for r in results if r.case["supported"]]
    found, alarms = sum(r.flagged for r in wrong), sum(r.flagged for r in right)
    return {
        "n": len(results),
        "precision": found / (found + alarms) if found + alarms else float("nan"),
        "recall": found / len(wrong) if wrong else float("nan"),
        "false alarms": alarms / len(right) if right else float("nan"),
    }


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
