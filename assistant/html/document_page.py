"""The page of a document with a quote marked, and the page for an unknown document.

Their only script is static/document.js, which scrolls to the quote; they work without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from assistant.answer.links import safe_link
from assistant.html.about import about
from assistant.html.environment import render
from assistant.html.strings import Strings
from assistant.records import Document

_ALSO_AT = 10
"""How many further addresses of a document its page shows."""
_HEADING = re.compile(r"(#{1,6}) +(?=\S)")


class Span(NamedTuple):
    """The characters to mark: offsets into the document's text, end-exclusive."""

    start: int
    end: int


class MarkedLine(NamedTuple):
    """A line in three parts, the middle one marked; a line without a mark is all in `before`.

    `first` tells that the mark is the first on the page, to which links jump.
    """

    before: str
    marked: str
    after: str
    first: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The lines of a paragraph (`level` is 0), or the one line of a heading (`level` is 1 to 6)."""

    level: int
    lines: tuple[MarkedLine, ...]


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
    document: Document, span: Span | None, strings: Strings, *, root: str = "", note: str | None = None
) -> str:
    """Return the page with the cleaned text of a document, the span marked.

    `root` is the path prefix under which the application is served; `note` is a message above the text.
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
        paragraphs=_paragraphs(document.text, span),
        root=root,
        strings=strings,
    )


def not_found_page(strings: Strings, *, root: str = "") -> str:
    """Return the page for a document that is not in the index."""
    return render("not_found.html", root=root, strings=strings)


def _paragraphs(text: str, span: Span | None) -> Iterator[Paragraph]:
    """Lines → headings and paragraphs; a blank line ends a paragraph, a single break stays a break."""
    highlighter = _Highlighter(text, span)
    paragraph: list[MarkedLine] = []
    position = 0
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if paragraph and (heading or not line.strip()):
            yield Paragraph(0, tuple(paragraph))
            paragraph = []
        if heading:
            level = min(6, len(heading[1]) + 1)  # the title is the page's h1
            yield Paragraph(level, (highlighter.line(position + heading.end(), position + len(line)),))
        elif line.strip():
            paragraph.append(highlighter.line(position, position + len(line)))
        position += len(line) + 1
    if paragraph:
        yield Paragraph(0, tuple(paragraph))


class _Highlighter:
    """Cuts lines from the text and marks the part of the span in each."""

    def __init__(self, text: str, span: Span | None) -> None:
        self._text = text
        self._span = span or Span(0, 0)
        self._none_yet = True

    def line(self, start: int, end: int) -> MarkedLine:
        marked_from = min(max(start, self._span.start), end)
        marked_to = max(min(end, self._span.end), marked_from)
        text = self._text
        if marked_from == marked_to:
            return MarkedLine(text[start:end], "", "", False)
        first, self._none_yet = self._none_yet, False
        return MarkedLine(text[start:marked_from], text[marked_from:marked_to], text[marked_to:end], first)
