"""Records → the JSON of the command line and of the HTTP interface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import AfterValidator

from assistant.records import Answer, Citation, Document, Exchange, Hit, Statement

Json = dict[str, Any]


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Text = Annotated[str, AfterValidator(_without_surrogates)]
"""Text of a request. JSON may contain a lone surrogate, half an emoji for example; it becomes "?"."""


def reply_json(exchange: Exchange, *, root: str = "") -> Json:
    """Return the JSON of `ask --json` and POST /api/ask.

    `root` is put before links to the server's own pages: a path prefix or an address. An abstention has no
    "citations"; its "closest" quotes have the same format. "sentences" and "verification" describe a model's answer.
    """
    reply = exchange.reply
    json: Json = {
        "kind": "answer",
        "question": exchange.question,
        "query": exchange.query,
        "language": exchange.language,
        "text": reply.text,
        "citations": [],
        "hits": [hit_json(hit) for hit in reply.hits],
        "confidence": round(reply.confidence, 4),
        "reason": None,
        "notice": reply.notice,
        "answerer": exchange.answerer,
        "timings_ms": {name: round(ms, 1) for name, ms in exchange.timings_ms.items()},
    }
    statements = reply.statements if isinstance(reply, Answer) else ()
    json["sentences"] = [_statement_json(statement) for statement in statements]
    counts = Counter(statement.verdict for statement in statements)
    json["verification"] = {
        "supported": counts["supported"],
        "unsupported": counts["unsupported"],
        "uncited": counts["uncited"],
        "dropped_markers": reply.dropped_markers if isinstance(reply, Answer) else 0,
    }
    if isinstance(reply, Answer):
        return json | {"citations": [citation_json(c, root=root) for c in reply.citations]}
    closest = [citation_json(c, root=root) for c in reply.closest]
    return json | {"kind": "abstention", "reason": reply.reason, "closest": closest}


def _statement_json(statement: Statement) -> Json:
    return {
        "text": statement.text,
        "citations": list(statement.citations),
        "verdict": statement.verdict,
        "why": statement.why,
    }


def search_json(query: str, hits: Iterable[Hit]) -> Json:
    """Return the JSON of `search --json` and GET /api/search."""
    return {"query": query, "hits": [hit_json(hit) for hit in hits]}


def citation_json(citation: Citation, *, root: str = "") -> Json:
    """Return one entry of "citations" or "closest"; `root` is put before a link to the server's own pages."""
    link = root + citation.link if citation.link.startswith("/") else citation.link
    return {
        "number": citation.number,
        "doc_id": citation.doc_id,
        "url": citation.url,
        "link": link,
        "title": citation.title,
        "published": citation.published,
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "short_answer": _short_answer_json(citation),
        "parts": [_part_json(citation, *part) for part in citation.parts],
        "context": [asdict(context) for context in citation.context],
    }


def _part_json(citation: Citation, start: int, end: int) -> Json:
    return {"start": start, "end": end, "quote": citation.quote[start - citation.start : end - citation.start]}


def _short_answer_json(citation: Citation) -> Json | None:
    if citation.short_answer is None:
        return None
    start, end = citation.short_answer
    return {"text": citation.quote[start - citation.start : end - citation.start], "start": start, "end": end}


def hit_json(hit: Hit) -> Json:
    """Return one entry of "hits"."""
    return {
        "rank": hit.rank,
        "doc_id": hit.chunk.doc_id,
        "chunk_id": hit.chunk.chunk_id,
        "score": round(hit.score, 6),
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "text": hit.chunk.text,
    }


def document_json(document: Document, *, text: bool = False, blocks: bool = False) -> Json:
    """Return one line of `documents --json`; `text` adds the cleaned text, `blocks` the blocks in it.

    Only a document with recognised text has "recognised": the pages, and the mean confidence of their words.
    """
    fields = ("doc_id", "title", "url", "url_kind", "language", "published", "publisher", "sha256")
    json: Json = {name: getattr(document, name) for name in fields}
    lists = {name: list(getattr(document, name)) for name in ("also_at", "recipients", "versions", "converted_from")}
    json |= {name: values for name, values in lists.items() if values}
    if document.recognition_confidence is not None:
        pages = [number for number, _ in document.recognised]
        json["recognised"] = {"pages": pages, "confidence": round(document.recognition_confidence, 3)}
    if text:
        json["text"] = document.text
    if blocks:
        json["blocks"] = [asdict(block) for block in document.blocks]
    return json
