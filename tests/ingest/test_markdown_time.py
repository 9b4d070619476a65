"""Reading Markdown takes time in proportion to its length, whatever stands in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from assistant.ingest.parse import parse_text

pytestmark = pytest.mark.slow

_CHARACTERS = 1_500

TEXTS: dict[str, Callable[[int], str]] = {
    "anchors": lambda n: "# a " + "{#" * (n // 2),
    "backtick_runs": lambda n: "# a\n\n" + " ".join("`" * i for i in range(1, int((2 * n) ** 0.5))),
    "brackets": lambda n: "# a\n\n" + "[" * n,
    "comments_before_text": lambda n: "<!-- a -->\n" * (n // 11) + "# a",
    "comments_inline": lambda n: "# a\n\na " + "<!-- " * (n // 5),
    "comments_open": lambda n: "<!-- a\n\n" * (n // 8) + "# a",
    "containers": lambda n: "# a\n\n" + ":::a\n" * (n // 5),
    "definitions": lambda n: "# a\n\n" + "a\n: b\n\n" * (n // 7),
    "definitions_nested": lambda n: "# a\n\na\n" + ": " * (n // 2) + "a",
    "emphasis": lambda n: "# a\n\n" + "a**b" * (n // 4),
    "emphasis_mixed": lambda n: "# a\n\n" + "*a_ **b " * (n // 8),
    "entities": lambda n: "# a\n\n" + "&amp;" * (n // 5),
    "escapes": lambda n: "# a\n\n[" + "\\]" * (n // 2),
    "fences": lambda n: "# a\n\n" + "```\na\n" * (n // 6),
    "footnote_marks": lambda n: "# a\n\n" + "[^" * (n // 2) + "\n\n[^1]: b\n",
    "footnotes": lambda n: "# a\n\n" + "".join(f"[^{i}]: a\n" for i in range(n // 10)),
    "front_matter_keys": lambda n: "---\n" + "a: b\n" * (n // 5) + "---\na",
    "front_matter_aliases": lambda n: (
        "---\na0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 30)) + "---\na"
    ),
    "front_matter_open": lambda n: "---\n" * (n // 4),
    "heading_hashes": lambda n: "# a" + " #" * (n // 2) + " b\n",
    "heading_spaces": lambda n: "# a" + " " * n + "b\n",
    "headings": lambda n: "# a\n" * (n // 4),
    "html_blocks": lambda n: "# a\n\n" + "<div>\n\n" * (n // 7),
    "html_deep": lambda n: "# a\n\n" + "<div>" * (n // 5),
    "html_start": lambda n: "<!-- a -->" * (n // 10) + "a",
    "images_nested": lambda n: "# a\n\n" + "![" * (n // 6) + "](b)" * (n // 6),
    "lines": lambda n: "# a\n\n" + "a\n" * (n // 2) + "==",
    "links_nested": lambda n: "# a\n\n" + "[" * (n // 5) + "](b)" * (n // 5),
    "links_open": lambda n: "# a\n\n" + '[a](b "' * (n // 7),
    "lists": lambda n: "# a\n\n" + "- a\n  - b\n\n" * (n // 11),
    "lists_deep": lambda n: "# a\n\n" + "".join(" " * (2 * i) + "- a\n" for i in range(int(n**0.5))),
    "lists_on_a_line": lambda n: "# a\n\n" + "- " * (n // 2) + "a",
    "panels": lambda n: "# a\n\n" + "!!! note\n" * (n // 9),
    "quotes_deep": lambda n: "# a\n\n" + ">" * n + "a",
    "quotes_long": lambda n: "# a\n\n" + (">" * 19 + "a\n") * (n // 21),
    "references": lambda n: "# a\n\n" + "[a\n" * (n // 3),
    "strikes": lambda n: "# a\n\n" + "~~a " * (n // 4),
    "table": lambda n: "|a|b|\n|-|-|\n" + "|1|2|\n" * (n // 6),
    "table_ragged": lambda n: "|a" * int(n**0.5) + "|\n" + "|-" * int(n**0.5) + "|\n" + "|\n" * n,
    "table_rule": lambda n: "|" + " " * n + "a\n" + "# a\n",
    "table_wide": lambda n: "# a\n\n" + "|a" * (n // 6) + "|\n" + "|-" * (n // 6) + "|\n" + "|1" * (n // 6) + "|\n",
    "tags": lambda n: "# a\n\na " + '<a b="' * (n // 6),
}


def _seconds(text: str) -> float:
    """The processor time of one reading."""
    started = time.process_time()
    parse_text("a.md", text)
    return time.process_time() - started


@pytest.mark.parametrize("name", TEXTS)
def test_eight_times_the_text_takes_eight_times_the_time_or_so(name: str) -> None:
    make = TEXTS[name]
    # The first reading of a kind loads what it needs.
    short, long = (min(_seconds(make(size)) for _ in range(2)) for size in (_CHARACTERS, 8 * _CHARACTERS))
    assert long <= 3 * 8 * short + 0.3
