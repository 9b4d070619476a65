"""Styles of a Word file: which make headings and which make list items. Runs in the worker only (worker.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.ingest.formats.docx.docx_parts import W, number, value
from assistant.ingest.formats.xml_parts import Element

_MAX_BASES = 20  # styles can be based on each other in a circle


@dataclass(frozen=True, slots=True)
class Style:
    """Properties of a style, None where it states none.

    `name` is Word's own name in lower case; `outline_level` counts from 0; `num_id` names a list, "0" none at all, and
    `list_level` the level in it; `num_style` is the style that states `num_id`.
    """

    key: str = ""
    name: str = ""
    base: str | None = None
    outline_level: int | None = None
    num_id: str | None = None
    list_level: int | None = None
    num_style: str | None = None


class Styles:
    """The styles of a file by their keys."""

    def __init__(self, root: Element | None) -> None:
        styles = () if root is None else root.iter(W + "style")
        self._stated = {style.key: style for style in map(_stated, styles)}
        self._complete: dict[str, Style] = {}

    def get(self, key: str) -> Style:
        """The style with what it takes over from those it is based on; an empty one when there is none."""
        found = self._complete.get(key)
        if found is None:
            found = self._complete[key] = self._inherited(self._stated.get(key, Style()))
        return found

    def _inherited(self, style: Style) -> Style:
        base = style.base
        for _ in range(_MAX_BASES):
            if base is None or base not in self._stated:
                break
            lower = self._stated[base]
            if style.num_id is None:
                style = replace(style, num_id=lower.num_id, num_style=lower.num_style)
            if style.outline_level is None:
                style = replace(style, outline_level=lower.outline_level)
            if style.list_level is None:
                style = replace(style, list_level=lower.list_level)
            base = lower.base
        return style


def outline_level(properties: Element | None) -> int | None:
    """Level of a heading as paragraph properties state it, from 0; 9 is body text."""
    level = None if properties is None else number(properties.find(W + "outlineLvl"))
    return None if level is None or level > 9 else level


def list_place(properties: Element | None) -> tuple[str | None, int | None]:
    """List and level in it as paragraph properties state them."""
    numbered = None if properties is None else properties.find(W + "numPr")
    if numbered is None:
        return None, None
    return value(numbered.find(W + "numId")), number(numbered.find(W + "ilvl"))


def _stated(style: Element) -> Style:
    key = style.get(W + "styleId") or ""
    name = (value(style.find(W + "name")) or "").lower()
    heading = re.fullmatch(r"heading ([1-9])", name)
    properties = style.find(W + "pPr")
    num_id, list_level = list_place(properties)
    return Style(
        key,
        name,
        value(style.find(W + "basedOn")),
        int(heading[1]) - 1 if heading else outline_level(properties),
        num_id,
        list_level,
        key if num_id is not None else None,
    )
