"""Fits how much text an extract of a page must have (assistant/ingest/formats/html/html_page.py).

    python -m benchmarks.tune.extraction DATA/html-trafilatura [--pages 100]

Figure: share of the snippets of each page that are where they belong: in the text, or left out of it. Each language is
a set.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.ingest.decode import read_text
from assistant.ingest.formats.html import html_page
from assistant.ingest.parse import parse_text
from benchmarks.reader_cases import rows_of
from benchmarks.tune.sweep import Constant, Scores, sweep

TUNABLES = (
    Constant(html_page, "_FAR_SHORTER", (0.0, 0.1, 0.2, 0.3)),
    Constant(html_page, "_SHORTER", (0.2, 0.3, 0.4, 0.6)),
    Constant(html_page, "_LITTLE", (0, 400, 800, 1600)),
    Constant(html_page, "_TELLING", (20, 50, 100)),
)


def measure(pages: Sequence[tuple[dict[str, Any], str]]) -> Scores:
    """The share of right snippets of each page, by language."""
    found: dict[str, list[float]] = {}
    for row, markup in pages:
        document = parse_text(row["id"], markup).document
        text = document.text if document else ""
        right = [snippet in text for snippet in row["with"]] + [snippet not in text for snippet in row["without"]]
        found.setdefault(row["lang"], []).append(sum(right) / len(right))
    return {language: np.array(values) for language, values in found.items()}


def main() -> None:
    """Print a table for each constant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--pages", type=int, default=1000, help="most pages")
    arguments = parser.parse_args()
    rows = rows_of(arguments.set / "truth.jsonl")
    rows = random.Random(1).sample(rows, min(arguments.pages, len(rows)))
    pages = []
    for row in rows:
        data = gzip.decompress((arguments.set / "html" / f"{row['id']}.html.gz").read_bytes())
        pages.append((row, read_text(data, row["id"])))
    sweep(TUNABLES, lambda: measure(pages))


if __name__ == "__main__":
    main()
