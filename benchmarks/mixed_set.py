"""Writes a set whose documents are in three languages: what an archive is like, and no set of one language shows.

    python -m benchmarks.mixed_set DATA OUT
    assistant index --source OUT/corpus.jsonl --store STORE
    assistant eval OUT/queries.jsonl --store STORE

Half of the articles of MLQA in English, the other half in Vietnamese, and all of PoQuAD; the questions on them, in
both languages, of which many can only be answered from a text in the other one. The id of a question begins with its
own language and that of the document ("vi-en-…").
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from benchmarks.reader_cases import Text, load_sets, rows_of

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl")
POLISH = 250  # questions


def kept(text: Text) -> bool:
    """Whether an article is in the set in this language."""
    return text.language == "pl" or (text.half == (text.language == "en"))


def main() -> None:
    """Write corpus.jsonl and queries.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    _, texts = load_sets(arguments.data, SETS)
    corpus, queries = [], []
    for name in SETS:
        corpus += [row for row in rows_of(arguments.data / name / "corpus.jsonl") if kept(texts[row["id"]])]
        asked = [
            {**row, "id": f"{row['lang']}-{texts[row['doc_ids'][0]].language}-{row['id']}"}
            for row in rows_of(arguments.data / name / "queries.jsonl")
            if row["answerable"] and kept(texts[row["doc_ids"][0]])
        ]
        queries += asked if name != "poquad-pl" else random.Random(1).sample(asked, POLISH)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (arguments.output / f"{name}.jsonl").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
