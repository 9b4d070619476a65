"""Records → the HTML of the chat: bubbles, markers, source cards, the note of what is indexed.

Bubbles are shown with Markdown switched off, so nothing but HTML has a meaning in them; what enters that
HTML is escaped in escape.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from assistant.answer.citations import page_at
from assistant.answer.cited_text import Piece, pieces
from assistant.answer.links import document_link, safe_link
from assistant.html.escape import esc, external_link, lang_attribute, lines
from assistant.html.strings import Strings, date_words, language_name
from assistant.protocols import DocumentLookup
from assistant.records import Abstention, Answer, Citation, Document, Hit, PartialAnswer, Reply

AROUND_CHARS = 180
"""How much of the paragraph a card shows on each side of the quote."""
"""A longer list of documents is cut: the page must stay light."""
NEAR = (0.78, 0.84)
"""From these cosines on a passage is called near and very near; the bundled encoder finds little below .7."""
TOKEN = "da-token-"
"""What the class begins with that holds the token of a reply."""


def question_html(question: str) -> str:
    """The bubble of what the user typed."""
    return f'<div class="da-question" dir="auto">{lines(question.strip())}</div>'


def searching_html(strings: Strings) -> str:
    """The bubble while the answer is being found."""
    return f'<div class="da-reply da-searching" lang="{strings.language}">{esc(strings.searching)}</div>'


def notice_html(words: str, strings: Strings) -> str:
    """The bubble where there is no reply: why not."""
    said = f'<p class="da-searching">{esc(words)}</p>{_actions(strings)}'
    return f'<div class="da-reply" lang="{strings.language}">{said}</div>'


def answer_html(
    answer: Answer, lookup: DocumentLookup, strings: Strings, *, shown: int | None = None, token: str | None = None
) -> str:
    """The bubble of an answer: notice, text, cards; while it streams, only the first `shown` pieces.

    With a `token` it can be rated.
    """
    if answer.statements:
        text = _written(answer, strings)
    else:
        text = "".join(_piece(piece, lookup, strings) for piece in pieces(answer)[:shown])
    body = f'{_notice(answer)}<p class="da-text">{text}</p>'
    if shown is None:
        body += _actions(strings, token, copy=True)
        body += _cards(answer.citations, strings.sources, answer.hits, lookup, strings)
    return f'<div class="da-reply da-answer" lang="{strings.language}">{body}</div>'


def abstention_html(abstention: Abstention, lookup: DocumentLookup, strings: Strings, token: str | None = None) -> str:
    """The bubble of an abstention: a sign, a heading and a frame of its own, then the closest passages."""
    body = f"{_notice(abstention)}{_verdict(strings.no_answer)}<p>{esc(abstention.text)}</p>"
    body += _actions(strings, token)
    if abstention.closest:
        body += _cards(abstention.closest, strings.closest, abstention.hits, lookup, strings)
    return f'<div class="da-reply da-abstention" lang="{strings.language}">{body}</div>'


def draft_html(draft: PartialAnswer, strings: Strings) -> str:
    """The bubble of what a model has written so far."""
    body = f'<p class="da-notice">{esc(strings.drafting)}</p><p class="da-text" dir="auto">{lines(draft.text)}</p>'
    return f'<div class="da-reply da-draft" lang="{strings.language}">{body}</div>'


def error_html(message: str, hint: str, strings: Strings) -> str:
    """The bubble of a question that could not be taken: what happened and what to do."""
    body = f"{_verdict(strings.not_answered)}<p>{esc(message)}</p><p>{esc(hint)}</p>{_actions(strings)}"
    return f'<div class="da-reply da-error" lang="{strings.language}">{body}</div>'


def welcome_html(strings: Strings) -> str:
    """What the empty chat shows above its example questions."""
    more = f"<p>{esc(strings.welcome_more)}</p>"
    return f'<div class="da-welcome" lang="{strings.language}"><h2>{esc(strings.welcome)}</h2>{more}</div>'


def meta_line(document: Document, strings: Strings, at: int | None = None) -> str:
    """Site or publisher, date and language in words, as far as they are known, and the page of the offset `at`."""
    address = safe_link(document.url)
    site = document.publisher or (urlsplit(address).hostname if address else None)
    parts = [f"<bdi>{esc(site)}</bdi>"] if site else []
    if document.published:
        words = date_words(document.published, strings)
        parts.append(f'<time datetime="{esc(document.published)}">{esc(words)}</time>')
    if language := language_name(document.language, strings):
        parts.append(f"<span>{esc(language)}</span>")
    if at is not None and (page := page_at(document, at)):
        parts.append(f"<span>{esc(strings.page.format(number=page))}</span>")
    return '<span class="da-dot" aria-hidden="true"> · </span>'.join(parts)


def _notice(reply: Reply) -> str:
    return f'<p class="da-notice">{esc(reply.notice)}</p>' if reply.notice else ""


def _written(answer: Answer, strings: Strings) -> str:
    """A model's sentences; what is not supported is set off and says so."""
    by_number = {citation.number: citation for citation in answer.citations}
    parts = []
    for statement in answer.statements:
        markers = "".join(f"<sup>{_marker(by_number[number], strings)}</sup>" for number in statement.citations)
        flagged = f' <span class="da-flag">[{esc(statement.why)}]</span>' if statement.why else ""
        kind = "da-unsupported" if statement.why else "da-supported"
        text = f'<span class="{kind}" dir="auto">{lines(statement.text)}</span>'
        parts.append(f"{lines(statement.lead)}{text}{markers}{flagged}")
    return "".join(parts)


