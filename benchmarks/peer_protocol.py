"""What benchmarks/peers.py and the systems it measures say to each other: one JSON object a line.

    system → {"system", "versions"}                       once it is imported
    {"do": "index", "documents": FILE} → {"seconds", "cpu_s", …}   from the documents given to the first question
                                                                   that may come
    {"do": "ask", "question", "k"} → {"seconds", "ids"}

A system ends when its standard input does. Runs in the peers' own environments too: standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Told = dict[str, Any]


def serve(
    system: str,
    distributions: list[str],
    index: Callable[[Path], None],
    ask: Callable[[str, int], list[str]],
    tell: Callable[[], Told] = dict,
) -> None:
    """Answer until standard input ends; `tell` adds to the reply to "index" what need not be timed."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what libraries print must not come between the replies

        def reply(told: Told) -> None:
            out.write(json.dumps(told) + "\n")
            out.flush()

        reply({"system": system, "versions": {name: version(name) for name in distributions}})
        for line in sys.stdin:
            request = json.loads(line)
            started, used = time.perf_counter(), time.process_time()
            if request["do"] == "index":
                index(Path(request["documents"]))
                took = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - used}
                reply({**took, **tell()})
            else:
                ids = ask(request["question"], request["k"])
                reply({"seconds": time.perf_counter() - started, "ids": ids})


def read_passages(path: Path) -> list[tuple[str, str]]:
    """(id, title and text) of each passage: the same words for every system."""
    with path.open(encoding="utf-8") as file:
        passages = [json.loads(line) for line in file]
    return [(passage["id"], "\n".join(filter(None, (passage["title"], passage["text"])))) for passage in passages]
