"""The labelled statements, and what the verifier makes of them.

Each statement of a file is checked as citing the first passage of its document that holds the words of "quote", with
the passages nearest to it at hand. "Unsupported" is the positive class.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.store import Generation
from assistant.protocols import Encoder
from assistant.records import Chunk
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
