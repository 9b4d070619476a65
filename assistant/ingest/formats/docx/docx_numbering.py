"""Automatic numbers of a Word file as they are printed: "§ 2", "1.1", "a)". Runs in the worker only (worker.py).

A paragraph names a list (`w:num`) and a level. The list takes its levels from a definition (`w:abstractNum`), may
replace some of them, and may begin again at a number of its own. Lists with the same definition count together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.ingest.formats.docx.docx_parts import COMPATIBILITY, W, is_on, number, value
from assistant.ingest.formats.docx.docx_styles import Styles
from assistant.ingest.formats.text.roman import roman
from assistant.ingest.formats.xml_parts import Element
from assistant.text.normalise import normalise_line

BULLET = "- "
"""The label of an item without a number, whatever sign is printed."""

_LEVELS = 9
_MAX_LABEL_CHARS = 255
_PLACEHOLDER = re.compile("%([1-9])")
_MAX_LETTERS = 30


@dataclass(frozen=True, slots=True)
class _Level:
    """How the items of one level are numbered; `restart` is the number of levels above it that begin it again."""

    start: int
    format: str
    text: str
    suffix: str
    restart: int
    legal: bool
    style: str | None


@dataclass(slots=True)
class _List:
    """A list: its levels, and the numbers that it begins with instead of theirs; `unused` until it has begun."""

    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int]
    unused: set[int] = field(default_factory=set)

    def start(self, level: int) -> int:
        """The first number of a level."""
        stated = self.levels.get(level)
        return self.starts.get(level, stated.start if stated else 1)


class Numbering:
    """Labels of list items. The items have to be asked for in their order in the file, each once."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        nodes = () if root is None else root.iterchildren(W + "abstractNum", W + "num")
        self._definitions: dict[str, Element] = {}
        self._nums: dict[str, Element] = {}
        for node in nodes:
            if node.tag == W + "num":
                self._nums[node.get(W + "numId") or ""] = node
            else:
                self._definitions[node.get(W + "abstractNumId") or ""] = node
        self._styles = styles
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List | None] = {}
        self._counts: dict[str, list[int | None]] = {}

    def level_of(self, num_id: str, style: str | None) -> int | None:
        """The level that a list keeps for the paragraphs of a style, None when there is none."""
        found = self._list(num_id)
        levels = found.levels.items() if found and style else ()
        return next((level for level, stated in levels if stated.style == style), None)

    def label(self, num_id: str, level: int) -> str:
        """Count one more item of a list; its label with the space after it, BULLET, or "" when none is printed."""
        found = self._list(num_id)
        stated = found.levels.get(level) if found else None
        if found is None or stated is None:
            return BULLET
        counts = self._count(found, level)
        if stated.format == "bullet":
            return BULLET

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            count = counts[at] if at <= level else None
            own = found.levels.get(at)
            if count is None or own is None:
                return ""
            return _formatted(count, "decimal" if stated.legal and own.format != "decimalZero" else own.format)

        text = _PLACEHOLDER.sub(shown, stated.text)
        label = normalise_line(text)
        if not any(map(str.isalnum, label)):
            return BULLET if label else ""
        return label if stated.suffix == "nothing" and not text[-1].isspace() else label + " "

    def _count(self, found: _List, level: int) -> list[int | None]:
        counts = self._counts.setdefault(found.definition, [None] * _LEVELS)
        before = counts[level]
        if before is None or level in found.unused:
            counts[level] = found.start(level)
        else:
            counts[level] = before + 1
        found.unused.discard(level)
        for above in range(level):  # a level that was left out counts as begun
            if counts[above] is None:
                counts[above] = found.start(above)
        for below in range(level + 1, _LEVELS):
            stated = found.levels.get(below)
            if stated is None or level < stated.restart:
                counts[below] = None
        return counts

    def _list(self, num_id: str) -> _List | None:
        if num_id not in self._lists:
            self._lists[num_id] = self._read_list(num_id)
        return self._lists[num_id]

    def _read_list(self, num_id: str) -> _List | None:
        num = self._nums.get(num_id)
        definition = None if num is None else self._definition(num)
        if num is None or definition is None:
            return None
        if definition not in self._levels:
            self._levels[definition] = _read_levels(self._definitions[definition])
        levels, starts = dict(self._levels[definition]), {}
        for override in num.iterchildren(W + "lvlOverride"):
            level = override.get(W + "ilvl") or ""
            start = number(override.find(W + "startOverride"))
            if start is not None and re.fullmatch("[0-8]", level):
                starts[int(level)] = start
            levels |= _read_levels(override)
        return _List(definition, levels, starts, set(starts))

    def _definition(self, num: Element) -> str | None:
        """The definition of a list, also where it only names a style that has one."""
        key = value(num.find(W + "abstractNumId")) or ""
        if key not in self._definitions:
            return None
        link = value(self._definitions[key].find(W + "numStyleLink"))
        linked = self._nums.get(self._styles.get(link).num_id or "") if link else None
        other = None if linked is None else value(linked.find(W + "abstractNumId"))
        return other if other in self._definitions else key


def _read_levels(parent: Element) -> dict[int, _Level]:
    levels = {}
    for node in parent.iterchildren(W + "lvl"):
        key = node.get(W + "ilvl") or ""
        if not re.fullmatch("[0-8]", key):
            continue
        format_ = node.find(W + "numFmt")
        if format_ is None:  # a newer format, with an older one beside it
            format_ = node.find(f"{COMPATIBILITY}AlternateContent/{COMPATIBILITY}Fallback/{W}numFmt")
        restart = number(node.find(W + "lvlRestart"))
        levels[int(key)] = _Level(
            number(node.find(W + "start")) or 0,
            value(format_) or "decimal",
            (value(node.find(W + "lvlText")) or "")[:_MAX_LABEL_CHARS],
            value(node.find(W + "suff")) or "tab",
            _LEVELS if restart is None else restart,
            is_on(node.find(W + "isLgl")),
            value(node.find(W + "pStyle")),
        )
    return levels


def _formatted(count: int, format_: str) -> str:
    """A number in a format of Word's; in digits where the format is not known here or has no sign for the number.

    >>> [_formatted(28, name) for name in ("lowerLetter", "upperRoman", "decimalZero", "ordinal", "none")]
    ['bb', 'XXVIII', '28', '28th', '']
    """
    if format_ == "none":
        return ""
    return _FORMATS.get(format_, str)(count)


def _letters(count: int) -> str:
    times, letter = divmod(count - 1, 26)
    return chr(ord("a") + letter) * (times + 1) if 0 <= times < _MAX_LETTERS else str(count)


def _ordinal(count: int) -> str:
    teen = count % 100 in (11, 12, 13)
    return str(count) + ("th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th"))


_FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda count: _letters(count).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda count: roman(count).upper(),
    "decimalZero": "{:02}".format,
    "ordinal": _ordinal,
}
