"""Serialisation of conversations for the browser's storage.

JSON from a browser is untrusted: quotes are cut from the documents again, and everything else is only shown, escaped,
to the reader who sent it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.answer.citations import cite
from assistant.errors import DocumentNotFoundError
from assistant.protocols import DocumentLookup
from assistant.records import Abstention, AbstentionReason, Answer, Citation, Reply, Statement, Verdict

MAX_CHARS = 60_000
"""How many characters a serialised conversation may have; the oldest turns are dropped from a longer one."""
MAX_CITATIONS = 200
"""How many citations a serialised conversation may have; the oldest turns are dropped from one with more. Each takes a
search in its document."""

_Text = Annotated[str, Field(max_length=20_000)]


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _StoredCitation(_Stored):
    number: Annotated[int, Field(ge=1, le=999)]
    doc_id: _Text
    start: int
    end: int
    quote: _Text
    short_answer: tuple[int, int] | None = None


class _StoredStatement(_Stored):
    text: _Text
    citations: list[int]
    verdict: Verdict
    why: _Text | None = None
    lead: _Text = ""


class StoredTurn(_Stored):
    """A question and its reply, in the browser's storage."""

    question: _Text
    kind: Literal["answer", "abstention"]
    text: _Text
    notice: _Text | None = None
    reason: AbstentionReason = "no_evidence"
    citations: Annotated[list[_StoredCitation], Field(max_length=50)] = []
    statements: Annotated[list[_StoredStatement], Field(max_length=100)] = []


_TURNS = TypeAdapter(list[StoredTurn])


def stored_turn(question: str, reply: Reply) -> StoredTurn:
    """Return the stored form of a question and its reply, without passages and timings."""
    abstains = isinstance(reply, Abstention)
    cited = reply.closest if isinstance(reply, Abstention) else reply.citations
    statements = reply.statements if isinstance(reply, Answer) else ()
    return StoredTurn(
        question=question,
        kind="abstention" if abstains else "answer",
        text=reply.text,
        notice=reply.notice,
        reason=reply.reason if isinstance(reply, Abstention) else "no_evidence",
        citations=[
            _StoredCitation(
                number=c.number,
                doc_id=c.doc_id,
                start=c.start,
                end=c.end,
                quote=c.quote,
                short_answer=c.short_answer,
            )
            for c in cited
        ],
        statements=[
            _StoredStatement(text=s.text, citations=list(s.citations), verdict=s.verdict, why=s.why, lead=s.lead)
            for s in statements
        ],
    )


def dump(turns: list[StoredTurn]) -> str:
    """Return the JSON of the last turns that fit into `MAX_CHARS` characters."""
    lines: list[str] = []
    room = MAX_CHARS
    for turn in reversed(turns):
        line = json.dumps(turn.model_dump(exclude_defaults=True), ensure_ascii=False)
        room -= len(line) + 2
        if room < 0:
            break
        lines.append(line)
    return f"[{', '.join(reversed(lines))}]" if lines else "[]"


def load(text: str) -> list[StoredTurn]:
    """Return the turns in the JSON that a browser sent; an empty list where it does not have the format of `dump`."""
    if len(text) > 2 * MAX_CHARS:
        return []
    try:
        turns = _TURNS.validate_json(text)
    except ValidationError:
        return []
    citations, first = 0, len(turns)
    while first and (citations := citations + len(turns[first - 1].citations)) <= MAX_CITATIONS:
        first -= 1
    return turns[first:]


def restore(turn: StoredTurn, lookup: DocumentLookup) -> Reply | None:
    """Return the reply of a stored turn; None when a document it quotes was removed or its quoted text changed."""
    try:
        citations = {stored.number: _cite(stored, lookup) for stored in turn.citations}
    except (DocumentNotFoundError, ValueError):
        return None
    cited = tuple(citations.values())
    if turn.kind == "abstention":
        return Abstention(turn.reason, turn.text, cited, (), 0.0, turn.notice)
    if not cited:
        return None
    statements = tuple(_statement(stored, citations) for stored in turn.statements)
    return Answer(turn.text, cited, (), 0.0, turn.notice, statements)


def _cite(stored: _StoredCitation, lookup: DocumentLookup) -> Citation:
    citation = cite(lookup.document(stored.doc_id), stored.start, stored.end, stored.number, stored.short_answer)
    if citation.quote != stored.quote:
        raise ValueError("the document has changed")
    return citation


def _statement(stored: _StoredStatement, citations: Mapping[int, Citation]) -> Statement:
    known = tuple(number for number in stored.citations if number in citations)
    return Statement(stored.text, known, stored.verdict, stored.why, stored.lead)
