"""Which endpoints of Gradio can be reached, and how many places in its queue one client gets."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from assistant.chat.gradio_memory import GradioMemory
from assistant.filter import Filter
from assistant.records import ChatMessage, Progress
from assistant.server.application import create_app
from assistant.server.middleware.gradio_guard import GradioGuard
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant
from tests.served import served

pytestmark = pytest.mark.slow  # pages are served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
USED = {
    ("GET", "/"),
    ("GET", "/theme.css"),
    ("GET", "/favicon.ico"),
    ("GET", "/manifest.json"),
    ("GET", "/pwa_icon/{size}"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/static/{path:path}"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/heartbeat/{session_hash}"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/run/{api_name}"),
}
"""What the chat page uses, as a browser showed: the routes of Gradio that may be reached, and no others."""
PARAMETERS = {
    "/pwa_icon/{size}": ("192", "512"),
    "/assets/{path:path}": ("index.js",),
    "/static/{path:path}": ("js/iframeResizer.contentWindow.min.js",),
    "/gradio_api/heartbeat/{session_hash}": ("abc",),
    "/gradio_api/run/{api_name}": ("predict",),
}
NOT_USED = {
    "/pwa_icon/{size}": ("100000", "192/", "0192"),
    "/assets/{path:path}": ("", "../config", "a/b", ".hidden", "..%2f"),
    "/static/{path:path}": ("js/other.js", "../js/iframeResizer.contentWindow.min.js"),
    "/gradio_api/heartbeat/{session_hash}": ("", "a" * 33, "%1b%5b2J", "A.b"),
    "/gradio_api/run/{api_name}": ("other", "predict/", "predict/x"),
}


class Everything:
    """A queue in which every session has one event, and nobody has a place."""

    def requests(self) -> list[HTTPConnection]:
        return []

    def has_session(self, session: str) -> bool:
        return bool(session)

    def reopened(self, session: str) -> None:
        assert session


async def reached(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("reached")(scope, receive, send)


@pytest.fixture(scope="module")
def guarded() -> TestClient:
    """The guard in front of an app that only says that it was reached."""
    return TestClient(GradioGuard(reached, Everything(), 8))


def is_reached(guarded: TestClient, method: str, path: str) -> bool:
    answer = guarded.request(method, path, params={"session_hash": "s"})
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


def gradio_of(app: FastAPI) -> Any:
    """The Gradio app that is mounted in `app`."""
    (mount,) = (route for route in app.routes if isinstance(route, Mount) and not route.path)
    return mount.app


def routes_of(router: Any) -> Iterator[str]:
    """The paths of all routes, also of the routers that are included."""
    for route in router.routes:
        if inner := getattr(route, "original_router", None):
            yield from routes_of(inner)
        else:
            yield route.path


def test_of_the_installed_gradio_only_what_the_page_uses_is_reached(guarded: TestClient) -> None:
    """A new release with a new route is closed; one without a route that the page needs fails here."""
    paths = set(routes_of(gradio_of(create_app(FakeAssistant(), ServeSettings()))))
    assert len(paths) > 60
    reachable = set()
    for path in paths:
        filled = [re.sub(r"\{[^}]*\}", "x", path), *(path.partition("{")[0] + v for v in PARAMETERS.get(path, ()))]
        reachable |= {(m, path) for m in METHODS for actual in filled if is_reached(guarded, m, actual)}
    assert reachable == USED


@pytest.mark.parametrize("path", NOT_USED)
def test_paths_like_those_are_not_reached(guarded: TestClient, path: str) -> None:
    for value in NOT_USED[path]:
        assert not any(is_reached(guarded, method, path.partition("{")[0] + value) for method in METHODS), value
    for value in PARAMETERS[path]:
        (method,) = (method for method, used in USED if used == path)
        assert is_reached(guarded, method, path.partition("{")[0] + value), value


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/deep_link?session_hash=s"),
        ("GET", "/gradio_api/custom_component/%1b%5b2J/client/x/y"),
        ("GET", "/gradio_api/dev/reload"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
        ("POST", "/login"),
        ("GET", "/config"),
        ("GET", "/monitoring"),
        ("GET", "/nothing"),
    ],
)
def test_what_is_closed_says_so_and_logs_nothing(
    method: str, path: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], client: TestClient
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["hint"] == "The chat is at /."
    assert not [record for record in caplog.records if record.levelname != "INFO"]
    assert capsys.readouterr() == ("", "")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost") as client:
        yield client


def test_a_stream_without_questions_is_refused_before_it_begins(client: TestClient) -> None:
    for query in ("", "?session_hash=", "?session_hash=unknown", "?session_hash=%1b%5b2J"):
        answer = client.get(f"/gradio_api/queue/data{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_stream_that_breaks_is_ended() -> None:
    async def broken(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data", "more_body": True})
        raise KeyError("session")

    client = TestClient(GradioGuard(broken, Everything(), 8))
    assert client.get("/gradio_api/queue/data?session_hash=s").text == "data"


class Held(FakeAssistant):
    """Answers once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_reply = threading.Event()

    def stream(
        self,
        question: str,
        *,
        history: Sequence[ChatMessage] = (),
        only: Filter | None = None,
        k: int | None = None,
        page_language: str | None = None,
    ) -> Generator[Progress]:
        assert self.may_reply.wait(60)
        yield from super().stream(question, history=history, only=only, k=k, page_language=page_language)


