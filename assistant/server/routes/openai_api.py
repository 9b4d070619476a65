"""OpenAI-compatible endpoints: /v1/chat/completions and /v1/models.

Citations are Markdown links in the text, and also a field of their own. Text of a language model is streamed after it
is verified, because a client could not withdraw it. There is no "usage": quotes have no tokens.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from urllib.parse import quote as percent_encode

from fastapi import FastAPI, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.answer.cited_text import pieces
from assistant.answer.links import safe_link
from assistant.protocols import LiveAssistant
from assistant.records import Abstention, Answer, ChatMessage, Citation, Exchange, Progress, Reply
from assistant.server.audit import Audit
from assistant.server.events import HEARTBEAT, EventStream, event
from assistant.server.middleware.proxies import client_of
from assistant.server.openapi_examples import CHAT_BODY, CHAT_REPLY, MODELS
from assistant.server.problem_details import RefusedError, described, error_json, status_description
from assistant.server.request_queue import RequestQueue
from assistant.server.schemas import Json, Text, citation_json

MODEL = "document-assistant"
_NOT_ENCODED = ":/?#@!$&'*+,;=~%"
_MARKUP = re.compile(r"[\\`\[\]<]")


class PartBody(BaseModel):
    """One part of a message's content; only text is accepted."""

    type: str
    text: Text | None = None


class MessageBody(BaseModel):
    """One message; other fields are ignored."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[PartBody] | None = None


class CompletionBody(BaseModel):
    """The body of POST /v1/chat/completions. Other fields, such as `temperature`, are ignored."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHAT_BODY]})
    model: str
    messages: list[MessageBody] = Field(min_length=1, max_length=200)
    stream: bool | None = False
    n: int | None = 1


def _responses(description: str, example: Json, *errors: int) -> dict[int | str, Json]:
    fields = {"message": {"type": "string"}, "type": {"type": "string"}}
    error = {"type": "object", "properties": fields, "required": ["message", "type"]}
    schema = {"type": "object", "properties": {"error": error}, "required": ["error"]}
    responses: dict[int | str, Json] = {
        status: {"description": status_description(status), "content": {"application/json": {"schema": schema}}}
        for status in errors
    }
    responses[200] = {"description": description, "content": {"application/json": {"example": example}}}
    return responses


_COMPLETION_RESPONSES = _responses(
    "The reply, or its chunks as server-sent events.", CHAT_REPLY, 400, 401, 404, 413, 422, 429, 500, 503
)


