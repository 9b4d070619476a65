"""Panels of accordions and tabs: content that a page hides until its button or tab is chosen.

The tree is changed before it is read: panels are shown, and what opens a panel becomes its heading.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml import etree

from assistant.ingest.formats.html.html_blocks import HIDDEN_STYLE, is_boilerplate, is_hidden
from assistant.ingest.formats.html.html_tree import Element

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TERMS = (*_HEADINGS, "summary", "dt")
_LINES = (*_TERMS, "p", "div", "span", "li", "a", "button", "label")
_MAIN = ("main", "article", "h1")
_PANEL_ROLES = ("tabpanel", "region")
_ANSWERS = ("acceptedAnswer", "suggestedAnswer")
_TOGGLE_DATA = ("collapse", "tab", "pill")
# Chosen by hand: a label of more characters, or made of more elements, is none.
_LONGEST_LABEL = 200
_MOST_ELEMENTS = 20


def open_panels(tree: Element) -> None:
    """Show what is hidden until it is chosen, and make what opens it a heading.

    A page behind an open dialog is shown as well: `aria-hidden` around its main part hides it from screen readers only.
    """
    _show_main(tree)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    by_id = {element.get("id"): element for element in reversed(elements) if element.get("id")}
    toggles = {target: element for element in reversed(elements) if _is_toggle(element) for target in _targets(element)}
    level = 1
    for element in elements:
        if element.tag in _TERMS:
            level = _read_term(element, level)
            continue
        named = toggles.get(element.get("id") or "")
        if not (is_hidden(element) or named is not None or element.get("role") == "tabpanel"):
            continue
        labels = (_named_toggle(element, by_id), named, _toggle_before(element))
        toggle = next((label for label in labels if label is not None), None)
        waits = toggle is not None or _waits(element)
        if waits and not _is_apart(element):
            _show(element)
            if toggle is not None:
                _name(element, toggle, min(level + 1, 6))


def _show_main(tree: Element) -> None:
    seen: set[Element] = set()
    for element in tree.iter(*_MAIN):
        for around in (element, *element.iterancestors()):
            if around in seen:
                break
            seen.add(around)
            around.attrib.pop("aria-hidden", None)


def _read_term(element: Element, level: int) -> int:
    """Make the buttons in a heading or term its text, and a summary a heading; return the level of headings here."""
    for button in list(element.iter("button", "a")):
        if button.tag == "button" or _is_toggle(button):
            button.tag = "span"
            button.set("aria-expanded", button.get("aria-expanded", "false"))  # what follows is still its panel
    if element.tag == "summary" and next(element.iter(*_HEADINGS), None) is None:
        element.tag = f"h{min(level + 1, 6)}"
        return level
    return int(element.tag[1]) if element.tag in _HEADINGS else level


def _is_toggle(element: Element) -> bool:
    if element.tag == "button" or element.get("role") in ("button", "tab"):
        return True
    if element.get("aria-expanded") is not None:
        return True
    return (element.get("data-bs-toggle") or element.get("data-toggle")) in _TOGGLE_DATA


def _targets(toggle: Element) -> Iterator[str]:
    """Yield the ids of what a button or tab opens."""
    yield from (toggle.get("aria-controls") or "").split()
    for name in ("data-bs-target", "data-target", "href"):
        value = (toggle.get(name) or "").strip()
        if len(value) > 1 and value.startswith("#"):
            yield value[1:]


def _named_toggle(panel: Element, by_id: dict[str, Element]) -> Element | None:
    """Return the button or tab that a panel names as its label."""
    for name in (panel.get("aria-labelledby") or "").split():
        label = by_id.get(name)
        if label is not None and (panel.get("role") in _PANEL_ROLES or _holds_toggle(label)):
            return label
    return None


def _toggle_before(panel: Element) -> Element | None:
    """Return the line right before a panel if it is a button, or a heading or the like that is one."""
    before = panel.getprevious()
    return before if before is not None and before.tag in _LINES and _holds_toggle(before) else None


def _holds_toggle(line: Element) -> bool:
    """Return whether a line is, or has in it, one button or tab."""
    inner = list(islice(line.iter(), _MOST_ELEMENTS))
    if len(inner) == _MOST_ELEMENTS or not 0 < len(_label(line)) <= _LONGEST_LABEL:
        return False
    return sum(_is_toggle(element) for element in inner) == 1 and all(
        element.get("type") not in ("submit", "reset") for element in inner
    )


def _waits(element: Element) -> bool:
    """Return whether a hidden element says of itself that it is a panel, or the answer of a question."""
    if element.get("role") == "tabpanel" or element.get("hidden") == "until-found":
        return True
    return any(around.get("itemprop") in _ANSWERS for around in (element, *islice(element.iterancestors(), 3)))


def _is_apart(element: Element) -> bool:
    """Return whether an element belongs to a menu, a dialog or the like, whose panels are no content."""
    return any(
        around.tag == "header" or (around.tag != "form" and is_boilerplate(around))
        for around in (element, *element.iterancestors())
    )


def _show(element: Element) -> None:
    for name in ("hidden", "aria-hidden"):
        element.attrib.pop(name, None)
    if element.get("style"):
        element.set("style", HIDDEN_STYLE.sub("", element.get("style")))


def _name(panel: Element, toggle: Element, level: int) -> None:
    """Make what opens a panel its heading: in place if it stands before it, else as the first line in it."""
    if any(around.tag in _TERMS for around in (toggle, *toggle.iterancestors())) or toggle in panel.iterancestors():
        return
    label = _label(toggle)
    if not 0 < len(label) <= _LONGEST_LABEL:
        return
    first = next(panel.iter(*_HEADINGS), None)
    if first is not None and _label(first) == label:
        return
    if toggle is panel.getprevious():
        toggle.tag = f"h{level}"
        for inner in toggle.iterdescendants("button", "a"):
            inner.tag = "span"
        toggle.attrib.pop("role", None)
        return
    toggle.tag = "template"  # its text has moved: it is not shown twice
    heading = etree.Element(f"h{level}")
    heading.text = label
    heading.tail, panel.text = panel.text, None
    panel.insert(0, heading)


def _label(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())
