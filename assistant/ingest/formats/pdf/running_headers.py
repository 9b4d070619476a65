"""Running headers and footers: lines that recur at the same height of many pages.

The share of pages is chosen by hand, because no labelled set of paginated documents exists; tests/ingest/test_pdf.py
says what it must achieve.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assistant.ingest.formats.pdf.page_layout import HEADING_SIZE, Line, body_size
from assistant.text.normalise import alphanumeric

_EDGE_LINES = 3  # lines of a page's header or footer at most; chosen by hand

_Place: TypeAlias = tuple[str, int]
"""What stands at the edge of a page, and at which height."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the edge of a page, and the places where each of its parts is looked for."""

    line: Line
    outermost: bool
    parts: dict[str, list[_Place]]


def remove_running_headers(pages: Sequence[list[list[Line]]]) -> list[list[list[Line]]]:
    """Return the pages (each a list of columns) without the headers and footers that recur on most of them.

    A line is one if it is at the edge of its page and most of it is at the same height on other pages too, with the
    same numbers or one that counts the pages.
    """
    body = body_size(pages)
    edges = [_edges([line for column in page for line in column], number, body) for number, page in enumerate(pages)]
    holders: dict[_Place, list[int]] = {}
    for number, page in enumerate(edges):
        for place in {place for edge in page for places in edge.parts.values() for place in places}:
            holders.setdefault(place, []).append(number)
    dropped = []
    for number, page in enumerate(edges):
        found = set()
        for edge in page:
            recurring = [
                part
                for part, places in edge.parts.items()
                if any(_recurs(holders[place], number, len(pages), near=edge.outermost) for place in places)
            ]
            if recurring and 2 * sum(map(len, recurring)) >= len(edge.line.text) - 3 * edge.line.cells:
                found.add(edge.line)
        dropped.append(found)
    lost = sum(len(line.text) for found in dropped for line in found)
    if 2 * lost > sum(len(line.text) for page in pages for column in page for line in column):
        return list(pages)  # forms or labels: what recurs is the content
    return [
        [[line for line in column if line not in found] for column in page]
        for page, found in zip(pages, dropped, strict=True)
    ]


def _recurs(holders: Sequence[int], page: int, total: int, *, near: bool) -> bool:
    """Return whether something on the pages `holders` recurs: on most pages, or with `near` on three around `page` in a
    row, all or every other one (chapter names on left or right pages).
    """
    if len(holders) >= max(2, 0.6 * total):
        return True
    around = holders[bisect_left(holders, page - 4) : bisect_right(holders, page + 4)] if near else []
    in_a_row = sum(abs(other - page) <= 2 for other in around)
    return in_a_row >= 3 or sum((other - page) % 2 == 0 for other in around) >= 3


def _edges(lines: Sequence[Line], page: int, body: float) -> list[_Edge]:
    """The lines at a page's edges; their heights in steps that overlap."""
    by_height = sorted((line for line in lines if not line.rows), key=lambda line: -line.top)
    found = []
    for line in dict.fromkeys(by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]):
        heights = (int(line.bottom // 6), int((line.bottom + 3) // 6) + 100_000)
        outermost = line in (by_height[0], by_height[-1])
        parts = {}
        for part in line.text.split(" | "):
            # Numbers alone are a page's number only at its very edge; elsewhere they are a table's figures.
            if re.search(r"[^\W\d_]", part) or (alphanumeric(part) and outermost and line.cells == 1):
                keys = _keys(part, page, counts=line.size < HEADING_SIZE * body)
                parts[part] = [(key, height) for key in keys for height in heights]
        found.append(_Edge(line, outermost, parts))
    return found


def _keys(part: str, page: int, *, counts: bool) -> set[str]:
    """Return the keys by which a part of a line is compared: its letters and digits.

    With `counts` also with its first or last number relative to the page's. A large "Lesson 7" on the seventh page is
    no page number.
    """
    keys = {alphanumeric(part)}
    numbers = list(re.finditer(r"\d{1,5}", part)) if counts else []
    for number in numbers[:1] + numbers[-1:]:
        keys.add(f"{alphanumeric(part[: number.start()])} {int(number[0]) - page} {alphanumeric(part[number.end() :])}")
    return keys
