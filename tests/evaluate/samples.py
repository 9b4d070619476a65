"""Cases, replies and a small assistant to evaluate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.evaluate.cases import Case
from assistant.evaluate.outcome import Kind, Outcome, Quote
from assistant.records import (
    Abstention,
    Answer,
    Answerer,
    ChatMessage,
    Chunk,
    Citation,
    Document,
    Exchange,
    Hit,
    Manifest,
    Statement,
)

BRIDGE = Document("bridge.txt", "The bridge", "The bridge opened in 1998. It is 320 m long.")
TOWN = Document(
    "town.txt", "The town", "The town has 4,000 people.", url="https://example.org/town#top", url_kind="page"
)


def case(id_: str, question: str = "?", *, answers: Sequence[str] = ("1998",), **fields: Any) -> Case:
    """An answerable case on the bridge, unless said otherwise."""
    given: dict[str, Any] = {
        "lang": "en",
        "doc_ids": ("bridge.txt",),
        "answerable": True,
        "history": (),
        "extra": {},
        "place": "cases.jsonl:1",
    }
    return Case(id=id_, question=question, answers=tuple(answers), **given | fields)


def no_case(id_: str, question: str = "?", **fields: Any) -> Case:
    """An unanswerable case."""
    return case(id_, question, answers=(), doc_ids=(), answerable=False, **fields)


def quote(words: str, doc_id: str = "bridge.txt", *, exact: bool = True, known: bool = True) -> Quote:
    """A cited quote."""
    return Quote(doc_id, words, f"/documents/{doc_id}", exact, known)


def outcome(id_: str, kind: Kind = "answer", *quotes: Quote, **fields: Any) -> Outcome:
    """A reply that cites `quotes`, its text being theirs with markers."""
    text = " ".join(f"{q.quote} [{n}]" for n, q in enumerate(quotes, start=1)) if kind == "answer" else "Not found."
    given: dict[str, Any] = {
        "query": "?",
        "text": text,
        "documents": ("bridge.txt", "town.txt"),
        "confidence": 0.9 if kind == "answer" else 0.1,
        "latency_ms": 50.0,
    }
    return Outcome(id=id_, kind=kind, quotes=quotes, **given | fields)


def write_cases(path: Path, *rows: Any) -> Path:
    """A case file of `rows`; a string is written as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def row(id_: str, **fields: Any) -> dict[str, Any]:
    """A line of a case file."""
    given: dict[str, Any] = {
        "id": id_,
        "question": "When did the bridge open?",
        "lang": "en",
        "answers": ["1998"],
        "doc_ids": ["bridge.txt"],
        "answerable": True,
    }
    return given | fields


class SmallAssistant:
    """Knows the bridge and the town; raises where the question says so; counts what it is asked."""

    def __init__(self, *, corpus_sha256: str = "c" * 64, generation: int = 1) -> None:
        self.asked: list[str] = []
        self.searched: list[tuple[str, int, int | None]] = []
        self.stop_after: int | None = None
        self.manifest = Manifest(
            *(
                1,
                generation,
                "2026-11-22T00:00:00+00:00",
                "m",
                "f",
                8,
                {"chunk.tokens": 256},
                {},
                2,
                2,
                corpus_sha256,
                {},
            ),
            "all",
            {},
        )

    def documents(self) -> tuple[Document, ...]:
        return BRIDGE, TOWN

    def document(self, doc_id: str) -> Document:
        return {d.doc_id: d for d in self.documents()}[doc_id]

    def search(self, query: str, *, history: Sequence[ChatMessage] = (), k: int | None = None) -> tuple[Hit, ...]:
        self.searched.append((query, len(history), k))
        chunks = [Chunk.cut(d, *between) for d, between in ((BRIDGE, (0, 26)), (BRIDGE, (27, 44)), (TOWN, (0, 26)))]
        return tuple(Hit(chunk, 1.0 / rank, rank, 0.5, 0.5) for rank, chunk in enumerate(chunks, start=1))

    def ask(self, question: str, *, history: Sequence[ChatMessage] = (), answerer: Answerer | None = None) -> Exchange:
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(question)
        if "crash" in question:
            raise RuntimeError("<b>out of order</b>")
        query = " ".join([*(turn.content for turn in history if turn.role == "user"), question])
        timings = {"embed": 1.0, "search": 1.0, "answer": 1.0, "total": 3.0}
        hits = self.search(query)[:2]
        if "bridge" not in query:
            closest = (Citation(1, 0, 26, "https://example.org/town", TOWN),)
            reply: Answer | Abstention = Abstention("no_evidence", "Not found.", closest, hits, 0.2)
        else:
            citation = Citation(1, 0, 26, "/documents/bridge.txt?start=0&end=26#quote", BRIDGE)
            statements: tuple[Statement, ...] = ()
            if answerer == "model":
                statements = (Statement(citation.quote, (1,), "supported"), Statement("Long.", (), "uncited", "why"))
            reply = Answer(f"{citation.quote} [1]", (citation,), hits, 0.8, None, statements, 3)
        return Exchange(question, query, "en", reply, answerer or "extractive", timings, 1)
