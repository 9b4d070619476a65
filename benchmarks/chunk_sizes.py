"""What the size of the chunks does to a set, with chunks compared as wholes and by their sentences too.

    python -m benchmarks.chunk_sizes CORPUS QUERIES STORE [--tokens 128 256 512]

builds the index of each size in turn in STORE, and prints for each how often the right document is found, and how
often the first quote of an answer holds the answer, as `assistant eval` counts it.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

from assistant.ask import Assistant
from assistant.build import build_index
from assistant.evaluate.cases import Case, read_cases
from assistant.evaluate.figures import figures
from assistant.evaluate.run import run_case
from assistant.factory import open_assistant
from assistant.retrieve import search
from assistant.settings import load_settings

FIGURES = (("retrieval", "recall@1"), ("retrieval", "recall@5"), ("answer", "hit@1"), ("answer", "hit@1_forced"))


def line(assistant: Assistant, cases: list[Case]) -> str:
    """The figures as cells of a table."""
    found = figures([(case, run_case(assistant, case)) for case in cases])
    return " | ".join(f"{found[group][name]:.3f}" for group, name in FIGURES)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--tokens", type=int, nargs="+", default=[128, 256, 512])
    arguments = parser.parse_args()
    cases = [case for case in read_cases([arguments.queries]) if case.answerable]
    names = " | ".join(name for _, name in FIGURES)
    print(f"n = {len(cases)}\n\n| tokens | compared | {names} |\n| --- | --- |{' --- |' * len(FIGURES)}")
    for tokens in arguments.tokens:
        settings = load_settings(sources=(str(arguments.corpus),), store=arguments.store, chunk={"tokens": tokens})
        build_index(settings)
        with closing(open_assistant(settings)) as assistant:
            for name, share in (("as a whole", 0.0), ("by sentences too", search._SENTENCE_SHARE)):
                with patch.object(search, "_SENTENCE_SHARE", share):
                    print(f"| {tokens} | {name} | {line(assistant, cases)} |", flush=True)


if __name__ == "__main__":
    main()
