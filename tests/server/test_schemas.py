"""The JSON of the contracts."""

from __future__ import annotations

import json
from dataclasses import replace

from assistant.records import Citation, Document
from assistant.server.schemas import citation_json, document_json, reply_json, search_json
from tests.fake_assistant import PLAIN, FakeAssistant, cite

CITATION = {
    "number",
    "doc_id",
    "url",
    "link",
    "title",
    "published",
    "page",
    "quote",
    "start",
    "end",
    "short_answer",
} | {
    "parts",
    "context",
}
ASK = {"kind", "question", "query", "language", "text", "citations", "hits", "confidence", "reason", "answerer"} | {
    "sentences",
    "verification",
}


def test_links_to_pages_of_ours_stand_under_the_root_and_others_stay() -> None:
    own = cite(Document("note.txt", "Note", PLAIN.text), "It is 320 m long.")
    assert citation_json(own, root="/docs")["link"] == "/docs/documents/note.txt?start=38&end=55"
    other = cite(PLAIN, "It is 320 m long.")
    assert citation_json(other, root="/docs")["link"] == "https://example.org/bridge"


def test_an_answer_has_the_fields_of_the_contract() -> None:
    reply = reply_json(FakeAssistant().ask("bridge?"))
    assert set(reply) == ASK | {"timings_ms", "notice"}
    assert reply["kind"] == "answer"
    assert reply["reason"] is None
    assert [set(citation) for citation in reply["citations"]] == [CITATION, CITATION]
    first = reply["citations"][0]
    assert PLAIN.text[first["start"] : first["end"]] == first["quote"]
    assert first["short_answer"] is None
    assert set(reply["hits"][0]) == {"rank", "doc_id", "chunk_id", "score", "start", "end", "text"}
    assert set(reply["timings_ms"]) == {"embed", "search", "answer", "total"}
    assert json.loads(json.dumps(reply)) == reply


def test_an_abstention_has_no_citations_but_the_closest_quotes() -> None:
    reply = reply_json(FakeAssistant().ask("weather?"))
    assert set(reply) == ASK | {"timings_ms", "notice", "closest"}
    assert (reply["kind"], reply["reason"], reply["citations"]) == ("abstention", "no_evidence", [])
    assert [set(citation) for citation in reply["closest"]] == [CITATION]


def test_the_short_answer_says_where_it_stands() -> None:
    citation = Citation(1, 0, 11, "/documents/x", PLAIN, (4, 10))
    assert citation_json(citation)["short_answer"] == {"text": PLAIN.text[4:10], "start": 4, "end": 10}


def test_search_and_documents_have_the_fields_of_the_contract() -> None:
    assert list(search_json("q", FakeAssistant().search("q"))) == ["query", "hits"]
    fields = {"doc_id", "title", "url", "url_kind", "language", "published", "publisher", "sha256"}
    assert set(document_json(PLAIN)) == fields
    assert document_json(PLAIN, text=True)["text"] == PLAIN.text
    scanned = replace(PLAIN, recognised=((2, 0.9), (5, 0.8)))
    assert document_json(scanned)["recognised"] == {"pages": [2, 5], "confidence": 0.85}


def test_what_a_model_wrote_comes_with_its_verdicts() -> None:
    reply = reply_json(FakeAssistant().ask("written?"))
    assert reply["sentences"] == [
        {"text": "The bridge <b>opened in 1998.", "citations": [1], "verdict": "supported", "why": None},
        {
            "text": "It is 400 m long.",
            "citations": [],
            "verdict": "unsupported",
            "why": "not confirmed: 400 <i>",
        },
    ]
    assert reply["verification"] == {"supported": 1, "unsupported": 1, "uncited": 0, "dropped_markers": 2}
