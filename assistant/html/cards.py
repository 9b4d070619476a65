"""Citations → source cards: the quote in its paragraph, links to the source, and how well the passage matches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answer.links import Link, document_link, safe_link
from assistant.html.about import About, about
from assistant.html.strings import Strings
from assistant.protocols import DocumentLookup
from assistant.records import Citation, Hit

AROUND_CHARS = 180
"""How many characters of the paragraph a card shows on each side of the quote."""
NEAR = (0.78, 0.84)
"""Cosines from which a passage is called near and very near. Chosen by hand: they change the wording only; the bundled
encoder rarely gives less than .7."""


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote in three parts, with the short answer in the middle; it is empty where none is known."""

    before: str
    short_answer: str
    after: str


@dataclass(frozen=True, slots=True)
class Card:
    """One source card.

    `context` are the texts that make the quote understood, in their order. `source` is None where the document has no
    address, `why_found` where no passage contains the quote; `inside` links to the built-in page of the document.
    """

    number: int
    title: str
    language: str
    about: About
    context: tuple[str, ...]
    before: str
    quote: ShownQuote
    after: str
    source: Link | None
    inside: Link
    why_found: str | None


def shown_quote(citation: Citation) -> ShownQuote:
    """Return the quote, cut at its short answer."""
    quote = citation.quote
    if citation.short_answer is None:
        return ShownQuote(quote, "", "")
    start, end = (place - citation.start for place in citation.short_answer)
    return ShownQuote(quote[:start], quote[start:end], quote[end:])


def cards(
    citations: Sequence[Citation], hits: Sequence[Hit], lookup: DocumentLookup, strings: Strings
) -> tuple[Card, ...]:
    """Return the card of each citation, in the order of the markers in the text."""
    in_order = sorted(citations, key=lambda citation: citation.number)
    return tuple(_card(citation, hits, lookup, strings) for citation in in_order)


def _card(citation: Citation, hits: Sequence[Hit], lookup: DocumentLookup, strings: Strings) -> Card:
    document = lookup.document(citation.doc_id)
    before, after = surroundings(document.text, citation.start, citation.end)
    # The citation's link is better than the plain address: its text fragment opens the page at the quote.
    source = safe_link(citation.link)
    if not source or not source.startswith("http"):
        source = safe_link(citation.url)
    return Card(
        citation.number,
        citation.title,
        document.language,
        about(document, strings, citation.start),
        tuple(context.text for context in citation.context),
        before,
        shown_quote(citation),
        after,
        source,
        document_link(citation.doc_id, citation.start, citation.end),
        _why_found(citation, hits, strings),
    )


def _why_found(citation: Citation, hits: Sequence[Hit], strings: Strings) -> str | None:
    """Say in words how near the passage of a quote is to the question."""
    for hit in hits:
        chunk = hit.chunk
        if chunk.doc_id == citation.doc_id and chunk.start <= citation.start < citation.end <= chunk.end:
            near = strings.near_levels[sum(hit.cosine >= level for level in NEAR)]
            shared = strings.shares_words if hit.bm25 > 0 else strings.shares_no_words
            return f"{strings.found_as.format(rank=hit.rank, of=len(hits))} {near} {shared}"
    return None


def surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the text before and after `text[start:end]` in its paragraph, each cut between words."""
    # No more is looked at than can be shown: a paragraph may be as long as its document.
    before = text[max(0, start - AROUND_CHARS - 1) : start].rpartition("\n")[2]
    after = text[end : end + AROUND_CHARS + 1].partition("\n")[0]
    if len(before) > AROUND_CHARS:
        before = "… " + before[-AROUND_CHARS:].partition(" ")[2]
    if len(after) > AROUND_CHARS:
        after = after[:AROUND_CHARS].rpartition(" ")[0] + " …"
    return re.sub(r"^#{1,6} ", "", before), after
