"""A model server's client against a real server with scripted replies: what goes right, and all that goes wrong.

Longer than other files: a failure of a server takes a script and a few lines to look at, and there are many.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import GenerationError, GenerationFailure
from assistant.llm.client import Limits, ModelServer
from assistant.protocols import Writer
from assistant.records import Message
from testkit.model_server import CHAT, DONE, END, HANG, MODELS, ModelServerStub, Part, chunk, event, stream

pytestmark = pytest.mark.slow  # each test asks a server

QUESTION = [Message("system", "Answer briefly."), Message("user", "Dlaczego żółw?")]
KEY = "sk-very-secret"
HEADER = "value of a header"
LONG = 60.0  # a test that waits for it has failed
SOON = 10.0  # what happens at once may take as long on a busy machine


def said(pieces: Iterable[str]) -> list[str]:
    """Without the empty pieces that come while one waits."""
    return [piece for piece in pieces if piece]


@pytest.fixture(scope="module")
def shared() -> Iterator[ModelServerStub]:
    with ModelServerStub() as stub:
        yield stub


@pytest.fixture
def server() -> Iterator[ModelServerStub]:
    """A fresh server; afterwards every thread and connection of the client must have gone."""
    with ModelServerStub() as stub:
        before = set(threading.enumerate())
        yield stub
        wait_for(lambda: not stub.connections and before.issuperset(threading.enumerate()))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def client(base_url: str, *, key: str = KEY, headers: dict[str, str] | None = None, **limits: float) -> ModelServer:
    chosen: dict[str, Any] = {
        "connect_s": LONG,
        "first_token_s": LONG,
        "between_tokens_s": LONG,
        "total_s": LONG,
        "retries": 0,
        "max_tokens": 100,
    }
    return ModelServer(base_url, "stub", key, temperature=0.2, limits=Limits(**chosen | limits), headers=headers or {})


def failure(model: ModelServer) -> tuple[str, GenerationError]:
    """What came of a reply, and the error it ended with, which came soon."""
    began = time.monotonic()
    came: list[str] = []
    with pytest.raises(GenerationError) as caught:
        came.extend(model.write(QUESTION))
    assert time.monotonic() - began < SOON
    assert caught.value.hint
    return "".join(came), caught.value


def every(seconds: float, data: bytes) -> Iterator[Part]:
    """`data` again and again, for ever."""
    return itertools.chain.from_iterable(itertools.repeat((data, seconds)))


# What is asked and what comes


def test_a_piece_is_there_before_the_next_is_sent(server: ModelServerStub) -> None:
    server.reply(raw=[chunk(role="assistant"), chunk("The bridge "), HANG])
    with closing(client(server.base_url).write(QUESTION)) as pieces:
        assert next(filter(None, pieces)) == "The bridge "
        assert not server.disconnected.is_set()


def test_who_waits_may_leave(server: ModelServerStub) -> None:
    server.reply(raw=[HANG])
    pieces = client(server.base_url).write(QUESTION)
    assert [next(pieces), next(pieces)] == ["", ""]
    pieces.close()
    assert server.disconnected.wait(SOON)


def test_a_reply_is_whole_with_its_pieces(server: ModelServerStub) -> None:
    model: Writer = client(server.base_url)
    server.answer = lambda request: [request["messages"][-1]["content"], " Tak", "."]
    assert said(model.write(QUESTION)) == ["Dlaczego żółw?", " Tak", "."]
    assert model.name == "stub"


def test_the_request_says_what_was_set(server: ModelServerStub) -> None:
    said(client(server.base_url, key=f"{KEY}\n", headers={"X-Title": "assistant"}).write(QUESTION, max_tokens=7))
    (request,) = server.requests
    assert request.path == CHAT
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-title"] == "assistant"
    assert request.headers["accept-encoding"] == "identity"
    assert request.body == {
        "model": "stub",
        "messages": [{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "Dlaczego żółw?"}],
        "temperature": 0.2,
        "max_tokens": 7,
        "stream": True,
    }


def test_a_header_of_ones_own_stands_above_the_key(server: ModelServerStub) -> None:
    said(client(server.base_url, headers={"authorization": "Basic of-the-gateway"}).write(QUESTION))
    assert server.requests[0].headers["authorization"] == "Basic of-the-gateway"


def test_the_length_is_the_limit_unless_told(server: ModelServerStub) -> None:
    said(client(server.base_url, max_tokens=33).write(QUESTION))
    assert server.requests[0].body["max_tokens"] == 33


def test_nothing_of_an_account_in_the_environment_is_sent(
    server: ModelServerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: of-the-environment\nAuthorization: of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/of-the-environment")
    said(client(server.base_url, key="").write(QUESTION))
    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer none"
    assert "of-the-environment" not in str(request)


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    server: ModelServerStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServerStub() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert said(client(server.base_url).write(QUESTION)) == ["Yes."]
        assert said(client(server.base_url.replace("127.0.0.1", "localhost")).write(QUESTION)) == ["Yes."]
        assert not proxy.requests
        list(client("http://models.example/v1", first_token_s=1).check())
        assert proxy.requests  # for others it is


def test_replies_at_the_same_time_do_not_mix(server: ModelServerStub) -> None:
    server.answer = lambda request: [request["messages"][0]["content"]] * 50
    model = client(server.base_url)
    texts: dict[str, str] = {}

    def ask(name: str) -> None:
        texts[name] = "".join(model.write([Message("user", name)]))

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {name: name * 50 for name in "abcdefgh"}


def test_it_works_where_an_event_loop_runs(server: ModelServerStub) -> None:
    async def ask() -> list[str]:
        return said(client(server.base_url).write(QUESTION))

    assert asyncio.run(ask()) == ["Yes."]


def test_a_model_that_knows_other_options_is_asked_with_those(server: ModelServerStub) -> None:
    for option, code in (("max_tokens", "unsupported_parameter"), ("temperature", "unsupported_value")):
        server.reply(status=400, body={"error": {"message": "Unsupported.", "param": option, "code": code}})
    assert said(client(server.base_url).write(QUESTION)) == ["Yes."]
    asked = [{"max_tokens", "temperature", "max_completion_tokens"} & set(r.body) for r in server.requests]
    assert asked == [{"max_tokens", "temperature"}, {"temperature", "max_completion_tokens"}, {"max_completion_tokens"}]
    assert server.requests[-1].body["max_completion_tokens"] == 100


def test_openai_is_imported_only_for_a_request() -> None:
    script = "import assistant.llm.client, sys; sys.exit('openai' in sys.modules or 'httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0


# What a stream may look like


@settings(max_examples=30)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: f"[{text}]"),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    newline=st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_however_the_bytes_are_split_the_text_is_the_same(
    shared: ModelServerStub, text: str, sizes: list[int], newline: bytes
) -> None:
    whole = b"".join(part for part in stream(text) if isinstance(part, bytes)).replace(b"\n", newline)
    cuts = itertools.accumulate(itertools.cycle(sizes))
    places = [0, *itertools.takewhile(lambda place: place < len(whole), cuts), len(whole)]
    shared.reply(raw=[whole[start:end] for start, end in itertools.pairwise(places)])
    assert "".join(client(shared.base_url).write(QUESTION)) == text


def test_half_a_character_waits_for_its_other_half(server: ModelServerStub) -> None:
    data = chunk("żółw 🐢")
    middle = data.index("🐢".encode()) + 2
    server.reply(raw=[data[:middle], 0.05, data[middle:], END])
    assert "".join(client(server.base_url).write(QUESTION)) == "żółw 🐢"


def test_what_is_legal_beside_text_adds_nothing(server: ModelServerStub) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    server.reply(
        raw=[
            b": keep-alive\n\n",
            chunk(role="assistant"),
            event({"choices": [], "prompt_filter_results": []}),
            chunk(content=""),
            chunk("Yes."),
            event({"choices": None}),
            event({"choices": [{"delta": {}, "finish_reason": ""}]}),
            chunk(finish="stop"),
            event({"choices": [], "usage": usage}),
            DONE,
        ]
    )
    assert said(client(server.base_url).write(QUESTION)) == ["Yes."]


@pytest.mark.parametrize("last", [{"delta": {}}, {"delta": None}, {"delta": {"content": None}}, {}])
def test_the_last_chunk_needs_no_text_and_the_stream_no_mark_of_its_end(
    server: ModelServerStub, last: dict[str, object]
) -> None:
    server.reply(raw=[chunk("Yes."), event({"choices": [{"index": 0, "finish_reason": "stop", **last}]})])
    assert said(client(server.base_url).write(QUESTION)) == ["Yes."]


def test_nothing_is_waited_for_after_the_last_chunk(server: ModelServerStub) -> None:
    server.reply(raw=[chunk("Yes."), chunk(" No.", finish="stop"), HANG])
    assert said(client(server.base_url).write(QUESTION)) == ["Yes.", " No."]


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_are_no_text_but_show_that_the_model_works(server: ModelServerStub, name: str) -> None:
    thoughts: list[Part] = [part for _ in range(12) for part in (chunk(**{name: "hm"}), 0.1)]
    server.reply(raw=[*thoughts, chunk("Yes."), END])
    assert said(client(server.base_url, first_token_s=0.8, between_tokens_s=0.8).write(QUESTION)) == ["Yes."]


@settings(max_examples=30)
@given(
    st.sampled_from(
        [
            ("<think>Hm, <b>well</b> </thin> </think>\n\n Yes.", "Yes."),
            ("\n<think></think><think>again</think>Yes.", "Yes."),
            ("  <think Yes.", "<think Yes."),
            ("<thin", "<thin"),
            ("Yes. <think>no</think>", "Yes. <think>no</think>"),
        ]
    ),
    st.lists(st.integers(1, 9), min_size=1),
)
def test_a_thought_before_the_answer_is_left_out(
    shared: ModelServerStub, written: tuple[str, str], sizes: list[int]
) -> None:
    whole, answer = written
    places = [0, *itertools.takewhile(lambda n: n < len(whole), itertools.accumulate(itertools.cycle(sizes)))]
    shared.reply(text_pieces=[whole[a:b] for a, b in itertools.pairwise([*places, len(whole)])])
    assert "".join(client(shared.base_url).write(QUESTION)) == answer


def test_a_thought_may_come_with_all_the_rest(server: ModelServerStub) -> None:
    server.reply(raw=[chunk("<think>Hm.</think>\n<think>Well.</think>\nYes.", finish="stop")])
    assert said(client(server.base_url).write(QUESTION)) == ["Yes."]


# What goes wrong


BROKEN: list[tuple[str, dict[str, Any], str, GenerationFailure]] = [
    ("ended", {"raw": [chunk("Yes")]}, "Yes", "cut"),
    ("ended and said so", {"raw": [chunk("Yes"), DONE]}, "Yes", "cut"),
    ("ended in a line", {"raw": [chunk("Yes"), chunk(" and no")[:-9]], "cut": True}, "Yes", "cut"),
    ("connection lost", {"raw": [chunk("Yes"), 0.01], "cut": True}, "Yes", "cut"),
    ("lost at once", {"raw": [], "cut": True}, "", "cut"),
    ("nothing at all", {"raw": []}, "", "cut"),
    ("too long a reply", {"raw": [chunk("Yes"), chunk(finish="length"), DONE]}, "Yes", "cut"),
    ("filtered", {"raw": [chunk("Yes"), chunk(finish="content_filter"), DONE]}, "Yes", "cut"),
    ("no text", {"text_pieces": []}, "", "empty"),
    ("blank text", {"text_pieces": ["\n", "  "]}, "", "empty"),
    ("only a thought", {"text_pieces": ["<think>", "Hm."]}, "", "empty"),
    ("not UTF-8", {"raw": [chunk("Yes"), b'data: {"choices": "\xff"}\n\n', END]}, "Yes", "malformed"),
    ("not JSON", {"raw": [chunk("Yes"), b"data: {choices}\n\n", END]}, "Yes", "malformed"),
    ("nested without end", {"raw": [b"data: " + b"[" * 100_000 + b"\n\n", END]}, "", "malformed"),
    ("half a pair", {"raw": [b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n', END]}, "", "malformed"),
    ("a number", {"raw": [event(5), END]}, "", "malformed"),
    ("a list", {"raw": [event([]), END]}, "", "malformed"),
    ("never choices", {"raw": [event({"choices": []}), event({}), DONE]}, "", "malformed"),
    ("choices are no list", {"raw": [event({"choices": {"0": {}}}), END]}, "", "malformed"),
    ("a choice is no record", {"raw": [event({"choices": ["Yes"]}), END]}, "", "malformed"),
    ("a choice without delta", {"raw": [event({"choices": [{"message": {}}]}), END]}, "", "malformed"),
    ("a delta is no record", {"raw": [event({"choices": [{"delta": "Yes"}]}), END]}, "", "malformed"),
    ("text is no text", {"raw": [chunk("Yes"), event({"choices": [{"delta": {"content": 5}}]})]}, "Yes", "malformed"),
    ("text is a list", {"raw": [event({"choices": [{"delta": {"content": ["Yes"]}}]}), END]}, "", "malformed"),
    ("no stream", {"body": {"choices": [{"message": {"content": "Yes"}}]}}, "", "malformed"),
    ("a web page", {"raw": [b"<html>"], "headers": {"Content-Type": "text/html"}}, "", "unreachable"),
    ("another protocol", {"wire": [b"SSH-2.0-OpenSSH_9.6\r\n"]}, "", "unreachable"),
    ("hung up", {"wire": []}, "", "unreachable"),
    ("error inside", {"raw": [chunk("Yes"), event({"error": {"message": "boom"}})]}, "Yes", "server_error"),
    ("error in a word", {"raw": [event({"error": "boom"})]}, "", "server_error"),
    ("too long inside", {"raw": [event({"error": {"message": "the context is full"}})]}, "", "too_long"),
    ("refused key", {"status": 401, "body": {"error": {"message": "bad key"}}}, "", "refused"),
    ("forbidden", {"status": 403}, "", "refused"),
    ("to be paid", {"status": 402}, "", "refused"),
    (
        "no such model",
        {"status": 404, "body": {"error": {"message": "The model x was not found"}}},
        "",
        "unknown_model",
    ),
    ("no such code", {"status": 404, "body": {"error": {"code": "model_not_found"}}}, "", "unknown_model"),
    ("Ollama", {"status": 404, "body": {"error": 'model "x" not found, try pulling it'}}, "", "unknown_model"),
    ("DeepSeek", {"status": 400, "body": {"error": {"message": "Model Not Exist"}}}, "", "unknown_model"),
    ("no such path", {"status": 404, "body": {"detail": "Not Found"}}, "", "unreachable"),
    ("page not found", {"status": 404, "body": "<html>No model page</html>"}, "", "unreachable"),
    ("not to post to", {"status": 405}, "", "unreachable"),
    ("vLLM", {"status": 400, "body": {"error": {"message": "maximum context length is 9"}}}, "", "too_long"),
    ("llama.cpp", {"status": 400, "body": {"error": {"type": "exceed_context_size_error"}}}, "", "too_long"),
    ("too large", {"status": 413}, "", "too_long"),
    ("not understood", {"status": 400, "body": {"error": {"message": "no"}}}, "", "malformed"),
    ("not valid", {"status": 422, "body": {"detail": [{"loc": ["body"]}]}}, "", "malformed"),
    ("busy", {"status": 429}, "", "rate_limited"),
    ("crashed", {"status": 500, "body": "Internal Server Error"}, "", "server_error"),
    ("loading", {"status": 503, "body": {"error": {"message": "Loading model"}}}, "", "server_error"),
]


@pytest.mark.parametrize(("reply", "text", "expected"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_what_is_no_whole_reply_ends_with_the_error_that_says_so(
    server: ModelServerStub, reply: dict[str, Any], text: str, expected: GenerationFailure
) -> None:
    server.reply(**reply)
    came, error = failure(client(server.base_url))
    assert (came, error.failure) == (text, expected)
    assert len(server.requests) == 1


def test_a_reply_without_end_is_not_read_to_its_end(server: ModelServerStub) -> None:
    server.reply(raw=itertools.repeat(chunk("and so on ")))
    text, error = failure(client(server.base_url, max_tokens=10))
    assert error.failure == "endless"
    assert 0 < len(text) < 2000
    assert server.disconnected.wait(SOON)


@pytest.mark.parametrize("status", [200, 400])
def test_bytes_without_end_do_not_fill_the_memory(server: ModelServerStub, status: int) -> None:
    server.reply(raw=itertools.repeat(b"x" * 1000), status=status)
    assert failure(client(server.base_url, most_bytes=1_000_000))[1].failure == "endless"


# What takes too long


TRICKLES: dict[str, Callable[[], Iterable[Part]]] = {
    "silence": lambda: [HANG],
    "comments": lambda: every(0.01, b": keep-alive\n\n"),
    "blank lines": lambda: every(0.01, b"\n"),
    "empty texts": lambda: every(0.01, chunk("")),
    "roles": lambda: every(0.01, chunk(role="assistant")),
    "usage": lambda: every(0.01, event({"choices": [], "usage": {}})),
    "one long line": lambda: every(0.01, b"x"),
    "a flood": lambda: itertools.repeat(chunk("")),
}


@pytest.mark.parametrize("trickle", TRICKLES.values(), ids=TRICKLES)
def test_the_first_token_has_its_time_whatever_else_comes(
    server: ModelServerStub, trickle: Callable[[], Iterable[Part]]
) -> None:
    server.reply(raw=trickle())
    text, error = failure(client(server.base_url, first_token_s=0.1))
    assert (text, error.failure) == ("", "timeout")
    assert "0.1 s" in str(error)


@pytest.mark.parametrize("trickle", TRICKLES.values(), ids=TRICKLES)
def test_the_next_token_has_its_time_whatever_else_comes(
    server: ModelServerStub, trickle: Callable[[], Iterable[Part]]
) -> None:
    server.reply(raw=itertools.chain([chunk("Yes")], trickle()))
    text, error = failure(client(server.base_url, between_tokens_s=0.1))
    assert (text, error.failure) == ("Yes", "timeout")
    assert "0.1 s" in str(error)


@pytest.mark.parametrize("name", ["content", "reasoning_content"])
def test_the_whole_reply_has_its_time(server: ModelServerStub, name: str) -> None:
    server.reply(raw=every(0.01, chunk(**{name: "."})))
    _, error = failure(client(server.base_url, total_s=0.3, max_tokens=100_000))
    assert error.failure == "timeout"
    assert "0.3 s" in str(error)


def test_headers_that_do_not_end_are_not_waited_for(server: ModelServerStub) -> None:
    server.reply(wire=itertools.chain([b"HTTP/1.1 200 OK\r\n"], every(0.01, b"X-More: x\r\n")))
    assert failure(client(server.base_url, first_token_s=0.1))[1].failure == "timeout"


def test_an_answer_that_does_not_begin_is_not_waited_for(server: ModelServerStub) -> None:
    server.reply(delay=HANG)
    assert failure(client(server.base_url, first_token_s=0.1))[1].failure == "timeout"


def test_a_connection_has_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and says nothing to TLS
        _, error = failure(client(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", connect_s=0.1))
    assert error.failure == "unreachable"
    assert "in time" in str(error)


def test_a_slow_listener_takes_nothing_from_the_time_of_the_server(server: ModelServerStub) -> None:
    pieces = client(server.base_url, between_tokens_s=1).write(QUESTION)
    server.reply(text_pieces=["a", "b"])
    assert next(filter(None, pieces)) == "a"
    time.sleep(1.2)
    assert said(pieces) == ["b"]


# Asking again


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again(server: ModelServerStub, status: int) -> None:
    server.reply(status=status)
    server.reply(status=status, headers={"Retry-After": "0"})
    assert said(client(server.base_url, retries=2).write(QUESTION)) == ["Yes."]
    assert len(server.requests) == 3


def test_it_is_not_asked_more_often_than_set(server: ModelServerStub) -> None:
    for _ in range(5):
        server.reply(status=503, headers={"Retry-After": "0"})
    assert failure(client(server.base_url, retries=2))[1].failure == "server_error"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 400},
        {"status": 401},
        {"status": 404},
        {"raw": [chunk("Yes"), event({"error": {"message": "boom", "code": 500}})]},
        {"raw": [chunk("Yes")], "cut": True},
    ],
    ids=str,
)
def test_what_will_not_pass_or_has_begun_is_not_asked_again(server: ModelServerStub, reply: dict[str, Any]) -> None:
    server.reply(**reply)
    failure(client(server.base_url, retries=3))
    assert len(server.requests) == 1


@pytest.mark.parametrize("wait", ["20", "3600", "inf", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_server_that_asks_for_a_long_pause_is_left_alone(server: ModelServerStub, wait: str) -> None:
    server.reply(status=429, headers={"Retry-After": wait})
    assert failure(client(server.base_url, retries=3))[1].failure == "rate_limited"
    assert len(server.requests) == 1


def test_the_pause_asked_for_is_kept(server: ModelServerStub) -> None:
    server.reply(status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    assert said(client(server.base_url, retries=1).write(QUESTION)) == ["Yes."]
    assert time.monotonic() - began >= 1


def test_it_is_not_asked_again_when_the_first_token_would_be_late(server: ModelServerStub) -> None:
    server.reply(status=429, headers={"Retry-After": "2"})
    assert failure(client(server.base_url, retries=3, first_token_s=1))[1].failure == "rate_limited"
    assert len(server.requests) == 1


# No server there


def test_where_nothing_listens_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    _, error = failure(client(f"http://user:{KEY}@127.0.0.1:{port}/v1", retries=5))
    assert error.failure == "unreachable"
    assert f"http://127.0.0.1:{port}/v1" in str(error)
    assert KEY not in str(error)


def test_a_name_that_nobody_knows_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    _, error = failure(client("http://nowhere.invalid/v1"))
    assert error.failure == "unreachable"
    assert "Name or service not known" in str(error)


def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found.wait(LONG))
    try:
        assert failure(client("http://nowhere.invalid/v1", connect_s=0.1))[1].failure == "unreachable"
    finally:
        found.set()


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8080/v1", "ftp://127.0.0.1/v1", "http://", "http://[::1", "http:///v1"]
)
def test_what_is_no_address_is_unreachable(address: str) -> None:
    assert failure(client(address))[1].failure == "unreachable"


def test_a_path_without_the_interface_is_unreachable(server: ModelServerStub) -> None:
    _, error = failure(client(server.base_url.removesuffix("/v1")))
    assert error.failure == "unreachable"
    assert "/v1" in error.hint


@pytest.mark.parametrize("status", [301, 307, 308])
def test_the_key_does_not_follow_a_redirect(server: ModelServerStub, status: int) -> None:
    with ModelServerStub() as elsewhere:
        server.reply(status=status, headers={"Location": f"{elsewhere.base_url}/chat/completions"})
        assert failure(client(server.base_url))[1].failure == "unreachable"
        assert not elsewhere.requests


# What is shown


@pytest.mark.parametrize("key", ["żółw", "two\r\nlines"])
def test_a_key_that_cannot_be_sent_is_refused(server: ModelServerStub, key: str) -> None:
    _, error = failure(client(server.base_url, key=key))
    assert error.failure == "refused"
    assert key not in str(error)
    assert not server.requests


@pytest.mark.parametrize(
    "reply",
    [
        {"status": 401, "body": {"error": {"message": f"Wrong: {KEY}, {HEADER}, sk-\x00very-secret {'!' * 999}"}}},
        {"status": 500, "body": f"Wrong: {KEY}, {HEADER} {'!' * 999}"},
        {"raw": [event({"error": {"message": f"\x1b[31m\u202e{'.' * 185}{KEY} {HEADER}"}})]},
    ],
    ids=["status", "text", "stream"],
)
def test_no_secret_and_no_control_character_gets_into_a_message(server: ModelServerStub, reply: dict[str, Any]) -> None:
    server.reply(**reply)
    _, error = failure(client(server.base_url, headers={"X-Gateway": HEADER}))
    assert HEADER not in str(error)
    assert "sk-" not in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 300


# Ending a request


def test_closing_ends_the_request(server: ModelServerStub) -> None:
    server.reply(raw=[chunk("Yes"), HANG])
    pieces = client(server.base_url).write(QUESTION)
    assert next(filter(None, pieces)) == "Yes"
    pieces.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "model-server"]
    assert server.disconnected.wait(SOON)
    assert said(pieces) == []


def test_a_reply_that_is_dropped_ends_its_request(server: ModelServerStub) -> None:
    server.reply(raw=[chunk("Yes"), HANG])
    next(filter(None, client(server.base_url).write(QUESTION)))
    assert server.disconnected.wait(SOON)


def test_what_was_never_listened_to_is_never_asked(server: ModelServerStub) -> None:
    client(server.base_url).write(QUESTION).close()
    assert not server.requests


@pytest.mark.parametrize("sent", [[], [chunk("Yes")]], ids=["nothing", "a piece"])
def test_closing_the_server_ends_requests_that_wait(server: ModelServerStub, sent: list[Part]) -> None:
    server.reply(raw=[*sent, HANG])
    model = client(server.base_url)
    caught: list[GenerationError] = []

    def listen() -> None:
        try:
            for _piece in model.write(QUESTION):
                pass
        except GenerationError as error:
            caught.append(error)

    listener = threading.Thread(target=listen)
    listener.start()
    wait_for(lambda: bool(server.requests))
    model.close()
    listener.join(SOON)
    assert [error.failure for error in caught] == ["cut"]
    assert server.disconnected.wait(SOON)
    assert said(model.write(QUESTION)) == ["Yes."]


# Looking at a server


def seen(model: ModelServer) -> dict[str, bool]:
    checks = model.check()
    assert all(check.ok or check.hint for check in checks)
    return {check.name: check.ok for check in checks}


def test_a_server_in_order(server: ModelServerStub) -> None:
    assert seen(client(server.base_url)) == {"server": True, "model": True, "reply": True}
    assert [request.path for request in server.requests] == [MODELS, CHAT]


def test_the_look_ends_the_reply_after_its_beginning(server: ModelServerStub) -> None:
    server.reply(raw=[chunk("Yes"), HANG])
    assert seen(client(server.base_url))["reply"]
    assert server.disconnected.wait(SOON)


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert seen(client(f"http://127.0.0.1:{port}/v1")) == {"server": False}


@pytest.mark.parametrize("listing", [{"status": 500}, {"status": 404}, {"body": []}, {"body": {"data": [5]}}], ids=str)
def test_a_server_that_cannot_list_its_models(server: ModelServerStub, listing: dict[str, Any]) -> None:
    server.reply(to=MODELS, **listing)
    assert seen(client(server.base_url)) == {"server": True, "model": True, "reply": True}


def test_a_model_that_is_not_listed(server: ModelServerStub) -> None:
    server.models = ["llama", "qwen\x1b"]
    server.reply(status=404, body={"error": {"message": "model stub not found"}})
    checks = {check.name: check for check in client(server.base_url).check()}
    assert not checks["model"].ok
    assert not checks["reply"].ok
    assert checks["model"].hint == "It lists: llama, qwen"
    # Some servers answer whatever the name is.
    assert seen(client(server.base_url)) == {"server": True, "model": True, "reply": True}


def test_a_wrong_key(server: ModelServerStub) -> None:
    server.reply(to=MODELS, status=401)
    server.reply(status=401)
    assert seen(client(server.base_url)) == {"server": True, "model": True, "reply": False}