def ask_id(gradio: Any) -> int:
    """Gradio's number of the event that asks what stands in the box."""
    return int(next(number for number, fn in gradio.get_blocks().fns.items() if fn.name == "_ask"))


def join(address: str, fn: int, session: str) -> int:
    data: list[object] = ["bridge?", None, None, [], [], "", ""]
    body = {"data": data, "fn_index": fn, "session_hash": session, "event_data": None}
    response = httpx.post(f"{address}/gradio_api/queue/join", json=body, timeout=30)
    return int(response.status_code)


def wait_until(condition: Callable[[], bool]) -> None:
    async def waiting() -> None:
        while not condition():
            await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(waiting(), 30))


def test_one_client_does_not_fill_the_queue_of_the_chat() -> None:
    assistant = Held()
    app = create_app(assistant, ServeSettings(client_questions=3))
    gradio = gradio_of(app)
    waiting = gradio.get_blocks()._queue.event_ids_to_events
    with served(app) as address:
        try:
            statuses = [join(address, ask_id(gradio), f"s{n}") for n in range(6)]
        finally:
            assistant.may_reply.set()
        assert statuses == [200, 200, 200, 429, 429, 429]
        wait_until(lambda: not waiting)
        assert join(address, ask_id(gradio), "later") == 200
        wait_until(lambda: not waiting)


def test_joining_at_the_same_moment_gains_no_place() -> None:
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/gradio_api/queue/join",
        "headers": [],
        "query_string": b"",
    }
    statuses: list[int] = []
    may_end = asyncio.Event()

    async def slow(_: Scope, __: Receive, send: Send) -> None:
        await may_end.wait()
        await send({"type": "http.response.start", "status": 200})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request"}

    async def main() -> None:
        guard = GradioGuard(slow, Everything(), 2)
        clients = ["192.0.2.1"] * 5 + ["192.0.2.2"]
        tasks = [asyncio.create_task(guard(scope | {"client": (client, 1)}, receive, send)) for client in clients]
        await asyncio.sleep(0)
        may_end.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert sorted(statuses) == [200, 200, 200, 429, 429, 429]


def load(client: TestClient, session: str) -> None:
    """Open the page, for which Gradio remembers a state."""
    blocks = gradio_of(client.app).get_blocks()  # type: ignore[arg-type]
    fn = next(number for number, fn in blocks.fns.items() if fn.name == "_load")
    body = {"data": [""], "fn_index": fn, "session_hash": session}
    assert client.post("/gradio_api/run/predict", json=body).status_code == 200


def test_pages_are_remembered_up_to_a_number_and_for_a_time(client: TestClient, tmp_path: Path) -> None:
    gradio = gradio_of(client.app)  # type: ignore[arg-type]
    blocks = gradio.get_blocks()
    assert gradio.state_holder.capacity == 1000
    gradio.state_holder.capacity = 3
    for n in range(6):
        load(client, f"s{n}")
    assert list(gradio.state_holder.session_data) == ["s3", "s4", "s5"]
    GradioMemory(blocks, tmp_path).forget_idle()
    assert list(gradio.state_holder.session_data) == ["s3", "s4", "s5"]
    gradio.state_holder.session_data["s4"].is_closed = True
    gradio.state_holder.session_data["s5"].is_closed = True
    GradioMemory(blocks, tmp_path).reopened("s5")
    GradioMemory(blocks, tmp_path, closed_s=0).forget_idle()
    assert list(gradio.state_holder.session_data) == ["s3", "s5"]
    GradioMemory(blocks, tmp_path, idle_s=0).forget_idle()
    assert not gradio.state_holder.session_data
    assert not gradio.state_holder.time_last_used


def test_the_temporary_folder_is_private_and_removed_at_the_end() -> None:
    with TestClient(create_app(FakeAssistant(), ServeSettings()), base_url="http://localhost") as client:
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert client.get("/").status_code == 200
        load(client, "s")
        assert client.get("/gradio_api/deep_link?session_hash=s").status_code == 404
        assert not [path for path in folder.rglob("*") if path.is_file()]
    assert not folder.exists()
