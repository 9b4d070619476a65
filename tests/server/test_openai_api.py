"""What is particular to the OpenAI-compatible endpoints; real clients are in tests/test_api_clients.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.records import Answer, ChatMessage, Document, Hit, Reply, Statement
from assistant.server.application import create_app
from assistant.server.middleware.guard import MAX_BODY_BYTES
from assistant.settings import ServeSettings
from tests.fake_assistant import PLAIN, FakeAssistant, cite

NOTE = Document("my(own)notes.txt", "Notes", "See ![x](https://evil.example/a.png) and `code` <b> \\ [1].")


class Marked(FakeAssistant):
    """Quotes a document that has no address and is full of markup; remembers what it was asked."""

    def _reply(self, question: str, hits: tuple[Hit, ...]) -> Reply:
        reply = super()._reply(question, hits)
        if "note" in question:
            return Answer(f"{NOTE.text} [1]", (cite(NOTE, NOTE.text),), hits, 0.9)
        if "hostile" in question:
            hostile = replace(PLAIN, url="javascript:alert(1)")
            return Answer(f"{PLAIN.text} [1]", (cite(hostile, PLAIN.text),), hits, 0.9)
        if "listed" in question and isinstance(reply, Answer):
            second = Statement("Then [see](https://evil.example).", (1,), "supported", None, "\n- ")
            return replace(reply, statements=(*reply.statements, second))
        return reply


@pytest.fixture(scope="module")
def assistant() -> Marked:
    return Marked()


@pytest.fixture(scope="module")
def client(assistant: Marked) -> Iterator[TestClient]:
    app = create_app(assistant, ServeSettings(rate=0, root_path="/docs"))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def complete(client: TestClient, *messages: Any, **more: Any) -> Any:
    turns = [message if isinstance(message, dict) else {"role": "user", "content": message} for message in messages]
    return client.post("/v1/chat/completions", json={"model": "document-assistant", "messages": turns} | more)


def content(client: TestClient, question: str) -> str:
    return str(complete(client, question).json()["choices"][0]["message"]["content"])


def test_markup_in_a_document_is_none_in_the_answer_and_links_to_pages_of_ours_are_whole(client: TestClient) -> None:
    text = content(client, "note?")
    quote, link = text.split(" [1](")
    assert quote == "See !\\[x\\](https://evil.example/a.png) and \\`code\\` \\<b> \\\\ \\[1\\]."
    assert link.startswith("http://localhost/docs/documents/my%28own%29notes.txt?start=0&end=")
    assert link.count(")") == 1


def test_a_link_that_is_no_web_address_is_none(client: TestClient) -> None:
    assert content(client, "hostile?").endswith(" \\[1\\]")


def test_what_a_model_wrote_keeps_its_lines_its_links_and_its_doubts(client: TestClient) -> None:
    lines = content(client, "listed, written?").splitlines()
    assert lines == [
        "The bridge \\<b>opened in 1998. [1](https://example.org/bridge)",
        "- It is 400 m long. \\[not confirmed: 400 \\<i>\\]",
        "- Then \\[see\\](https://evil.example). [1](https://example.org/bridge)",
        "",
        "(A notice.)",
    ]


def test_no_draft_is_streamed_for_it_could_not_be_taken_back(client: TestClient) -> None:
    streamed = complete(client, "written?", stream=True).text
    assert streamed.count('"content": "') == 4, "the beginning, two sentences and the notice"
    assert "1998. [1](https://example.org/bridge)" in streamed
    assert streamed.endswith("data: [DONE]\n\n")


def test_the_last_message_of_the_user_is_the_question_and_earlier_ones_the_history(
    client: TestClient, assistant: Marked
) -> None:
    def turn(role: str, content: Any) -> dict[str, Any]:
        return {"role": role, "content": content, "name": "someone"}

    parts = [{"type": "text", "text": "and the"}, {"type": "text", "text": "bridge?"}]
    complete(client, turn("system", "s"), "a", turn("assistant", "b"), turn("tool", "t"), turn("user", parts), stop="x")
    assert assistant.asked[-1] == ("and the\nbridge?", (ChatMessage("user", "a"), ChatMessage("assistant", "b")), None)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"{"}, 400),
        ({"content": b'{"model": "\xff"}'}, 400),
        ({"json": []}, 422),
        ({"json": {"model": "document-assistant", "messages": []}}, 422),
        ({"json": {"model": "document-assistant", "messages": [{"role": "system", "content": "x"}]}}, 422),
        ({"json": {"model": "document-assistant", "messages": [{"role": "user", "content": 5}]}}, 422),
        ({"json": {"model": "document-assistant", "messages": [{"role": "user"}]}}, 422),
        ({"json": {"model": "m", "messages": [{"role": "user", "content": "x"}]}}, 404),
        ({"json": {"model": "document-assistant", "messages": [{"role": "user", "content": "x"}], "n": 2}}, 422),
        ({"json": {"model": "document-assistant", "messages": [{"role": "user", "content": "crash"}]}}, 500),
        ({"content": b"x" * (MAX_BODY_BYTES + 1)}, 413),
    ],
)
def test_errors_have_openais_shape(client: TestClient, sent: Any, status: int) -> None:
    response = client.post("/v1/chat/completions", headers={"content-type": "application/json"}, **sent)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == ("server_error" if status == 500 else "invalid_request_error")
    assert "secret" not in error["message"]


def test_other_endpoints_of_openai_are_said_not_to_be_there(client: TestClient) -> None:
    assert (
        client.post("/v1/embeddings", json={})
        .json()["error"]["message"]
        .startswith("There is nothing at this address.")
    )
    refused = client.get("/v1/chat/completions")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
