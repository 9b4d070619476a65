"""The pages of our own beside the chat: one document with a quote marked, and "there is no such document".

They hold no script but static/document.js, which only scrolls to the quote, and work without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assistant.answer.links import safe_link
from assistant.html.bubbles import meta_line
from assistant.html.escape import esc, external_link, lang_attribute
from assistant.html.strings import Strings
from assistant.records import Document

_ALSO_AT = 10
"""Further addresses that a page shows."""
_HEADING = re.compile(r"(#{1,6}) +(?=\S)")


class Span(NamedTuple):
    """What to mark: characters of the document's text, end-exclusive."""

    start: int
    end: int


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
    lang = lang_attribute(document.language)
    links = []
    if source := safe_link(document.url):
        links.append(external_link(source, esc(strings.open_source), strings))
    if span:
        links.append(f'<a href="#quote">{esc(strings.quote_marked)}</a>')
    linked = f'<p class="links">{" ".join(links)}</p>' if links else ""
    also = [external_link(link, esc(link), strings) for url in document.also_at[:_ALSO_AT] if (link := safe_link(url))]
    if also:
        linked += f'<p class="links">{esc(strings.also_at)} {" ".join(also)}</p>'
    warning = f'<p class="note" role="status">{esc(note)}</p>' if note else ""
    title = document.title or document.doc_id
    about = meta_line(document, strings, span.start if span else None)
    head = f'<h1{lang} dir="auto">{esc(title)}</h1><p class="meta">{about}</p>'
    text = "".join(_blocks(document.text, span))
    body = f'<header>{head}{linked}{warning}</header><article{lang} dir="auto">{text}</article>'
    return _page(title, body, strings, root)


def not_found_page(strings: Strings, *, root: str = "") -> str:
    """The page of a document that is not in the index."""
    body = f"<h1>{esc(strings.not_found)}</h1><p>{esc(strings.not_found_hint)}</p>"
    return _page(strings.not_found, body, strings, root)


def _page(title: str, body: str, strings: Strings, root: str) -> str:
    return f"""<!doctype html>
<html lang="{strings.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{esc(title)} · {esc(strings.product)}</title>
<link rel="icon" href="{esc(root)}/ui/icon.png">
<link rel="stylesheet" href="{esc(root)}/ui/document.css">
<script src="{esc(root)}/ui/document.js" defer></script>
</head>
<body>
<nav><a href="{esc(root)}/">{esc(strings.back)}</a></nav>
<main>{body}</main>
</body>
</html>
"""


def _blocks(text: str, span: Span | None) -> Iterator[str]:
    """Lines → headings and paragraphs; a blank line ends a paragraph, a single break stays a break."""
    mark = _Mark(text, span)
    paragraph: list[str] = []
    position = 0
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if paragraph and (heading or not line.strip()):
            yield f"<p>{'<br>'.join(paragraph)}</p>"
            paragraph = []
        if heading:
            level = min(6, len(heading[1]) + 1)  # the title is the page's h1
            yield f"<h{level}>{mark.slice(position + heading.end(), position + len(line))}</h{level}>"
        elif line.strip():
            paragraph.append(mark.slice(position, position + len(line)))
        position += len(line) + 1
    if paragraph:
        yield f"<p>{'<br>'.join(paragraph)}</p>"


class _Mark:
    """Escapes slices of the text and marks what of the span lies in them; the first mark is #quote."""

    def __init__(self, text: str, span: Span | None) -> None:
        self._text = text
        self._span = span or Span(0, 0)
        self._first = True

    def slice(self, start: int, end: int) -> str:
        marked_from = min(max(start, self._span.start), end)
        marked_to = max(min(end, self._span.end), marked_from)
        before, after = esc(self._text[start:marked_from]), esc(self._text[marked_to:end])
        if marked_from == marked_to:
            return before + after
        anchor = ' id="quote"' if self._first else ""
        self._first = False
        return f"{before}<mark{anchor}>{esc(self._text[marked_from:marked_to])}</mark>{after}"
