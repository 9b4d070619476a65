"""Addresses that a page or a text of ours may link to."""

from __future__ import annotations

from typing import NewType
from urllib.parse import quote, urlsplit

from assistant.text.visible import UNSHOWABLE

Link = NewType("Link", str)
"""A web address, or the address of a page of ours relative to the chat's own; only this module makes one."""


def safe_link(link: str | None) -> Link | None:
    """Return `link` if it is a web address or a page of ours, else None: `javascript:` never becomes a link.

    Pages of ours come out relative to the chat's own address, so that they hold behind a proxy's prefix.

    >>> safe_link("/documents/a.txt"), safe_link("javascript:alert(1)")
    ('documents/a.txt', None)
    """
    if not link or UNSHOWABLE.search(link) or link.split() != [link]:
        return None
    if link.startswith("/documents/"):
        return Link(link.removeprefix("/"))
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return Link(link) if parts.scheme in ("http", "https") and parts.hostname else None


def document_link(doc_id: str, start: int | None = None, end: int | None = None) -> Link:
    """Return the address of the document page, with the quote marked where offsets are given."""
    path = "documents/" + quote(doc_id.encode("utf-8", "replace"), safe="/")
    return Link(path if start is None else f"{path}?start={start}&end={end}#quote")