def _piece(piece: Piece, lookup: DocumentLookup, strings: Strings) -> str:
    if piece.citation is None:
        return f"<span>{esc(piece.text)}</span>"
    citation = piece.citation
    lang = lang_attribute(lookup.document(citation.doc_id).language)
    # No space before the marker: it must not begin a line.
    before_quote, quote, after_quote = piece.text.rstrip().partition(citation.quote)
    text = f"{esc(before_quote)}{_quote(citation, esc)}{esc(after_quote)}" if quote else esc(before_quote)
    return f'<span{lang} dir="auto">{text}</span><sup>{_marker(citation, strings)}</sup>'


def _marker(citation: Citation, strings: Strings) -> str:
    label = strings.source.format(number=citation.number, title=citation.title)
    before, _, after = label.partition(str(citation.number))
    # The number is seen and the whole label heard, so what is said and what is shown agree.
    marker = f'<span class="da-hidden">{esc(before)}</span>{citation.number}<span class="da-hidden">{esc(after)}</span>'
    if link := safe_link(citation.link):
        return external_link(link, marker, strings, "da-marker")
    return f'<span class="da-marker">{marker}</span>'


def _actions(strings: Strings, token: str | None = None, *, copy: bool = False) -> str:
    """What can be done with a reply; static/chat.js does it."""
    names = [("da-copy", strings.copy)] if copy else []
    if token:
        names += [("da-up", strings.helpful), ("da-down", strings.not_helpful)]
    names += [("da-again", strings.ask_again), ("da-edit", strings.edit)]
    buttons = "".join(f'<button type="button" class="da-action {css}">{esc(label)}</button>' for css, label in names)
    known = f" {TOKEN}{token}" if token else ""  # a class: Gradio's sanitiser takes data attributes away
    return f'<p class="da-actions{esc(known)}">{buttons}</p>'


def _cards(
    citations: Sequence[Citation], title: str, hits: Sequence[Hit], lookup: DocumentLookup, strings: Strings
) -> str:
    in_order = sorted(citations, key=lambda citation: citation.number)  # as the markers stand in the text
    cards = "".join(_card(citation, lookup.document(citation.doc_id), hits, strings) for citation in in_order)
    return f'<section class="da-cards"><h2>{esc(title)}</h2>{cards}</section>'


def _card(citation: Citation, document: Document, hits: Sequence[Hit], strings: Strings) -> str:
    lang = lang_attribute(document.language)
    before, after = surroundings(document.text, citation.start, citation.end)
    links = []
    # The citation's link before the plain address: its text fragment opens the page at the quote.
    source = safe_link(citation.link)
    if not source or not source.startswith("http"):
        source = safe_link(citation.url)
    if source:
        links.append(external_link(source, esc(strings.open_source), strings))
    inside = document_link(citation.doc_id, citation.start, citation.end)
    links.append(external_link(inside, esc(strings.show_in_document), strings))
    return (
        f'<article class="da-card"><h3><span class="da-number">{citation.number}</span>'
        f'<span{lang} dir="auto" class="da-title">{esc(citation.title)}</span></h3>'
        f'<p class="da-meta">{meta_line(document, strings, citation.start)}</p>'
        f'<blockquote{lang} dir="auto">{lines(before)}<mark>{_quote(citation, lines)}</mark>{lines(after)}'
        f'</blockquote><p class="da-links">{" ".join(links)}</p>{_why_found(citation, hits, strings)}</article>'
    )


def _why_found(citation: Citation, hits: Sequence[Hit], strings: Strings) -> str:
    """How near the passage of a quote is to the question, in words."""
    for hit in hits:
        chunk = hit.chunk
        if chunk.doc_id == citation.doc_id and chunk.start <= citation.start < citation.end <= chunk.end:
            near = strings.near_levels[sum(hit.cosine >= level for level in NEAR)]
            shared = strings.shares_words if hit.bm25 > 0 else strings.shares_no_words
            place = strings.found_as.format(rank=hit.rank, of=len(hits))
            said = f"<p>{esc(place)} {esc(near)} {esc(shared)}</p>"
            return f'<details class="da-why"><summary>{esc(strings.why_found)}</summary>{said}</details>'
    return ""


def _quote(citation: Citation, escape: Callable[[str], str]) -> str:
    """The quote with its short answer set off."""
    if citation.short_answer is None:
        return escape(citation.quote)
    start, end = (place - citation.start for place in citation.short_answer)
    quote = citation.quote
    return f"{escape(quote[:start])}<strong>{escape(quote[start:end])}</strong>{escape(quote[end:])}"


def surroundings(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after `text[start:end]` in its paragraph, cut between words."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    before = text[first:start]
    after = text[end : len(text) if last < 0 else last]
    if len(before) > AROUND_CHARS:
        before = "… " + before[-AROUND_CHARS:].partition(" ")[2]
    if len(after) > AROUND_CHARS:
        after = after[:AROUND_CHARS].rpartition(" ")[0] + " …"
    return re.sub(r"^#{1,6} ", "", before), after


def _verdict(words: str) -> str:
    return f'<p class="da-verdict">{esc(words)}</p>'
