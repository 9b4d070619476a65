"""Legacy Vietnamese in a page: text in fonts of its codes, or whose letters are in one, is put into Unicode.

Fonts are read from `<font face>`, `style`, and rules of the page's own style sheets for tags and classes. The tree is
changed before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.ingest.formats.html.html_tree import Element
from assistant.text.control_characters import remove_invisible
from assistant.text.vietnamese.legacy_codes import LegacyFont, font_code
from assistant.text.vietnamese.legacy_reader import LegacyReader

_FAMILY = re.compile(r"(?:^|[;{\s])font(?:-family)?\s*:([^;{}]{1,300})", re.I)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,5000})\}")
_SELECTOR = re.compile(r"[a-z][a-z0-9]*|(?:[a-z][a-z0-9]*)?\.[\w-]+", re.I)
_BEFORE_FONT = frozenset("normal bold bolder lighter italic oblique small medium large smaller larger".split())
_UNREAD = frozenset(("script", "style"))
_CONTROL_SPACE = re.compile("[\x0b\x0c\x1c-\x1f]")


def convert_legacy(tree: Element) -> tuple[str, ...]:
    """Put the text of a page into Unicode where it is not; return the codes found, in order of their names."""
    reader = LegacyReader(_texts(tree))
    rules = _rules(tree)
    fonts: dict[Element, LegacyFont | None] = {}
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _UNREAD:
            continue
        parent = element.getparent()
        around = fonts.get(parent) if parent is not None else None
        name = _font_name(element, rules)
        fonts[element] = font_code(name) if name else around
        if element.text and (text := reader.read_font(element.text, fonts[element])) != element.text:
            element.text = _allowed(text)
        for child in element:
            if child.tail and (text := reader.read_font(child.tail, fonts[element])) != child.tail:
                child.tail = _allowed(text)
        if element.tag == "meta" and (content := element.get("content")):
            element.set("content", _allowed(reader.read(content)))
    return tuple(sorted(reader.found))


def _allowed(text: str) -> str:
    """Return a text without the control characters that a parsed page may hold, but its tree cannot be given."""
    return _CONTROL_SPACE.sub(" ", remove_invisible(text))


def _texts(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        if isinstance(element.tag, str) and element.tag not in _UNREAD and element.text:
            yield element.text
        if element.tail:
            yield element.tail


def _font_name(element: Element, rules: dict[str, str]) -> str | None:
    """Return the first font that is stated for an element itself, None if none is."""
    stated = _FAMILY.search(element.get("style") or "")
    family = stated[1] if stated else element.get("face")
    if family is None and rules:
        names = (element.get("class") or "").split()
        keys = (*(f"{element.tag}.{name}" for name in names), *(f".{name}" for name in names), element.tag)
        family = next((rules[key] for key in keys if key in rules), None)
    return _first(family) if family else None


def _rules(tree: Element) -> dict[str, str]:
    """Return the fonts that style sheets state for a tag, a class, or both; of pages that name a legacy font only."""
    sheets = [element.text for element in tree.iter("style") if element.text]
    found: dict[str, str] = {}
    for selectors, body in (match.groups() for sheet in sheets for match in _RULE.finditer(sheet)):
        family = _FAMILY.search(body)
        for selector in selectors.split(",") if family else ():
            if _SELECTOR.fullmatch(selector.strip()):
                found[selector.strip()] = family[1] if family else ""
    return found if any(font_code(_first(family)) for family in found.values()) else {}


def _first(family: str) -> str:
    """Return the first font of a list of them, without what the short form `font` has before it ("bold 12pt")."""
    words = family.split(",")[0].split()
    while len(words) > 1 and (words[0].lower() in _BEFORE_FONT or words[0][:1].isdigit()):
        words.pop(0)
    return " ".join(words).strip("\"'")
