"""The interface as programs use it: their own clients, a real server, a real index of seeds/."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import openai
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from assistant.ask import Assistant
from assistant.live import Live
from assistant.server.application import create_app
from assistant.server.keys import hash_of_key, new_key
from assistant.settings import ServeSettings
from tests.served import served

QUESTION = "What was the administrative reform ranking of the Quang Tri Department of Health in 2024?"
QUOTE = "ranked 2nd out of 20"
UNKNOWN = "How many moons does Jupiter have?"
KEY = new_key()


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    settings = ServeSettings(api_keys=(f"tests:{hash_of_key(KEY)}",), rate=0)
    live = Live(lambda: assistant.manifest.generation, lambda: assistant)
    with served(create_app(live, settings)) as where:
        yield where


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0) as client:
        yield client


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and data of each event."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines.get("event", ""), json.loads(lines["data"])))
    return found


def test_the_passages_come_first_then_the_quotes_then_the_reply(address: str) -> None:
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {KEY}"}
    response = httpx.post(f"{address}/api/ask", json={"question": QUESTION}, headers=headers, timeout=60)
    assert response.headers["content-type"].startswith("text/event-stream")
    named = events(response.text)
    assert [name for name, _ in named] == ["passages", *["draft"] * (len(named) - 2), "reply"]
    reply = named[-1][1]
    assert named[0][1]["passages"] == reply["hits"]
    assert "".join(data["text"] for name, data in named if name == "draft") == reply["text"]
    plain = httpx.post(f"{address}/api/ask", json={"question": QUESTION}, headers={"x-api-key": KEY}, timeout=60).json()
    assert {name: value for name, value in plain.items() if name != "timings_ms"} == {
        name: value for name, value in reply.items() if name != "timings_ms"
    }


def test_the_openai_client_gets_an_answer_with_its_citations(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["document-assistant"]
    assert client.models.retrieve("document-assistant").owned_by == "document-assistant"
    completion = client.chat.completions.create(
        model="document-assistant",
        messages=[
            {"role": "system", "content": "Answer in rhymes."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        ],
        temperature=0.3,
    )
    message = completion.choices[0].message
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is None
    citation = message.citations[0]  # type: ignore[attr-defined]
    assert QUOTE in citation["quote"]
    assert message.content is not None
    assert QUOTE in message.content
    assert "[1](http" in message.content


def test_the_openai_client_streams_the_same_text(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": "document-assistant", "messages": [{"role": "user", "content": QUESTION}]}
    whole = client.chat.completions.create(**asked).choices[0].message
    chunks = list(client.chat.completions.create(**asked, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert chunks[-1].citations == whole.citations


def test_earlier_messages_are_the_history(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="document-assistant",
        messages=[
            {"role": "user", "content": "Where did the Department of Health rank in 2024?"},
            {"role": "assistant", "content": "It was ranked 2nd out of 20."},
            {"role": "user", "content": "And in Quang Tri, in the administrative reform ranking?"},
        ],
    )
    assert QUOTE in (completion.choices[0].message.content or "")


@pytest.mark.parametrize("stream", [False, True])
def test_the_openai_client_gets_an_abstention_as_text(client: openai.OpenAI, stream: bool) -> None:
    asked: Any = {"model": "document-assistant", "messages": [{"role": "user", "content": UNKNOWN}]}
    if stream:
        chunks = list(client.chat.completions.create(**asked, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    else:
        text = client.chat.completions.create(**asked).choices[0].message.content
    assert text.startswith("I did not find this in the documents.")


def test_the_openai_client_understands_what_is_refused(client: openai.OpenAI, address: str) -> None:
    def ask(question: Any, **more: Any) -> None:
        message: Any = {"role": "user", "content": question}
        client.chat.completions.create(**{"model": "document-assistant", "messages": [message]} | more)

    with pytest.raises(openai.NotFoundError, match="document-assistant") as unknown:
        ask(QUESTION, model="gpt-5")
    assert (unknown.value.code, unknown.value.type) == ("model_not_found", "invalid_request_error")
    with pytest.raises(openai.UnprocessableEntityError, match="text only"):
        ask([{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])
    with pytest.raises(openai.UnprocessableEntityError, match="at most 2,000"):
        ask("x" * 3000)
    with pytest.raises(openai.UnprocessableEntityError, match="at most 2,000"):
        ask("x" * 3000, stream=True)
    with pytest.raises(openai.AuthenticationError, match="assistant key"):
        openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0).models.list()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_mcp_client_finds_two_tools_and_uses_them(address: str, mode: Any) -> None:
    async def use() -> tuple[list[str], Any, Any, Any]:
        async with (
            httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, timeout=60) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client,
        ):
            tools = [tool.name for tool in (await client.list_tools()).tools]
            answer = await client.call_tool("ask", {"question": QUESTION})
            found = await client.call_tool("search", {"query": QUESTION, "k": 2})
            wrong = await client.call_tool("search", {"query": QUESTION, "k": 0})
            return tools, answer, found, wrong

    tools, answer, found, wrong = asyncio.run(use())
    assert tools == ["ask", "search"]
    assert answer.structured_content["kind"] == "answer"
    assert QUOTE in answer.structured_content["citations"][0]["quote"]
    assert json.loads(answer.content[0].text) == answer.structured_content
    assert [hit["rank"] for hit in found.structured_content["hits"]] == [1, 2]
    assert wrong.is_error
    assert "k:" in wrong.content[0].text


def test_mcp_wants_a_key_and_a_name_of_this_machine(address: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"accept": "application/json, text/event-stream", "x-api-key": KEY}

    def post(**more: str) -> int:
        sent = {name: value for name, value in (headers | more).items() if value}
        return httpx.post(f"{address}/mcp", json=message, headers=sent).status_code

    assert post() == 200
    assert post(**{"x-api-key": ""}) == 401
    assert post(host="rebound.example") == 421
    assert post(origin="https://evil.example") == 403
    assert post(origin="null") == 403
