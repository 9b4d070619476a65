"""Page layout: from words and their places to paragraphs, headings, items and rows in reading order.

Pure geometry in points, y upwards. Nothing here knows PDF, and no word decides anything.

The ratios, of font sizes, widths and gaps, are chosen by hand, because no labelled set of layouts exists;
tests/ingest/test_page_layout.py and test_pdf.py say what they must achieve.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

from assistant.ingest.formats.text.text_blocks import ends_sentence, letters
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_codes import LegacyFont

Kind = Literal["heading", "text", "item", "row"]

_MARKER = re.compile(r"^(?:[-*+•‣◦▪●○·–—\uf0b7\uf0a7]|\(?\d{1,3}[.)]|\(?[a-zA-Zđ][.)])$")
_BULLET = re.compile(r"^(?:[-*+•‣◦▪●○·–—\uf0b7\uf0a7]\s+|[•‣◦▪●\uf0b7\uf0a7])(?=\S)")
_NUMBERED = re.compile(r"^\(?(?:\d{1,3}|[a-zđ])[.)]\s+\S")
_LABEL = re.compile(r"[^\W\d_][^\W\d_ ]*(?: [^\W\d_ ]+){0,2}: +\S")
_LEADER = re.compile(r"\s?(?:[.·_]\s?){5,}(?=[^\s.])(?:\| )?")  # the dots between a word and its number
_BROKEN = re.compile(r"([^\W\d_]{2,})[-\u00ad\u2010]$")
_REPEATED = re.compile(r"-[^\W\d_]")  # Polish writes the hyphen of a compound on both lines
_LONGEST_WORD = 60  # characters looked at for a hyphenated word; a limit of time
# Chosen by hand, on papers, reports and forms; no labelled set of layouts decides them.
HEADING_SIZE = 1.15  # font size of a heading relative to the body; other fonts of one size differ by less
_HEADING_CHARS = 200  # characters of a heading at most
_BROKEN_OFF = 100  # characters from which a paragraph without a full stop is no label
_COLUMN_LINES = 4  # lines at least on either side of a gutter
_NARROW = 18  # width of a column, relative to the font size, below which it holds labels rather than running text
_COLUMN_CHARS = 15  # characters at least of a line of running text; table cells are shorter


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words beside each other on one line, with their box in points; or a whole table, as its `rows`.

    `legacy_font` is set if their font is one of a legacy code of Vietnamese.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    bold: bool = False
    rows: tuple[str, ...] = ()
    legacy_font: LegacyFont | None = None

    @property
    def size(self) -> float:
        """The height in points, which stands for the font size."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Line:
    """A line of one column, with its box in points; `cells` is the number of parts that wide gaps set apart."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    cells: int
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or table row; `size` is its font size in points."""

    kind: Kind
    text: str
    size: float = 0.0
    bold: bool = False


def read_columns(fragments: Sequence[Fragment]) -> list[list[Line]]:
    """Return the columns of a page in reading order, each as its lines from top to bottom."""
    gutter = _gutter(fragments)
    if gutter is None:
        return [_lines(fragments)] if fragments else []
    columns: list[list[Line]] = []
    left: list[Fragment] = []
    right: list[Fragment] = []
    across: list[Fragment] = []
    for fragment in sorted(fragments, key=lambda fragment: -fragment.top):
        crosses = fragment.left < gutter < fragment.right
        if crosses and (left or right):
            columns += read_columns(left) + read_columns(right)
            left, right = [], []
        elif not crosses and across:
            columns.append(_lines(across))
            across = []
        (across if crosses else left if fragment.right <= gutter else right).append(fragment)
    return columns + read_columns(left) + read_columns(right) + ([_lines(across)] if across else [])


def _gutter(fragments: Sequence[Fragment]) -> float | None:
    """The middle of the widest white band that two columns of running text stand on either side of."""
    if len(fragments) < 2 * _COLUMN_LINES:
        return None
    width = max(fragment.right for fragment in fragments) - min(fragment.left for fragment in fragments)
    running = [f for f in fragments if not f.rows and len(f.text) >= _COLUMN_CHARS and f.right - f.left < 0.6 * width]
    if len(running) < 2 * _COLUMN_LINES:
        return None
    size = median(fragment.size for fragment in running)
    running.sort(key=lambda fragment: fragment.left)
    best, best_width, reach = None, 0.5 * size, running[0].right
    for place, fragment in enumerate(running):
        gap = fragment.left - reach
        if gap > best_width and _are_columns(running[:place], running[place:]):
            best, best_width = (reach + fragment.left) / 2, gap
        reach = max(reach, fragment.right)
    return best


