"""The examples in the OpenAPI description; docs/api.md shows the same ones."""

from __future__ import annotations

from assistant.server.schemas import Json

_CITATION: Json = {
    "number": 1,
    "doc_id": "bridge.html",
    "url": "https://example.org/bridge",
    "link": "https://example.org/bridge#:~:text=It%20is%20320%20m%20long.",
    "title": "The bridge",
    "published": "2024-05-06",
    "page": None,
    "quote": "It is 320 m long.",
    "start": 38,
    "end": 55,
    "short_answer": {"text": "320 m", "start": 44, "end": 49},
    "parts": [{"start": 38, "end": 55, "quote": "It is 320 m long."}],
    "context": [{"role": "lead_in", "start": 12, "end": 37, "text": "The bridge opened in 1998."}],
}
_HIT: Json = {
    "rank": 1,
    "doc_id": "bridge.html",
    "chunk_id": "0f3a9c5d7b1e2846",
    "score": 0.912345,
    "start": 0,
    "end": 55,
    "text": "The bridge opened in 1998. It is 320 m long.",
}
ASK_REPLY: Json = {
    "kind": "answer",
    "question": "How long is the bridge?",
    "query": "How long is the bridge?",
    "language": "en",
    "text": "It is 320 m long. [1]",
    "citations": [_CITATION],
    "hits": [_HIT],
    "confidence": 0.93,
    "reason": None,
    "notice": None,
    "answerer": "extractive",
    "timings_ms": {"embed": 12.1, "search": 4.2, "answer": 95.0, "total": 111.3},
    "sentences": [],
    "verification": {"supported": 0, "unsupported": 0, "uncited": 0, "dropped_markers": 0},
}
ASK_STREAM = (
    'event: passages\ndata: {"passages": [{"rank": 1, "doc_id": "bridge.html", …}]}\n\n'
    'event: draft\ndata: {"text": "It is 320 m long. [1]"}\n\n'
    'event: reply\ndata: {"kind": "answer", "text": "It is 320 m long. [1]", …}\n\n'
)
SEARCH_REPLY: Json = {"query": "length of the bridge", "hits": [_HIT]}
CHAT_BODY: Json = {
    "model": "document-assistant",
    "messages": [{"role": "user", "content": "How long is the bridge?"}],
    "stream": False,
}
CHAT_REPLY: Json = {
    "id": "chatcmpl-6f1c0f7f",
    "object": "chat.completion",
    "created": 1767225600,
    "model": "document-assistant",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": f"It is 320 m long. [1]({_CITATION['link']})",
                "refusal": None,
                "citations": [_CITATION],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
}
MODELS: Json = {
    "object": "list",
    "data": [{"id": "document-assistant", "object": "model", "created": 1767225600, "owned_by": "document-assistant"}],
}
HEALTH: Json = {"status": "ok"}
READINESS: Json = {
    "status": "ready",
    "documents": 5,
    "chunks": 53,
    "generation": 1,
    "answerer": "extractive",
    "model": None,
    "model_failure": None,
}
