"""POST /api/ask, as JSON or as server-sent events, and GET /api/search."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.answer.cited_text import pieces
from assistant.filter import DAY, Filter
from assistant.protocols import LiveAssistant
from assistant.records import Answer, ChatMessage, Exchange, Found, Hit, PartialAnswer, Progress
from assistant.server.audit import Audit
from assistant.server.events import HEARTBEAT, EventStream, event
from assistant.server.middleware.proxies import client_of
from assistant.server.openapi_examples import ASK_REPLY, ASK_STREAM, SEARCH_REPLY
from assistant.server.problem_details import described, error_json, problem_responses
from assistant.server.request_queue import RequestQueue
from assistant.server.schemas import Json, Text, hit_json, reply_json, search_json

NOT_BLANK: dict[str, Any] = {"pattern": r"\S"}
"""For the OpenAPI description only: the assistant refuses an empty question itself, with a better message."""
_A_DAY: dict[str, Any] = {"anyOf": [{"type": "string", "pattern": f"^{DAY}$"}, {"type": "null"}]}


def _number(value: object) -> object:
    if isinstance(value, str | bool):  # pydantic converts it; in strict mode it also refuses 8.0
        raise ValueError("it must be a whole number")
    return value


class TurnBody(BaseModel):
    """One earlier message."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["user", "assistant"]
    content: Text


class FilterBody(BaseModel):
    """Which documents are searched; a field that is left out excludes none."""

    model_config = ConfigDict(extra="forbid")
    languages: list[Text] = Field(
        default=[], max_length=100, description="Languages of the documents: ISO 639-1 codes, such as en."
    )
    sites: list[Text] = Field(
        default=[], max_length=100, description="Sites of the documents: hosts without www., such as example.org."
    )
    since: Text | None = Field(
        default=None,
        description="The earliest date of publication, such as 2024-05-31. Excludes documents without a date.",
        json_schema_extra=_A_DAY,
    )
    until: Text | None = Field(
        default=None,
        description="The latest date of publication, such as 2025-05-31. Excludes documents without a date.",
        json_schema_extra=_A_DAY,
    )

    def filter(self) -> Filter:
        """Return the filter. Raises QuestionError when `since` or `until` is not a date."""
        return Filter(tuple(self.languages), tuple(self.sites), self.since, self.until)


class AskBody(BaseModel):
    """The body of POST /api/ask."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": "How long is the bridge?", "history": [], "k": 8}]}
    )
    question: Text = Field(
        description="The question, in any language; at most `answer.question_chars` characters.",
        json_schema_extra=NOT_BLANK,
    )
    history: list[TurnBody] = Field(default=[], max_length=100, description="The earlier messages, oldest first.")
    filter: FilterBody = Field(default=FilterBody(), description="Which documents are searched.")
    k: Annotated[int | None, BeforeValidator(_number)] = Field(
        default=None, ge=1, le=100, description="The number of passages to retrieve."
    )


_EVENTS: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}, "example": ASK_STREAM}}
_ASK_RESPONSES = {
    200: {
        "description": "An answer or an abstention.",
        "content": {"application/json": {"example": ASK_REPLY}} | _EVENTS,
    }
} | problem_responses(400, 401, 413, 422, 429, 500, 503)
_SEARCH_RESPONSES = {
    200: {
        "description": "The nearest passages, best first.",
        "content": {"application/json": {"example": SEARCH_REPLY}},
    }
} | problem_responses(400, 401, 422, 429, 500, 503)


def add_api(app: FastAPI, live: LiveAssistant, queue: RequestQueue, audit: Audit) -> None:
    """Add POST /api/ask and GET /api/search to `app`."""

    @app.post("/api/ask", summary="Answer a question", response_model=None, responses=_ASK_RESPONSES)
    async def ask(body: AskBody, request: Request) -> Json | EventStream:
        """Answer a question with quotes from the documents, or abstain when they do not answer it.

        With `Accept: text/event-stream` the response is a stream of events: `passages` once, then `draft` for each
        piece of the text, then `reply`. An `error` event replaces the reply when the question fails.
        """
        history = [ChatMessage(turn.role, turn.content) for turn in body.history]
        only = body.filter.filter()
        visitor = audit.visitor(request, "api")

        def start() -> Generator[Progress]:
            with live.pinned() as assistant:
                steps = assistant.stream(body.question, history=history, only=only, k=body.k)
                yield from visitor.asked(body.question, steps)

        root = str(request.scope.get("root_path", ""))
        if "text/event-stream" in request.headers.get("accept", "").lower():
            return await EventStream.of(queue.steps(client_of(request), start), partial(_events, root=root))
        exchange = await queue.last(request, start)
        assert isinstance(exchange, Exchange)
        return reply_json(exchange, root=root)

    @app.get("/api/search", summary="Search the documents", responses=_SEARCH_RESPONSES)
    async def search(
        request: Request,
        q: Annotated[
            str,
            Query(
                description="The query, in any language.",
                examples=["length of the bridge"],
                json_schema_extra=NOT_BLANK,
            ),
        ],
        k: Annotated[int | None, Query(ge=1, le=100, description="The number of passages to return.")] = None,
    ) -> Json:
        """Return the passages nearest to a query, by meaning and by words."""

        visitor = audit.visitor(request, "api")

        def start() -> Generator[tuple[Hit, ...]]:
            with live.pinned() as assistant:
                hits = assistant.search(q, k=k)
            visitor.searched(q, hits)
            yield hits

        return search_json(q, await queue.last(request, start))


async def _events(steps: AsyncIterator[Progress | None], *, root: str) -> AsyncGenerator[str]:
    """Yield "passages", then "draft" for each piece of the text, then "reply", or "error" instead of it."""
    written = ""
    try:
        async for step in steps:
            match step:
                case None:
                    yield HEARTBEAT
                case Found(hits):
                    yield event({"passages": [hit_json(hit) for hit in hits]}, "passages")
                case PartialAnswer(text):
                    if text != written:
                        yield event({"text": text[len(written) :]}, "draft")
                    written = text
                case Exchange(reply=reply):
                    if isinstance(reply, Answer) and not written:
                        for piece in pieces(reply):
                            marker = f"[{piece.citation.number}]" if piece.citation else ""
                            yield event({"text": piece.text + marker}, "draft")
                    yield event(reply_json(step, root=root), "reply")
    except Exception as error:
        yield event(error_json(described(error)), "error")
