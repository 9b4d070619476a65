"""HTML to a tree of elements: a tolerant parser, for markup however broken or deep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree, html

Element: TypeAlias = Any
"""An lxml element (lxml comes without types)."""

MAX_DEPTH = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Elements that a parser closes by itself when the next one opens: left unclosed they do not nest.
_SELF_CLOSING = frozenset("p li dt dd td th tr thead tbody tfoot option optgroup colgroup rp rt".split())
_UNCOUNTED = _VOID | _SELF_CLOSING


def parse_tree(markup: str) -> Element | None:
    """Return the tree of any markup, however broken or deep; None if nothing is left of it."""
    markup = re.sub("[\x00\ud800-\udfff]", "", markup)
    tree = _parse(markup)
    if tree is not None and _depth(tree) >= MAX_DEPTH:
        tree = _parse(_flatten(markup))
    return tree


def _parse(markup: str) -> Element | None:
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(markup.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def ancestors(element: Element) -> Iterator[Element]:
    """Yield the element and everything around it, from the inside out."""
    yield element
    yield from element.iterancestors()


def _depth(tree: Element) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def _flatten(markup: str) -> str:
    """Without the tags that open deep down: below 254 levels the parser drops what it reads."""
    depth = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth
        if match[2].lower() in _UNCOUNTED:
            return match[0]
        if match[1]:
            depth = max(0, depth - 1)
            return match[0] if depth < MAX_DEPTH // 2 else " "
        depth += 1
        return match[0] if depth <= MAX_DEPTH // 2 else " "

    return _TAG.sub(keep, markup)