def add_openai(app: FastAPI, live: LiveAssistant, queue: RequestQueue, audit: Audit) -> None:
    """Add the endpoints under /v1 to `app`."""

    @app.get("/v1/models", summary="List the models", responses=_responses("The only model.", MODELS, 401, 429))
    async def models() -> Json:
        """Return the list of models, which has one entry."""
        return {"object": "list", "data": [_model_json(live)]}

    @app.get(
        "/v1/models/{name}",
        summary="Describe a model",
        responses=_responses("The entry of the model.", MODELS["data"][0], 401, 404, 422, 429),
    )
    async def model(name: Annotated[str, Path(description=f"The name of the model: `{MODEL}`.")]) -> Json:
        """Return the entry of one model."""
        _require_known(name)
        return _model_json(live)

    @app.post(
        "/v1/chat/completions",
        summary="Answer the last message of a chat",
        response_model=None,
        responses=_COMPLETION_RESPONSES,
    )
    async def complete(body: CompletionBody, request: Request) -> Json | EventStream:
        """Answer the last message of the user, with the earlier messages as history.

        With `"stream": true` the response is a stream of chunks, each sent after it is verified.
        """
        _require_known(body.model)
        if body.n not in (None, 1):
            raise RefusedError(422, "`n` is not 1: a question has one reply.", "Leave out `n`.")
        question, history = _conversation(body.messages)
        visitor = audit.visitor(request, "openai")

        def start() -> Generator[Progress]:
            with live.pinned() as assistant:
                yield from visitor.asked(question, assistant.stream(question, history=history))

        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        root = str(request.base_url).rstrip("/")
        if body.stream:
            return await EventStream.of(queue.steps(client_of(request), start), partial(_chunks, head=head, root=root))
        exchange = await queue.last(request, start)
        assert isinstance(exchange, Exchange)
        message: Json = {"role": "assistant", "content": "".join(_texts(exchange.reply, root)), "refusal": None}
        message |= {"citations": _citations(exchange.reply, root)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return head | {"object": "chat.completion", "choices": [choice]}


def _model_json(live: LiveAssistant) -> Json:
    with live.pinned() as assistant:
        created = int(datetime.fromisoformat(assistant.manifest.created).timestamp())
    return {"id": MODEL, "object": "model", "created": created, "owned_by": "document-assistant"}


def _require_known(name: str) -> None:
    if name != MODEL:
        raise RefusedError(404, f"There is no model {name[:100]!r}.", f"Ask for {MODEL!r}.", code="model_not_found")


def _conversation(messages: list[MessageBody]) -> tuple[str, list[ChatMessage]]:
    """Return the last question and the messages before it. Raises RefusedError when there is no question."""
    asked = [index for index, message in enumerate(messages) if message.role == "user"]
    if not asked:
        raise RefusedError(422, "No message has the role `user`.", "The last message with that role is the question.")
    turns = [
        ChatMessage(message.role, _text(message))
        for message in messages[: asked[-1]]
        if message.role == "user" or message.role == "assistant"
    ]
    return _text(messages[asked[-1]]), turns


def _text(message: MessageBody) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    for part in message.content:
        if part.type != "text":
            raise RefusedError(422, f"A part of type {part.type[:40]!r} cannot be read.", "Send text only.")
    return "\n".join(part.text or "" for part in message.content)


async def _chunks(steps: AsyncIterator[Progress | None], *, head: Json, root: str) -> AsyncGenerator[str]:
    def chunk(delta: Json, finish_reason: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return event(head | {"object": "chat.completion.chunk", "choices": [choice]} | more)

    try:
        yield chunk({"role": "assistant", "content": ""})
        async for step in steps:
            if isinstance(step, Exchange):
                for text in _texts(step.reply, root):
                    yield chunk({"content": text})
                yield chunk({}, "stop", citations=_citations(step.reply, root))
            elif step is None:
                yield HEARTBEAT
    except Exception as error:
        yield event(error_json(described(error)))
    yield "data: [DONE]\n\n"


def _citations(reply: Reply, root: str) -> list[Json]:
    return [citation_json(c, root=root) for c in reply.citations] if isinstance(reply, Answer) else []


def _texts(reply: Reply, root: str) -> Generator[str]:
    """Yield the reply as Markdown, statement by statement; markup in documents and in a model's text is escaped."""
    if isinstance(reply, Abstention):
        yield _plain(reply.text)
    elif reply.statements:
        by_number = {citation.number: citation for citation in reply.citations}
        for statement in reply.statements:
            markers = "".join(f" {_link(by_number[number], root)}" for number in statement.citations)
            why = _plain(f" [{statement.why}]") if statement.why else ""
            yield f"{statement.lead}{_plain(statement.text)}{markers}{why}"
    else:
        for piece in pieces(reply):
            yield _plain(piece.text) + (_link(piece.citation, root) if piece.citation else "")
    if reply.notice:
        yield f"\n\n({_plain(reply.notice)})"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _link(citation: Citation, root: str) -> str:
    link = citation_json(citation, root=root)["link"]
    if safe_link(link) is None:
        return _plain(f"[{citation.number}]")
    # Parentheses and angle brackets would end the link early.
    return f"[{citation.number}]({percent_encode(link, safe=_NOT_ENCODED)})"
