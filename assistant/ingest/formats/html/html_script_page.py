"""Pages whose text is made by scripts: what was saved of them is a frame without content."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.ingest.formats.html.html_blocks import Block
from assistant.ingest.formats.html.html_tree import Element
from assistant.ingest.formats.text.text_blocks import letters

_FRAME = frozenset("header nav footer aside dialog".split())
_FRAME_ROLES = frozenset("banner navigation contentinfo complementary dialog alertdialog".split())
_PLACES = frozenset("root app __next __nuxt __layout main content application react-root app-root mount".split())
# Letters outside of the frame, chosen by hand: fewer are no more than "Loading…", or a call to switch scripts on.
_LOADING = 20
_CALL = 200


def is_drawn_by_scripts(tree: Element, blocks: Sequence[Block]) -> bool:
    """Return whether a page with scripts has text in its header, menus and footer alone, or says that it needs them."""
    if next(tree.iter("script"), None) is None:
        return False
    own: list[str] = []
    found = 0
    for block in blocks:
        if not _is_in_frame(block.element):
            own.append(block.text.casefold())
            found += letters(block.text)
            if found > _CALL:
                return False
    if found >= _LOADING:
        return any("javascript" in text for text in own) and not any(block.kind == "heading" for block in blocks)
    return any(_is_place(element) and not _holds_text(element) for element in tree.iter())


def _is_place(element: Element) -> bool:
    """Return whether scripts put the text of a page into such an element: its main part, or one of their own."""
    return isinstance(element.tag, str) and (
        element.tag == "main" or "-" in element.tag or (element.get("id") or "").lower() in _PLACES
    )


def _holds_text(element: Element) -> bool:
    found = 0
    for text in element.itertext():
        found += letters(text)
        if found >= _LOADING:
            return True
    return False


def _is_in_frame(element: Element) -> bool:
    return any(
        around.tag in _FRAME or around.get("role") in _FRAME_ROLES for around in (element, *element.iterancestors())
    )
