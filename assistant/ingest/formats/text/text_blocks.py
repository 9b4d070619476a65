"""Plain text to blocks: paragraphs, list items and table rows; hard-wrapped lines are joined.

The ratios in this module are chosen by hand, because no labelled set of pasted articles exists;
tests/ingest/test_text_blocks.py says what they must achieve.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.text.normalise import normalise_line

Kind = Literal["text", "item", "row"]

_BULLET = re.compile(
    r"^\s*(?:[-*+•‣◦▪●○·–—]\s+|[•‣◦▪●]|\(?\d{1,3}[.)]\s+|\(?[a-zA-Zđ][.)]\s+|\([ivxIVX]{1,4}\)\s+)(?=\S)"
)
_PLAIN_BULLET = re.compile(r"^(?:[-*+•‣◦▪●○·]\s+|[•‣◦▪●])")
_ROW = re.compile(r"\S *\| *\S|^\|.*\||\S\t+ *\S|\S {3,}\S.* {3,}\S")
_RULE = re.compile(r"^[\s|+:=_*~─━═-]{3,}$")
_SENTENCE_END = re.compile(r"""[.!?…。！？।؟][\s"'”’»)\]】」』]*(?:\[\d+\]|/\.)?$""")
_WIDE_LETTERS = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SAMPLE = 5_000  # characters from which the letters of a text are estimated; a limit of time
# Chosen by hand: a line is prose from PROSE_LETTERS on if it ends as a sentence, and from LONG_LETTERS on in any case;
# labels, menus and bylines are shorter.
PROSE_LETTERS = 40
LONG_LETTERS = 150
MAX_WIDTH = 130  # columns of hard-wrapped text at most; chosen by hand


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, list item or table row; `gap` says whether a blank line stands before it."""

    text: str
    kind: Kind
    gap: bool


def read_text_blocks(text: str) -> tuple[TextBlock, ...]:
    """Return the blocks of a plain text, in order."""
    lines = re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text)
    width = _wrap_width(lines)
    blocks: list[TextBlock] = []
    buffer: list[str] = []
    kind: Kind = "text"
    gap = gap_before = False

    def flush() -> None:
        joined = normalise_line(" ".join(buffer))
        if joined:
            blocks.append(TextBlock(joined, kind, gap_before))
        buffer.clear()

    for line in lines:
        if not line.strip() or _RULE.match(line):
            flush()
            gap = True
            continue
        if buffer and width and kind != "row" and not gap and _continues(buffer[-1], line, width):
            buffer.append(line)
            continue
        flush()
        kind, gap_before, gap = _kind(line), gap, False
        buffer.append(_row(line) if kind == "row" else _item(line) if kind == "item" else line)
    flush()
    return tuple(blocks)


def is_prose(text: str) -> bool:
    """Return whether `text` is running text: a closed sentence of some length, or very long."""
    weight = letters(text)
    return weight >= LONG_LETTERS or (weight >= PROSE_LETTERS and ends_sentence(text) and not _is_shouted(text))


def ends_sentence(text: str) -> bool:
    """Return whether `text` ends with a full stop, question or exclamation mark, quotes and brackets aside."""
    return bool(_SENTENCE_END.search(text[-12:]))


def letters(text: str) -> int:
    """Return the length in letters; a letter of a script without spaces counts as three. Estimated for a long text."""
    if len(text) > _SAMPLE:
        return letters(text[:_SAMPLE]) * len(text) // _SAMPLE
    return sum(map(str.isalnum, text)) + 2 * len(_WIDE_LETTERS.findall(text))


def prose_letters(blocks: Iterable[TextBlock]) -> int:
    """Return the number of letters in the running text among `blocks`."""
    return sum(letters(block.text) for block in blocks if is_prose(block.text))


def prose_bounds(blocks: Sequence[TextBlock]) -> tuple[int, int]:
    """Return the positions of the first and the last block of prose; (len, -1) if there is none."""
    positions = [index for index, block in enumerate(blocks) if is_prose(block.text)]
    return (positions[0], positions[-1]) if positions else (len(blocks), -1)


def _is_shouted(text: str) -> bool:
    return text.isupper() and len(text) < 120


def _kind(line: str) -> Kind:
    if _BULLET.match(line):
        return "item"
    return "row" if len(line) < 1000 and _ROW.search(line) else "text"


def _item(line: str) -> str:
    """Return a bulleted line with "- " for its bullet; a number, a letter or the dash of a dialogue is content and
    stays.
    """
    return _PLAIN_BULLET.sub("- ", line.strip())


def _row(line: str) -> str:
    cells = re.split(r"\||\t+| {3,}", line.strip().strip("|"))
    return " | ".join(cell.strip() for cell in cells if cell.strip())


def _wrap_width(lines: Sequence[str]) -> int:
    """Return the column at which the text was wrapped by hand, 0 if it was not.

    Wrapping leaves two traces: a line is broken only where the next word would not have fitted, and many lines go on in
    lower case. A column of headlines or a poem has neither.
    """
    pairs = [
        (before.rstrip(), after.strip())
        for before, after in itertools.pairwise(lines)
        if before.strip() and after.strip() and not _BULLET.match(after)
    ]
    lengths = sorted(len(before) for before, _ in pairs)
    wide = [length for length in lengths if length <= MAX_WIDTH]
    if not wide or len(lengths) - len(wide) > len(lengths) // 10:
        return 0
    width = wide[int(len(wide) * 0.95)] if len(wide) > 20 else wide[-1]
    pairs = [(before, after) for before, after in pairs if 0.6 * width <= len(before) <= MAX_WIDTH]
    if width < 40 or len(pairs) < (2 if width >= 60 else 3):
        return 0
    full = sum(_fills(before, after, width) for before, after in pairs)
    running = sum(after[0].islower() or after[0].isdigit() for _, after in pairs)
    return width if full >= 0.6 * len(pairs) and running >= 0.4 * len(pairs) else 0


def _fills(before: str, after: str, width: int) -> bool:
    first = after.split(maxsplit=1)[0]
    return len(before) + 1 + len(first) > width


def _continues(before: str, after: str, width: int) -> bool:
    """Return whether `after` goes on with the paragraph of `before` in a text wrapped at `width`."""
    if _BULLET.match(after) or after.startswith(("    ", "\t")) > before.startswith(("    ", "\t")):
        return False
    # Editors differ by a column or two in what still fits.
    return _fills(before.rstrip(), after.strip(), width - 2) or after.strip()[0].islower()


def group(blocks: Sequence[TextBlock]) -> list[str]:
    """Return the text of `blocks`, neighbouring list items or table rows joined by line breaks."""
    groups: list[list[str]] = []
    previous: Kind = "text"
    for block in blocks:
        if block.kind != "text" and block.kind == previous and groups:
            groups[-1].append(block.text)
        else:
            groups.append([block.text])
        previous = block.kind
    return ["\n".join(lines) for lines in groups]
