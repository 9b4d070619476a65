"""Questions that look answerable: one name, number or year of an answerable question changed to another document's.

    python -m benchmarks.swapped DATA OUT

writes OUT/<set>.jsonl for `assistant eval OUT/<set>.jsonl --store STORES/<set>`: of each set at most 125 questions that
the reader was not trained on, each with one name, number or year replaced by one of the same type and language that
the documents that answer it do not have. `false_answer_rate` is the share that is answered all the same.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from assistant.evaluate.cases import Case, read_cases
from assistant.text.fold import strip_accents
from benchmarks.reader_cases import held_out_ids, rows_of

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
_MOST = 125  # questions of a set, so that four sets have 500
_CAPITAL = "A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-ỸĄĆĘŁŃŚŹŻ"
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,4}(?![\w%-]|[.,]\d)")
_NAME = re.compile(rf"(?<=[\w,] )[{_CAPITAL}][\w'’-]+(?: [{_CAPITAL}][\w'’-]+)*")


class Swaps:
    """Swaps names, numbers and years between the questions in `cases`; `texts` holds the documents by id."""

    def __init__(self, cases: Sequence[Case], texts: Mapping[str, str], chance: random.Random) -> None:
        self._texts = texts
        self._chance = chance
        self._pool: dict[tuple[str, str], list[str]] = defaultdict(list)
        for case in cases:
            for match in _places(case.question):
                self._pool[case.lang, _type(match[0])].append(match[0])

    def swapped(self, case: Case) -> str | None:
        """Return the question with one part replaced; None if it has none, or no other question has one like it."""
        places = list(_places(case.question))
        held = strip_accents(" ".join([case.question, *(self._texts[doc_id] for doc_id in case.doc_ids)]))
        self._chance.shuffle(places)
        for place in places:
            pool = self._pool[case.lang, _type(place[0])]
            for other in self._chance.sample(pool, min(20, len(pool))):
                if not re.search(rf"(?<!\w){re.escape(strip_accents(other))}", held):
                    return case.question[: place.start()] + other + case.question[place.end() :]
        return None


def _places(question: str) -> list[re.Match[str]]:
    return [*_NUMBER.finditer(question), *_NAME.finditer(question)]


def _type(written: str) -> str:
    """Return the type of a part: a year, a number of so many digits, or a name of so many words."""
    if written.isdigit():
        return "year" if len(written) == 4 and written[:2] in ("18", "19", "20") else f"{len(written)} digits"
    return f"{len(written.split())} words"


def main() -> None:
    """Write the questions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    held_out = held_out_ids(arguments.data, SETS)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        cases = list(read_cases([arguments.data / name / "queries.jsonl"]))
        texts = {row["id"]: row["text"] for row in rows_of(arguments.data / name / "corpus.jsonl")}
        chance = random.Random(3)
        swaps = Swaps(cases, texts, chance)
        asked = [case for case in cases if case.answerable and (name, case.id) in held_out]
        chance.shuffle(asked)
        rows: list[dict[str, object]] = []
        for case in asked:
            if len(rows) < _MOST and (question := swaps.swapped(case)):
                row = {"id": f"swapped-{case.id}", "question": question, "lang": case.lang, "of": case.question}
                rows.append({**row, "answers": [], "doc_ids": [], "answerable": False})
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (arguments.out / f"{name}.jsonl").write_text("".join(lines), "utf-8")
        print(name, len(rows), flush=True)


if __name__ == "__main__":
    main()
