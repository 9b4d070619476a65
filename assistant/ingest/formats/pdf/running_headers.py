"""Running headers and footers: lines that recur at the same height of many pages.

The share of pages is chosen by hand, because no labelled set of paginated documents exists; tests/ingest/test_pdf.py
says what it must achieve.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from assistant.ingest.formats.pdf.page_layout import HEADING_SIZE, Line, body_size
from assistant.ingest.formats.text.roman import roman
from assistant.text.normalise import alphanumeric

# Chosen by hand, on papers, reports and forms.
_EDGE_LINES = 3  # lines of a page's header or footer at most
_FEW_PAGES = 4  # up to so many pages, a line that recurs may be chance, and has to look like a header too
_APART = 1.0  # white between a header and the text, relative to the size of the header's font
_SMALL = 0.95  # font size of a header relative to the text, below which it is small
_COUNTED_CHARS = 60  # characters at most of a header that has only its number in common with the others

_ROMAN = {roman(number): number for number in range(1, 100)}

_Place: TypeAlias = tuple[str, int]
"""What stands at the edge of a page, and at which height."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the edge of a page, and the places where each of its parts is looked for.

    `apart`: white sets it apart from the text, or a smaller font. `count` is where its number alone is looked for, and
    whether the number is its "first" or its "last" word; `small`: its font is smaller than that of the text.
    """

    line: Line
    outermost: bool
    top: bool
    apart: bool
    small: bool
    parts: dict[str, list[_Place]]
    count: dict[_Place, str]

    def places(self) -> Iterator[_Place]:
        """Yield all places where the line is looked for."""
        yield from self.count
        for places in self.parts.values():
            yield from places


def remove_running_headers(pages: Sequence[list[list[Line]]]) -> list[list[list[Line]]]:
    """Return the pages (each a list of columns) without the headers and footers that recur on most of them.

    A line is one if it is at the edge of its page and most of it is at the same height on other pages too, with the
    same numbers or one that counts the pages.
    """
    body = body_size(pages)
    edges = [_edges([line for column in page for line in column], number, body) for number, page in enumerate(pages)]
    total = sum(len(line.text) for page in pages for column in page for line in column)
    # Forms and labels: where most of the text recurs, it is the content, but for what stands apart from it.
    for only_apart in (False, True) if len(pages) > _FEW_PAGES else (True,):
        dropped = _recurring(edges, only_apart=only_apart)
        if 2 * sum(len(line.text) for found in dropped for line in found) <= total:
            return [
                [[line for line in column if line not in found] for column in page]
                for page, found in zip(pages, dropped, strict=True)
            ]
    return list(pages)


def _recurring(edges: Sequence[Sequence[_Edge]], *, only_apart: bool) -> list[set[Line]]:
    """Return the lines of each page that recur on others; with `only_apart` those that are apart on a page at least."""
    holders: dict[_Place, list[int]] = {}
    ends: dict[_Place, set[str]] = {}
    apart: set[_Place] = set()
    for number, page in enumerate(edges):
        for place in {place for edge in page for place in edge.places()}:
            holders.setdefault(place, []).append(number)
        apart |= {place for edge in page if edge.apart or not only_apart for place in edge.places()}
        for place, end in (item for edge in page for item in edge.count.items()):
            ends.setdefault(place, set()).add(end)
    found: list[set[Line]] = []
    for number, page in enumerate(edges):
        found.append(set())
        for edge in page:
            recurring = [
                part
                for part, places in edge.parts.items()
                if any(
                    place in apart and _recurs(holders[place], number, len(edges), near=edge.outermost)
                    for place in places
                )
            ]
            counted = any(
                _recurs(holders[place], number, len(edges), near=False) and _tells(edge, ends[place])
                for place in edge.count
            )
            if counted or (recurring and 2 * sum(map(len, recurring)) >= len(edge.line.text) - 3 * edge.line.cells):
                found[-1].add(edge.line)
    return found


def _tells(edge: _Edge, ends: set[str]) -> bool:
    """Return whether a line is a header by its number alone, given where the numbers stand in the lines like it.

    On left and right pages they stand at the outer end. Lines that all begin with a number may be footnotes at the foot
    of a page, and headings where they have the size of the text.
    """
    return len(ends) == 2 or (edge.small and (edge.top or ends == {"last"}))


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
    ordered = sorted(lines, key=lambda line: -line.top)
    apart = _set_apart(ordered) | _set_apart(ordered[::-1])
    found = []
    for line in dict.fromkeys(by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]):
        if _is_table_row(line, ordered):
            continue
        heights = (int(line.bottom // 6), int((line.bottom + 3) // 6) + 100_000)
        outermost = line in (by_height[0], by_height[-1])
        parts = {}
        # Numbers alone are a page's number only at its very edge; elsewhere they are a table's figures.
        numbers = outermost and (line.cells == 1 or (line in apart and re.search(r"[^\W\d_]", line.text)))
        for part in line.text.split(" | "):
            if re.search(r"[^\W\d_]", part) or (alphanumeric(part) and numbers):
                keys = _keys(part, page, counts=line.size < HEADING_SIZE * body)
                parts[part] = [(key, height) for key in keys for height in heights]
        small = line.size < _SMALL * body
        looks_so = (small or line in apart) and line.size < HEADING_SIZE * body
        count = {}
        if outermost and line in apart and looks_so and len(line.text) <= _COUNTED_CHARS:
            count = {(key, height): end for key, end in _counts(line, page).items() for height in heights}
        found.append(_Edge(line, outermost, line is by_height[0], looks_so, small, parts, count))
    return found


def _set_apart(inwards: Sequence[Line]) -> set[Line]:
    """Return the first lines of a page up to a wide band of white, from either edge inwards; none without a band."""
    for number, (line, other) in enumerate(pairwise(inwards[: _EDGE_LINES + 1]), start=1):
        if line.rows:
            break
        if max(line.bottom - other.top, other.bottom - line.top) > _APART * line.size:
            return set(inwards[:number])
    return set()


def _is_table_row(line: Line, ordered: Sequence[Line]) -> bool:
    """Return whether a line is a row of a table: the next line towards either side has as many cells."""
    if line.cells < 2:
        return False
    place = ordered.index(line)
    beside = [*ordered[max(0, place - 1) : place], *ordered[place + 1 : place + 2]]
    gaps = {other: max(line.bottom - other.top, other.bottom - line.top) for other in beside}
    return any(other.cells == line.cells and gap <= _APART * line.size for other, gap in gaps.items())


def _counts(line: Line, page: int) -> dict[str, str]:
    """Return the keys of a line whose "first" or "last" word is a number, relative to the page's.

    So "2 Rules" on the second page has the key of "Fees 3" on the third.
    """
    words = line.text.replace(" | ", " ").split()
    ends = {"first": words[0], "last": words[-1]}
    return {f"number {int(word) - page}": end for end, word in ends.items() if re.fullmatch(r"[0-9]{1,4}", word)}


def _keys(part: str, page: int, *, counts: bool) -> set[str]:
    """Return the keys by which a part of a line is compared: its letters and digits.

    With `counts` also with its first or last number, or the Roman numeral that it is, relative to the page's. A large
    "Lesson 7" on the seventh page is no page number.
    """
    keys = {alphanumeric(part)}
    if counts and (value := _ROMAN.get(alphanumeric(part))):
        keys.add(f"roman {value - page}")
    numbers = list(re.finditer(r"\d{1,5}", part)) if counts else []
    for number in numbers[:1] + numbers[-1:]:
        keys.add(f"{alphanumeric(part[: number.start()])} {int(number[0]) - page} {alphanumeric(part[number.end() :])}")
    return keys
