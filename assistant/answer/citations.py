"""Makes Citations from slices of documents, with links that open the source at the quote."""

from __future__ import annotations

from urllib.parse import quote as percent_encode

from assistant.answer.links import document_path
from assistant.answer.quote_context import context_of, quoted_parts, shown_slices
from assistant.records import Citation, Document

# A text fragment names its first and last words; few are enough, and browsers give up on very long links.
_EDGE_WORDS = 6
_PREFIX_WORDS = 3
# Limits of time: characters around a quote that are searched for its first words, and of the line before it.
_SEARCHED = 20_000
_LINE_BEFORE = 500


def cite(
    document: Document, start: int, end: int, number: int, short_answer: tuple[int, int] | None = None
) -> Citation:
    """Return the citation `number` of `document.text[start:end]`.

    Raises ValueError when the offsets are not a slice of the text.
    """
    link = link_to(document, start, end)
    parts, context = quoted_parts(document, start, end), context_of(document, start)
    return Citation(number, start, end, link, document, short_answer, parts, context)


def link_to(document: Document, start: int, end: int) -> str:
    """Return the link that shows the source of `document.text[start:end]`.

    It is the address of the document with a text fragment, or with a page number if the document has pages (a PDF).
    An address to which the text is only attributed stays as it is. A document without an address is shown on the
    built-in document page.
    """
    if document.url is None:
        return document_path(document.doc_id, start, end)
    if document.url_kind == "attributed":
        return document.url
    address, _, fragment = document.url.partition("#")
    page = document.page_at(start)
    if page is not None:
        return f"{address}#page={page}"
    return f"{address}#{fragment}:~:text={_text_directive(document, start, end)}"


def _text_directive(document: Document, start: int, end: int) -> str:
    """Return `[prefix-,]first[,last]` as the URL Fragment Text Directives specification (WICG) defines it.

    A page draws the bullets and numbers of its lists, and the names of columns stand above a table, not in its rows:
    the words are those of items and cells.
    """
    text = document.text
    pieces = [text[slice(*piece)].split() for piece in shown_slices(document, start, end)]
    pieces = [piece for piece in pieces if piece] or [text[start:end].split()]
    if len(pieces) == 1 and len(pieces[0]) <= 2 * _EDGE_WORDS and "\n" not in text[start:end]:
        first, last = " ".join(pieces[0]), ""
    else:
        first, last = " ".join(pieces[0][:_EDGE_WORDS]), " ".join(pieces[-1][-_EDGE_WORDS:])
    parts = [_encode(first)] + ([_encode(last)] if last else [])
    prefix = text[max(0, start - _LINE_BEFORE) : start].rpartition("\n")[2].split()[-_PREFIX_WORDS:]
    if prefix and _stands_elsewhere(first, text[max(0, start - _SEARCHED) : end + _SEARCHED]):
        parts.insert(0, _encode(" ".join(prefix)) + "-")
    return ",".join(parts)


def _stands_elsewhere(words: str, text: str) -> bool:
    """Whether the words stand in the text more than once, on one line or over two."""
    return text.replace("\n", " ").count(words) > 1


def _encode(words: str) -> str:
    # The specification reserves "-", "," and "&" inside a directive; quote() leaves "-" alone.
    return percent_encode(words, safe="").replace("-", "%2D")
