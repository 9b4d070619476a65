"""The address of a document page, and the links that a page or a text of the product may contain."""

from __future__ import annotations

from typing import NewType
from urllib.parse import quote, urlsplit

from assistant.text.control_characters import has_control

DOCUMENT_PAGES = "/documents/"
"""The path under which the server shows documents, each at its id."""

PAGE_IMAGES = "/page-images/"
"""The path under which the server draws original pages, each at its number and the document's id."""

Link = NewType("Link", str)
"""A web address, or a path relative to the address of the chat page; only this module makes one."""


def document_path(doc_id: str, start: int | None = None, end: int | None = None) -> str:
    """Return the path of the page that shows the document, with the quote marked where offsets are given.

    >>> document_path("a b.txt", 3, 9)
    '/documents/a%20b.txt?start=3&end=9#quote'
    """
    path = DOCUMENT_PAGES + quote(doc_id.encode("utf-8", "replace"))
    return path if start is None else f"{path}?start={start}&end={end}#quote"


def document_link(doc_id: str, start: int | None = None, end: int | None = None) -> Link:
    """Return `document_path` as a link on the chat page; it also works behind a proxy that adds a prefix."""
    return _relative(document_path(doc_id, start, end))


def page_link(doc_id: str, page: int, *, language: str, panel: bool) -> Link:
    """Return the link to the document page that shows original page `page`, as a link on the chat page."""
    query = f"?page={page}&lang={quote(language)}{'&panel=1' if panel else ''}"
    return _relative(document_path(doc_id) + query)


def page_image_link(doc_id: str, page: int, start: int | None = None, end: int | None = None) -> Link:
    """Return the address of an original page as a picture, with the quote marked where offsets are given."""
    path = f"{PAGE_IMAGES}{page}/{quote(doc_id.encode('utf-8', 'replace'))}"
    return _relative(path if start is None else f"{path}?start={start}&end={end}")


def safe_link(link: str | None) -> Link | None:
    """Return `link` if it is a web address or a document page, else None: `javascript:` never becomes a link.

    The path of a document page becomes relative to the chat page, so that it works behind a proxy that adds a prefix.

    >>> safe_link("/documents/a.txt"), safe_link("javascript:alert(1)")
    ('documents/a.txt', None)
    """
    if not link or has_control(link) or link.split() != [link]:
        return None
    if link.startswith(DOCUMENT_PAGES):
        return _relative(link)
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return Link(link) if parts.scheme in ("http", "https") and parts.hostname else None


def _relative(path: str) -> Link:
    return Link(path.removeprefix("/"))
