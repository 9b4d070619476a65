"""A conversation as the browser keeps it, and back again.

What comes back from a browser is not believed: quotes are cut anew from the documents, everything else is only shown,
escaped, to whoever sent it.
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

LONGEST = 60_000
"""Characters of a kept conversation; the oldest turns are left out of a longer one."""

_Text = Annotated[str, Field(max_length=20_000)]


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _KeptCitation(_Kept):
    number: Annotated[int, Field(ge=1, le=999)]
    doc_id: _Text
    start: int
    end: int
    quote: _Text
    short_answer: tuple[int, int] | None = None


class _KeptStatement(_Kept):
    text: _Text
    citations: list[int]
    verdict: Verdict
    why: _Text | None = None
    lead: _Text = ""


class KeptTurn(_Kept):
    """A question and its reply."""

    question: _Text
    kind: Literal["answer", "abstention"]
    text: _Text
    notice: _Text | None = None
    reason: AbstentionReason = "no_evidence"
    citations: Annotated[list[_KeptCitation], Field(max_length=50)] = []
    statements: Annotated[list[_KeptStatement], Field(max_length=100)] = []


_TURNS = TypeAdapter(list[KeptTurn])


def kept_turn(question: str, reply: Reply) -> KeptTurn:
    """What is kept of a question and its reply."""
    abstains = isinstance(reply, Abstention)
    cited = reply.closest if isinstance(reply, Abstention) else reply.citations
    statements = reply.statements if isinstance(reply, Answer) else ()
    return KeptTurn(
        question=question,
        kind="abstention" if abstains else "answer",
        text=reply.text,
        notice=reply.notice,
        reason=reply.reason if isinstance(reply, Abstention) else "no_evidence",
        citations=[
            _KeptCitation(
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
            _KeptStatement(text=s.text, citations=list(s.citations), verdict=s.verdict, why=s.why, lead=s.lead)
            for s in statements
        ],
    )


def dump(turns: list[KeptTurn]) -> str:
    """JSON of the last turns that fit into `LONGEST` characters."""
    lines: list[str] = []
    room = LONGEST
    for turn in reversed(turns):
        line = json.dumps(turn.model_dump(exclude_defaults=True), ensure_ascii=False)
        room -= len(line) + 2
        if room < 0:
            break
        lines.append(line)
    return f"[{', '.join(reversed(lines))}]" if lines else "[]"


def load(text: str) -> list[KeptTurn]:
    """The turns in what a browser sent; none where it is not what `dump` makes."""
    if len(text) > 2 * LONGEST:
        return []
    try:
        return _TURNS.validate_json(text)
    except ValidationError:
        return []


def revive(turn: KeptTurn, lookup: DocumentLookup) -> Reply | None:
    """The reply of a kept turn; None when a document it quotes is gone or reads otherwise now."""
    try:
        citations = {kept.number: _cite(kept, lookup) for kept in turn.citations}
    except (DocumentNotFoundError, ValueError):
        return None
    cited = tuple(citations.values())
    if turn.kind == "abstention":
        return Abstention(turn.reason, turn.text, cited, (), 0.0, turn.notice)
    if not cited:
        return None
    statements = tuple(_statement(kept, citations) for kept in turn.statements)
    return Answer(turn.text, cited, (), 0.0, turn.notice, statements)


def _cite(kept: _KeptCitation, lookup: DocumentLookup) -> Citation:
    citation = cite(lookup.document(kept.doc_id), kept.start, kept.end, kept.number, kept.short_answer)
    if citation.quote != kept.quote:
        raise ValueError("the document has changed")
    return citation


def _statement(kept: _KeptStatement, citations: Mapping[int, Citation]) -> Statement:
    known = tuple(number for number in kept.citations if number in citations)
    return Statement(kept.text, known, kept.verdict, kept.why, kept.lead)
