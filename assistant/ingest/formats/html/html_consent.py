"""Dialogs about cookies and consent, and others over the page: no text of the page while it has its own."""

from __future__ import annotations

import re

from assistant.ingest.formats.html.html_tree import Element

_DIALOG_ROLES = ("dialog", "alertdialog")
_NAMES = re.compile(
    r"(?:^|[-_\s])(?:cookies?|consent|gdpr|rodo|cmp)(?:$|[-_\s])|cookie-?_?(?:banner|bar|notice|consent|law|info)|"
    r"consent-?_?(?:banner|bar|manager)|onetrust|didomi|cookiebot|cybot|usercentrics|quantcast|qc-cmp|sp_message|truste",
    re.IGNORECASE,
)
_MAIN = ("main", "article", "h1")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PAGE = ("html", "body", "main", "article")
_APART = ("nav", "header", "footer", "aside")


def remove_dialogs(tree: Element) -> None:
    """Remove dialogs, and what is named after cookies or consent, if the page has a main part or headings besides."""
    dialogs: list[Element] = []
    inside: set[Element] = set()
    elsewhere = False
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.getparent() in inside:
            inside.add(element)
        elif _is_dialog(element):
            dialogs.append(element)
            inside.add(element)
        elsewhere = elsewhere or (element not in inside and _is_own(element))
    for element in dialogs if elsewhere else ():
        element.drop_tree()


def _is_dialog(element: Element) -> bool:
    """Return whether an element is a dialog, or named as one about cookies outside of the main part."""
    if element.tag in _PAGE:
        return False
    is_dialog = element.tag == "dialog" or element.get("role") in _DIALOG_ROLES or element.get("aria-modal") == "true"
    if not is_dialog:
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if not _NAMES.search(name) or any(around.tag in _MAIN for around in element.iterancestors()):
            return False
    return next(element.iter(*_MAIN), None) is None


def _is_own(element: Element) -> bool:
    """Return whether an element is a main part or a heading with text, and no part of the page's frame."""
    if element.tag not in (*_PAGE[2:], *_HEADINGS) or not any(text.strip() for text in element.itertext()):
        return False
    return not any(around.tag in _APART for around in element.iterancestors())
