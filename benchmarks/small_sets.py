"""A part of a question set, small enough to index and ask within minutes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

from assistant.evaluate.cases import Case, read_cases


def small_set(
    folder: Path, corpus: Path, *, documents: int, questions: int, admitted: Callable[[Case], bool]
) -> tuple[list[Case], int]:
    """Write at most `documents` of the set in `folder` to `corpus`, drawn with a fixed seed.

    Returns the admitted cases that only these documents answer, at most `questions` answerable ones and as many others,
    and the number of documents.
    """
    lines = (folder / "corpus.jsonl").read_text("utf-8").splitlines()
    lines = random.Random(1).sample(lines, min(documents, len(lines)))
    ids = {json.loads(line)["id"] for line in lines}
    corpus.parent.mkdir(parents=True, exist_ok=True)
    corpus.write_text("\n".join(lines), "utf-8")
    cases: list[Case] = []
    for answerable in (True, False):
        own = [
            case
            for case in read_cases([folder / "queries.jsonl"])
            if case.answerable == answerable and ids.issuperset(case.doc_ids) and admitted(case)
        ]
        cases += random.Random(1).sample(own, min(questions, len(own)))
    return cases, len(lines)
