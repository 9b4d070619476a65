"""The end of a server process by SIGTERM or Ctrl+C, with questions in progress."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.routing import Mount

from assistant.build import BuildReport
from assistant.html.strings import ALL
from assistant.server.application import create_app
from assistant.server.routes.openai_api import MODEL
from assistant.settings import ServeSettings, Settings
from testkit.model_server import HANG, ModelServerStub, Part, chunk
from tests.fake_assistant import FakeAssistant
from tests.served import ServerProcess, server_process

pytestmark = pytest.mark.slow

SERVER = """
import time
from assistant.server.application import serve
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

class Endless(FakeAssistant):
    def stream(self, question, **options):
        for step in super().stream(question, **options):
            yield step
            while "endless" in question:
                time.sleep(0.05)
                yield step
            if "computing" in question:
                time.sleep(600)

serve(Endless(), ServeSettings(port=0, rate=0), print)
"""
EVENTS = {"accept": "text/event-stream"}
ENDS_WITHIN_S = 5
CHAT = "/v1/chat/completions"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with server_process([sys.executable, "-c", SERVER], tmp_path / "log") as running:
        yield running


def open_stream(stack: ExitStack, server: ServerProcess, path: str, body: dict[str, Any]) -> Iterator[str]:
    """Lines of the response to a question, whose first has arrived."""
    url = f"http://127.0.0.1:{server.port}{path}"
    response = stack.enter_context(httpx.stream("POST", url, json=body, headers=EVENTS, timeout=60))
    lines: Iterator[str] = response.iter_lines()
    next(lines)
    return lines


def last_data(lines: Iterator[str]) -> Any:
    """The last event that is JSON, and the name of the event."""
    name, data = "", None
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: {"):
            data = json.loads(line.removeprefix("data: "))
    return name, data


def end(server: ServerProcess, signum: int = signal.SIGTERM) -> float:
    """Send the signal; return the time."""
    server.process.send_signal(signum)
    return time.monotonic()


def assert_ended(server: ServerProcess, since: float) -> None:
    assert server.process.wait(timeout=60) == 0
    assert time.monotonic() - since < ENDS_WITHIN_S


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_end_with_an_error_and_the_process_ends(server: ServerProcess, signum: int) -> None:
    openai = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "endless"}]}
    with ExitStack() as stack:
        asked = open_stream(stack, server, "/api/ask", {"question": "endless"})
        chat = open_stream(stack, server, CHAT, openai)
        since = end(server, signum)
        name, data = last_data(asked)
        assert (name, data["status"], data["detail"]) == ("error", 503, "The server is stopping.")
        assert "The server is stopping." in last_data(chat)[1]["error"]["message"]
        assert_ended(server, since)
    assert "Traceback" not in server.log.read_text("utf-8")


def test_questions_that_wait_or_come_while_the_server_ends_get_503(server: ServerProcess) -> None:
    def ask() -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{server.port}/api/ask", json={"question": "computing"}, timeout=60)

    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(ask) for _ in range(4)]  # two of them are in progress
        time.sleep(1)
        since = end(server)
        assert [question.result().status_code for question in waiting] == [503] * 4
        late = ask()
        assert (late.status_code, late.headers["retry-after"]) == (503, "5")
        assert server.get("/readyz") == 503
        assert_ended(server, since)
    assert "cut off" in server.log.read_text("utf-8"), "a thread that computes is not waited for"


def chat_event(name: str) -> int:
    """Gradio's number of an event of the chat page."""
    app = create_app(FakeAssistant(), ServeSettings())
    (gradio,) = (route.app for route in app.routes if isinstance(route, Mount) and not route.path)
    events: Any = gradio.get_blocks().fns  # type: ignore[attr-defined]
    return int(next(number for number, event in events.items() if event.name == name))


@pytest.mark.parametrize("question", ["endless", "computing"])
def test_the_chat_says_in_the_language_of_its_reader_that_the_server_stops(
    server: ServerProcess, question: str
) -> None:
    def post(path: str, event: str, data: list[object]) -> None:
        body = {"data": data, "fn_index": chat_event(event), "session_hash": "abc", "event_data": None}
        url = f"http://127.0.0.1:{server.port}/gradio_api/{path}"
        httpx.post(url, json=body, headers={"accept-language": "vi"}, timeout=60).raise_for_status()

    post("run/predict", "_load", [""])
    post("queue/join", "_ask", [question, None, None, [], [], "", ""])
    url = f"http://127.0.0.1:{server.port}/gradio_api/queue/data?session_hash=abc"
    with httpx.stream("GET", url, timeout=60) as response:
        lines = response.iter_lines()
        while '"process_generating"' not in next(lines):
            pass
        since = end(server)
        said: list[str] = []
        with suppress(httpx.RemoteProtocolError):  # the stream of a page ends with its connection
            said.extend(json.dumps(json.loads(line[5:]), ensure_ascii=False) for line in lines if line[:5] == "data:")
        assert ALL["vi"].stopping in "".join(said), (server.log.read_text("utf-8"), said)
    assert_ended(server, since)


ENDLESS_REPLY: list[Part] = [part for n in range(100_000) for part in (chunk(f"word{n} "), 0.01)]


@pytest.mark.parametrize("reply", [[HANG], [chunk("The "), HANG], ENDLESS_REPLY], ids=["silent", "stuck", "endless"])
def test_a_model_at_work_does_not_keep_the_server(
    reply: list[Part], tmp_path: Path, seed_settings: Settings, seed_report: BuildReport
) -> None:
    del seed_report
    command = [sys.executable, "-m", "assistant", "serve", "--store", str(seed_settings.store), "--port", "0"]
    question = {"question": "What has improved in the health sector of Quang Ninh?"}
    with ModelServerStub() as stub, ExitStack() as stack:
        for _ in range(3):
            stub.reply(raw=reply)
        model = {"ASSISTANT_MODEL__BASE_URL": stub.base_url, "ASSISTANT_MODEL__NAME": "stub"}
        server = stack.enter_context(server_process(command, tmp_path / "log", variables=model))
        lines = open_stream(stack, server, "/api/ask", question)
        while len(stub.requests) < 2:  # the first is that of the check
            time.sleep(0.05)
        since = end(server)
        assert last_data(lines)[0] == "error"
        assert_ended(server, since)
        assert "Traceback" not in server.log.read_text("utf-8")
