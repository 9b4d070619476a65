"""The server behind a real nginx, under a path prefix that nginx strips, keeps, or names in a header."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from urllib.parse import urljoin

import httpx2 as httpx
import pytest

from assistant.filter import Filter
from assistant.records import ChatMessage, Progress
from assistant.server.application import create_app
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant, Reader
from tests.served import served

CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Forwarded-Prefix $prefix;
  map $uri $prefix {{ ~^/named/ /named; default ""; }}
  server {{
    listen 127.0.0.1:{kept};
    location /assistant {{ proxy_pass {app}; }}
    location /named/ {{ proxy_pass {app}/; }}
  }}
  server {{
    listen 127.0.0.1:{stripped};
    location /assistant/ {{ proxy_pass {app}/; }}
  }}
}}
"""


class Held(FakeAssistant):
    """Finds at once, and replies once it may."""

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
        steps = super().stream(question, history=history, only=only, k=k, page_language=page_language)
        yield next(steps)
        if "held" in question:
            assert self.may_reply.wait(20)
        yield from steps


@pytest.fixture(scope="module")
def nginx() -> str:
    """The program; without it the tests are skipped, or fail where a browser is required."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1 needs nginx too")
        pytest.skip("needs nginx on the PATH")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


@pytest.fixture(scope="module")
def addresses(nginx: str, held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the chat is found, by the way nginx treats the prefix."""
    folder = tmp_path_factory.mktemp("nginx")
    kept, stripped = free_port(), free_port()
    app = create_app(held, ServeSettings(root_path="/assistant", trusted_proxies=("127.0.0.1",)))
    with served(app) as where:
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, kept=kept, stripped=stripped, app=where), "utf-8")
        with subprocess.Popen([nginx, "-p", folder, "-e", folder / "error.log", "-c", config]) as process:
            try:
                wait_for(f"http://127.0.0.1:{kept}/assistant/healthz")
                yield {
                    "kept": f"http://127.0.0.1:{kept}/assistant/",
                    "stripped": f"http://127.0.0.1:{stripped}/assistant/",
                    "named": f"http://127.0.0.1:{kept}/named/",
                }
            finally:
                process.terminate()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"{url} does not answer")


@pytest.mark.parametrize("way", ["kept", "stripped", "named"])
def test_everything_the_chat_page_names_is_found_under_the_prefix(addresses: dict[str, str], way: str) -> None:
    home = addresses[way]
    page = httpx.get(home)
    config = json.loads(page.text.split("window.gradio_config = ")[1].split(";</script>")[0])
    assert config["root"] == home.rstrip("/")
    named = [link for link in Reader(page.text).links if "assets" in link] + Reader(config["head"]).links
    assert len(named) > 2
    for link in (*named, "favicon.ico", f"theme.css?v={config['theme_hash']}"):
        assert urljoin(home, link).startswith(home), link
        assert httpx.get(urljoin(home, link)).status_code == 200, link


@pytest.mark.parametrize("way", ["kept", "stripped", "named"])
def test_links_to_documents_lead_under_the_prefix(addresses: dict[str, str], way: str) -> None:
    home = addresses[way]
    page = httpx.get(urljoin(home, "documents/plain.txt?start=11&end=21"))
    assert page.status_code == 200
    links = [link for link in Reader(page.text).links if link.startswith("/")]
    assert len(links) > 2
    for link in links:
        assert httpx.get(urljoin(home, link)).status_code == 200, link


def test_the_first_event_arrives_before_the_last_is_made(addresses: dict[str, str], held: Held) -> None:
    headers = {"accept": "text/event-stream"}
    ask = httpx.stream(
        "POST", urljoin(addresses["kept"], "api/ask"), json={"question": "held bridge?"}, headers=headers
    )
    with ask as response:
        lines = response.iter_lines()
        assert next(lines) == "event: passages"
        assert not held.may_reply.is_set()
        held.may_reply.set()
        assert "event: reply" in list(lines)


def test_without_its_slash_the_prefix_leads_to_the_chat(addresses: dict[str, str]) -> None:
    response = httpx.get(addresses["kept"].rstrip("/"))
    assert (response.status_code, response.headers["location"]) == (307, "/assistant/")
