"""The page of a document with a quote marked, and the page for an unknown document.

Their only script is static/document.js, which scrolls to the quote; they work without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answer.links import Link, page_image_link, page_link, safe_link
from assistant.html.about import about
from assistant.html.document_parts import MarkedLine, Part, Span, drawn_parts
from assistant.html.environment import render
from assistant.html.strings import Strings
from assistant.records import Document

_ALSO_AT = 10
"""How many further addresses of a document its page shows."""


def parse_span(start: str | None, end: str | None, document: Document) -> Span | None:
    """Return the offsets in a link as a span of the document; None when both are missing.

    Raises ValueError when they are not whole numbers, are reversed, or lie outside the text.
    """
    if not start and not end:
        return None
    span = Span(_offset(start), _offset(end))
    if not 0 <= span.start < span.end <= len(document.text):
        raise ValueError(f"{span} is not a slice of {document.doc_id}")
    return span


def _offset(digits: str | None) -> int:
    if not digits or not re.fullmatch(r"[0-9]{1,12}", digits):
        raise ValueError("an offset is a whole number")
    return int(digits)


def document_page(
    document: Document,
    span: Span | None,
    strings: Strings,
    *,
    root: str = "",
    note: str | None = None,
    panel: bool = False,
    original: int | None = None,
) -> str:
    """Return the page with the cleaned text of a document, the span marked.

    `root` is the path prefix under which the application is served; `note` is a message above the text. `panel` makes
    it the page in the panel beside the chat: the address of the source first, and no way back. `original` is the number
    of the page of the source that is shown as it looks, above the text.
    """
    return render(
        "document.html",
        title=document.title or document.doc_id,
        language=document.language,
        about=about(document, strings, span.start if span else None),
        source=safe_link(document.url),
        quoted=span is not None,
        also_at=[link for url in document.also_at[:_ALSO_AT] if (link := safe_link(url))],
        note=note,
        panel=panel,
        original=_original(document, span, original, strings, panel) if original else None,
        parts=_below_title(drawn_parts(document, span), document.title),
        root=root,
        strings=strings,
    )


@dataclass(frozen=True, slots=True)
class _Original:
    """A page of the source as it looks: what it is in words, its picture, and the addresses of its neighbours.

    `marked` tells that the quote is marked in the picture, to which links then jump.
    """

    label: str
    picture: Link
    previous: Link | None
    next: Link | None
    marked: bool


def _original(document: Document, span: Span | None, number: int, strings: Strings, panel: bool) -> _Original:
    def link(page: int) -> Link | None:
        inside = 1 <= page <= len(document.pages)
        return page_link(document.doc_id, page, language=strings.language, panel=panel) if inside else None

    marked = span is not None and (document.page_at(span.start) or 0) <= number <= (document.page_at(span.end - 1) or 0)
    offsets = (span.start, span.end) if span and marked else ()
    label = strings.original.format(number=number, total=len(document.pages))
    return _Original(
        label, page_image_link(document.doc_id, number, *offsets), link(number - 1), link(number + 1), marked
    )


def _below_title(parts: Iterator[Part], title: str) -> Iterator[Part]:
    """Yield the parts without a first heading that repeats the title above it, unless it is marked."""
    first = next(parts, None)
    if first is not None and not (first.kind == "heading" and first.lines[0] == MarkedLine(title)):
        yield first
    yield from parts


def not_found_page(strings: Strings, *, root: str = "") -> str:
    """Return the page for a document that is not in the index."""
    return render("not_found.html", root=root, strings=strings)
