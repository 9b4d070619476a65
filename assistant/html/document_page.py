"""The pages of our own beside the chat: one document with a quote marked, and "there is no such document".

They hold no script but static/document.js, which only scrolls to the quote, and work without it.
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
"""Further addresses that a page shows."""
_HEADING = re.compile(r"(#{1,6}) +(?=\S)")


class Span(NamedTuple):
    """What to mark: characters of the document's text, end-exclusive."""

    start: int
    end: int


class MarkedLine(NamedTuple):
    """A line in three parts, the middle one marked; a line without a mark is all in `before`.

    With `first` the mark is where a link to the quote jumps.
    """

    before: str
    marked: str
    after: str
    first: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together; `level` is 0, or 1 to 6 for a heading, which is one line."""

    level: int
    lines: tuple[MarkedLine, ...]


def parse_span(start: str | None, end: str | None, document: Document) -> Span | None:
    """The offsets of a link as a span of the document; None when nothing is asked for.

    Raises ValueError when they are not whole numbers, reversed, or outside the text.
    """
    if not start and not end:
        return None
    span = Span(_offset(start), _offset(end))
    if not 0 <= span.start < span.end <= len(document.text):
        raise ValueError(f"{span} is no slice of {document.doc_id}")
    return span


def _offset(digits: str | None) -> int:
    if not digits or not re.fullmatch(r"[0-9]{1,12}", digits):
        raise ValueError("an offset is a whole number")
    return int(digits)


def document_page(
    document: Document, span: Span | None, strings: Strings, *, root: str = "", note: str | None = None
) -> str:
    """The cleaned text of a document, the span marked; `root` is the prefix the app is served under."""
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
    """The page of a document that is not in the index."""
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
    """Cuts lines out of the text and marks what of the span lies in them."""

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
