"""Questions and replies → the HTML of the chat's bubbles.

The chat shows bubbles with Markdown off, so only HTML is markup in them. Each is on one line unless its text has line
breaks.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answer.cited_text import Piece, pieces
from assistant.answer.links import Link, document_link
from assistant.html.cards import ShownQuote, cards, shown_quote
from assistant.html.environment import BULLET, render
from assistant.html.strings import Strings
from assistant.protocols import DocumentLookup
from assistant.records import Abstention, Answer, Citation, PartialAnswer, Statement


@dataclass(frozen=True, slots=True)
class Marker:
    """The number of a citation behind a sentence. Screen readers read the whole label, which contains the number."""

    before: str
    number: int
    after: str
    link: Link


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """A piece of quoted text, in the language of its document, and the marker that follows it.

    A piece without a marker is text of the assistant, all of it in `before`.
    """

    before: str
    quote: ShownQuote | None = None
    after: str = ""
    language: str = "und"
    marker: Marker | None = None


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A model's sentence with its markers; `why` names what the sources do not confirm."""

    lead: str
    text: str
    markers: tuple[Marker, ...]
    why: str | None


def question_html(question: str) -> str:
    """Return the bubble of the user's question."""
    return render("question.html", question=question.strip())


def searching_html(strings: Strings) -> str:
    """Return the bubble that is shown during the search."""
    return render("searching.html", strings=strings)


def notice_html(words: str, strings: Strings) -> str:
    """Return the bubble that says why there is no reply."""
    return render("notice.html", words=words, strings=strings)


def answer_html(
    answer: Answer, lookup: DocumentLookup, strings: Strings, *, shown: int | None = None, token: str | None = None
) -> str:
    """Return the bubble of an answer: notice, text and source cards.

    With `shown` it has only the first `shown` pieces of the text, and no cards. With `token` it has rating buttons.
    """
    # A model's answer is shown as statements.
    cut = () if answer.statements else pieces(answer)[:shown]
    return render(
        "answer.html",
        notice=answer.notice,
        statements=_statements(answer, strings),
        pieces=[_piece(piece, lookup, strings) for piece in cut],
        whole=shown is None,
        cards=cards(answer.citations, answer.hits, lookup, strings) if shown is None else (),
        token=token,
        strings=strings,
    )


def abstention_html(abstention: Abstention, lookup: DocumentLookup, strings: Strings, token: str | None = None) -> str:
    """Return the bubble of an abstention: notice, text and the cards of the closest passages.

    With `token` it has rating buttons.
    """
    return render(
        "abstention.html",
        asked=abstention.reason != "small_talk",
        notice=abstention.notice,
        text=abstention.text,
        cards=cards(abstention.closest, abstention.hits, lookup, strings),
        token=token,
        strings=strings,
    )


def draft_html(draft: PartialAnswer, strings: Strings) -> str:
    """Return the bubble of the text that a model has written so far."""
    return render("draft.html", text=draft.text, strings=strings)


def error_html(message: str, hint: str, strings: Strings) -> str:
    """Return the bubble of an error: what happened and what to do."""
    return render("error.html", message=message, hint=hint, strings=strings)


def welcome_html(strings: Strings) -> str:
    """Return the welcome text that the empty chat shows above its example questions."""
    return render("welcome.html", strings=strings)


def _statements(answer: Answer, strings: Strings) -> list[ShownStatement]:
    markers = {citation.number: _marker(citation, strings) for citation in answer.citations}

    def shown(statement: Statement) -> ShownStatement:
        cited = tuple(markers[number] for number in statement.citations)
        return ShownStatement(statement.lead, statement.text, cited, statement.why)

    return [shown(statement) for statement in answer.statements]


def _piece(piece: Piece, lookup: DocumentLookup, strings: Strings) -> ShownPiece:
    if piece.citation is None:
        return ShownPiece(piece.text)
    citation = piece.citation
    # Without a space before the marker, it cannot begin a line.
    before, quote, after = piece.text.rstrip().partition(citation.quote)
    document = lookup.document(citation.doc_id)
    if "\n" in quote and document.text.endswith("\n- ", 0, citation.start):  # the first of several items
        before += BULLET
    shown = shown_quote(citation) if quote else None
    return ShownPiece(before, shown, after, document.language, _marker(citation, strings))


def _marker(citation: Citation, strings: Strings) -> Marker:
    label = strings.source.format(number=citation.number, title=citation.title)
    before, _, after = label.partition(str(citation.number))
    return Marker(before, citation.number, after, document_link(citation.doc_id, citation.start, citation.end))
