"""Labels of list items: the numbers of ordered lists as a browser prints them, and the terms of definition lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.ingest.formats.text.roman import roman

if TYPE_CHECKING:
    from assistant.ingest.formats.html.html_blocks import Block
    from assistant.ingest.formats.html.html_tree import Element

_NUMBER = re.compile(r"\s*([+-]?\d{1,6})\s*")
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_TYPES = {
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i",
    "upper-roman": "I",
}  # fmt: skip
_UNNUMBERED = frozenset("none disc circle square".split())
_OWN_LABEL = re.compile(r"\(?(?:\d{1,4}|[a-zA-Z]|[ivxIVX]{1,5})[.)](?:\s|$)|§|\d{1,3}\.\d")
# Terms are repeated before each of their descriptions up to so many characters and terms; chosen by hand.
_LONGEST_TERM = 120
_MOST_TERMS = 10


class Numbering:
    """The counters of the ordered lists of a page."""

    def __init__(self) -> None:
        self._next: dict[Element, int] = {}

    def label(self, item: Element) -> str:
        """Count an `<li>` and return its label, such as "3. "; "" where none is printed."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return ""
        step = -1 if "reversed" in parent.attrib else 1
        if parent not in self._next:
            first = len(parent.findall("li")) if step < 0 else 1
            self._next[parent] = _number(parent.get("start"), first)
        value = _number(item.get("value"), self._next[parent])
        self._next[parent] = value + step
        style = _style(item) or _style(parent) or item.get("type") or parent.get("type") or ""
        return "" if style in _UNNUMBERED else f"{_printed(value, _TYPES.get(style, style))}. "


def has_own_label(text: str) -> bool:
    """Return whether the text of an item begins with a label that its author wrote."""
    return bool(_OWN_LABEL.match(text))


def join_terms(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks, those of a `<dt>` as the label of each `<dd>` that describes it.

    A term that nothing describes stays an item. One that is long, or has a list to describe it, is a line before that.
    """
    joined: list[Block] = []
    terms: list[Block] = []
    described: Element | None = None
    for block in blocks:
        tag = block.element.tag if block.kind == "item" else ""
        same = bool(terms) and _list_of(terms[-1]) is _list_of(block)
        if tag == "dt":
            if described is not None or not same:
                joined += terms if described is None else []
                terms, described = [], None
            terms.append(block)
            continue
        label = _label_of(terms) if tag == "dd" and same else ""
        if label:
            if block.element is not described:
                block.label = label
            described = block.element
        elif described is None:
            joined += map(_as_line, terms) if same else terms
            terms = []
        joined.append(block)
    return joined + (terms if described is None else [])


def _label_of(terms: Sequence[Block]) -> str:
    """Return terms in one line, "" where that is long."""
    if sum(len(term.text) for term in terms[:_MOST_TERMS]) > _LONGEST_TERM or len(terms) > _MOST_TERMS:
        return ""
    return ", ".join(" ".join(term.text.split()).rstrip(":") for term in terms) + ": "


def _as_line(term: Block) -> Block:
    term.kind = "text"
    term.text = term.text if term.text.endswith((":", "?")) else term.text + ":"
    return term


def _list_of(block: Block) -> Element | None:
    return next(block.element.iterancestors("dl"), None)


def _number(text: str | None, otherwise: int) -> int:
    match = _NUMBER.fullmatch(text or "")
    return int(match[1]) if match else otherwise


def _style(element: Element) -> str | None:
    match = _STYLE.search(element.get("style") or "")
    return match[1].lower() if match else None


def _printed(value: int, kind: str) -> str:
    """Return a number as lists of the type `kind` print it: in letters, in Roman numerals, else in digits."""
    if kind in ("i", "I"):
        return roman(value).upper() if kind == "I" else roman(value)
    if kind not in ("a", "A") or value <= 0:
        return str(value)
    letters = ""
    while value > 0:
        value, digit = divmod(value - 1, 26)
        letters = chr(ord(kind) + digit) + letters
    return letters