def _are_columns(left: Sequence[Fragment], right: Sequence[Fragment]) -> bool:
    """Return whether two groups of fragments stand beside each other and are running text, not cells of a table."""
    if min(len(left), len(right)) < _COLUMN_LINES:
        return False
    shared = min(max(f.top for f in left), max(f.top for f in right)) - max(
        min(f.bottom for f in left), min(f.bottom for f in right)
    )
    return shared > _COLUMN_LINES * left[0].size and _fills(left) and _fills(right)


def _fills(column: Sequence[Fragment]) -> bool:
    """Running text is broken where the column ends, so most of its lines are about as long as the longest."""
    widest = max(fragment.right - fragment.left for fragment in column)
    return sum(fragment.right - fragment.left >= 0.75 * widest for fragment in column) >= 0.5 * len(column)


def _lines(fragments: Iterable[Fragment]) -> list[Line]:
    """Return the fragments as lines: those at one height are one line, from left to right."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda fragment: (-fragment.top - fragment.bottom, fragment.left)):
        row = rows[-1] if rows else None
        if row and not row[0].rows and not fragment.rows and any(_beside(other, fragment) for other in row[-8:]):
            row.append(fragment)
        else:
            rows.append([fragment])
    return [_line(sorted(row, key=lambda fragment: fragment.left)) for row in rows]


def _beside(one: Fragment, other: Fragment) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared >= 0.5 * min(one.size, other.size)


def _line(row: Sequence[Fragment]) -> Line:
    text, cells = row[0].text, 1
    for before, after in pairwise(row):
        apart = after.left - before.right > 1.2 * min(before.size, after.size) and not _MARKER.match(text)
        cells += apart
        text += (" | " if apart else " ") + after.text
    text, leaders = _LEADER.subn(" | ", text)
    usual = max(row, key=lambda fragment: len(fragment.text))
    return Line(
        text=normalise_line(text),
        left=row[0].left,
        bottom=usual.bottom,
        right=max(fragment.right for fragment in row),
        top=usual.top,
        size=usual.size,
        bold=all(fragment.bold for fragment in row),
        cells=cells + leaders,
        rows=row[0].rows,
    )


def body_size(pages: Sequence[list[list[Line]]]) -> float:
    """Return the font size of most of the text, in points; 0 if there is no text."""
    weights: Counter[float] = Counter()
    for line in (line for page in pages for column in page for line in column if not line.rows):
        weights[round(line.size * 2) / 2] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def read_blocks(pages: Sequence[list[list[Line]]], recognised: Collection[int] = ()) -> list[list[Block]]:
    """Return the blocks of each page; headings are those larger than the body of the whole document.

    On the pages of the numbers `recognised`, from 0, they are larger than the body of the page: sizes measured in
    pictures compare with no others.
    """
    whole = body_size([page for number, page in enumerate(pages) if number not in recognised])
    lines = [line for page in pages for column in page for line in column if not line.rows]
    bold = sum(len(line.text) for line in lines if line.bold)
    total = sum(len(line.text) for line in lines)
    words = frozenset(
        word.casefold() for page in pages for column in page for line in column for word in line.text.split()
    )
    result = []
    for number, page in enumerate(pages):
        body = body_size([page]) if number in recognised else whole
        blocks: list[Block] = []
        for column in page:
            own = [
                _as_heading(block, body, bold_tells=bold < 0.4 * total) for block in _paragraphs(column, body, words)
            ]
            if blocks and own and _is_broken_off(blocks[-1], own[0]):
                blocks[-1] = replace(blocks[-1], text=join(blocks[-1].text, own.pop(0).text, words))
            blocks += own
        result.append(blocks)
    return result


def _as_heading(block: Block, body: float, *, bold_tells: bool) -> Block:
    text = block.text
    if block.kind not in ("text", "item") or len(text) > _HEADING_CHARS or letters(text) < 2:
        return block
    large = block.size >= HEADING_SIZE * body
    strong = bold_tells and block.bold and letters(text) <= 90 and not ends_sentence(text)
    if large or (strong and not text.endswith((":", ",")) and not text.startswith("- ")):
        return replace(block, kind="heading")
    return block


def _paragraphs(lines: Sequence[Line], body: float, words: frozenset[str]) -> list[Block]:
    blocks: list[Block] = []
    edge = max((line.right for line in lines if not line.rows and abs(line.size - body) < 1), default=0.0)
    narrow = edge - min((line.left for line in lines), default=0.0) < _NARROW * body
    pitches = [a.bottom - b.bottom for a, b in pairwise(lines) if 0 < a.bottom - b.bottom < 3 * body]
    pitch = median(pitches) if pitches else 1.2 * body
    previous: Line | None = None
    start = 0.0
    for line in lines:
        if line.rows:
            blocks += [Block("row", row) for row in line.rows]
            previous = None
        elif (
            previous is not None
            and not (narrow and _LABEL.match(line.text))
            and _goes_on(previous, line, edge, max(pitch, 1.05 * line.size), start)
        ):
            last = blocks[-1]
            blocks[-1] = replace(last, text=join(last.text, line.text, words), bold=last.bold and line.bold)
            previous = line
        elif letters(line.text) or line.text.strip("-–—_=*.• |"):
            blocks.append(_first(line))
            previous, start = line, line.left
    return blocks


def _first(line: Line) -> Block:
    if line.cells > 1:
        return Block("row", line.text, line.size, line.bold)
    if _BULLET.match(line.text):
        return Block("item", _BULLET.sub("- ", line.text), line.size, line.bold)
    return Block("item" if _NUMBERED.match(line.text) else "text", line.text, line.size, line.bold)


def _goes_on(before: Line, line: Line, edge: float, pitch: float, start: float) -> bool:
    """Return whether `line` goes on with the paragraph of `before`, which began at `start` from the left."""
    if before.cells > 1 or line.cells > 1 or abs(before.size - line.size) > 0.1 * before.size:
        return False
    if before.bottom - line.bottom > 1.3 * pitch or _BULLET.match(line.text) or _NUMBERED.match(line.text):
        return False
    if line.bold and before.bold:
        return True  # a heading of several lines is broken anywhere
    if line.bold != before.bold and (before.bold or line.bold) and not line.text[0].islower():
        return False
    indented = 0.8 * line.size < line.left - min(start, before.left) < 6 * line.size
    if indented and before.left <= start and not line.text[0].islower() and ends_sentence(before.text):
        return False
    first_word = line.text.split(maxsplit=1)[0]
    room = edge - before.right
    needed = (len(first_word) + 1) * (line.right - line.left) / max(1, len(line.text))
    repeated = before.text.endswith("-") and _REPEATED.match(line.text)
    return room < needed + 0.5 * line.size or line.text[0].islower() or bool(repeated)


def join(before: str, after: str, words: frozenset[str]) -> str:
    """Return two lines of one paragraph as one, with a word that was broken between them put together.

    The hyphen stays if the document writes the word with it elsewhere (`words`, case folded), or if what follows begins
    with a capital or digit and the word is nowhere else in one piece.
    """
    end = before[-_LONGEST_WORD:]
    if re.search(r"\d-$", end) and after[0].isdigit():
        return before + after
    if end.endswith("-") and _REPEATED.match(after):
        return before + after[1:]
    broken = _BROKEN.search(end)
    rest = re.match(r"[^\W\d_]+", after)
    if broken is None or rest is None:
        return before + ("" if broken else " ") + after
    whole = (broken[1] + rest[0]).casefold() in words
    hyphened = f"{broken[1]}-{rest[0]}".casefold() in words
    return (before[:-1] if whole or (after[0].islower() and not hyphened) else before) + after


def assemble(pages: Sequence[Sequence[Block]]) -> tuple[str, tuple[int, ...]]:
    """Return the text of all pages, blocks apart by blank lines, and the offset in it where each page begins.

    A paragraph that goes on over the page is put together.
    """
    sizes = sorted({round(block.size) for page in pages for block in page if block.kind == "heading"}, reverse=True)
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    previous: Block | None = None
    for page in pages:
        begins = True
        for block in page:
            shown = block.text
            if block.kind == "heading":
                shown = "#" * min(sizes.index(round(block.size)) + 1, 6) + " " + shown.removeprefix("- ")
            if begins and previous is not None and _is_broken_off(previous, block):
                length -= len(parts[-1])
                parts[-1] = join(parts[-1], shown, frozenset())
                length += len(parts[-1])
            else:
                follows = previous is not None and previous.kind == block.kind and block.kind in ("item", "row")
                parts += [("\n" if follows else "\n\n") if parts else "", shown]
                length += len(parts[-2]) + len(shown)
            if begins:
                starts.append(length - len(shown))
                for place in range(len(starts) - 2, -1, -1):
                    if starts[place] <= starts[-1]:
                        break
                    starts[place] = starts[-1]  # an empty page after a hyphen that is gone
            begins, previous = False, block
        if begins:
            starts.append(length)
    return "".join(parts), tuple(min(start, max(0, length - 1)) for start in starts)


def _is_broken_off(before: Block, after: Block) -> bool:
    """Return whether a paragraph at the end of a column or page goes on in the next."""
    return (
        before.kind in ("text", "item")
        and after.kind == "text"
        and abs(before.size - after.size) < 1
        and not ends_sentence(before.text)
        and (after.text[0].islower() or (len(before.text) >= _BROKEN_OFF and not before.text.endswith(":")))
    )
