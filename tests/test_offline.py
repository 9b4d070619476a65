"""After installation nothing needs a network, and nothing tries to reach one."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assistant.build import BuildReport
from assistant.factory import cache_folder
from assistant.models import bundled
from assistant.protocols import LayeredEncoder
from assistant.settings import Settings, load_settings
from tests.command import child_environment

SEED = Path(__file__).parents[1] / "seeds" / "000_56f5239a9d87d169.txt"
# An audit hook sees every socket of Python code; what it refuses is written down, since libraries swallow errors.
REFUSING = """
import os, sys

def refuse(event, arguments):
    if event not in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    place = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
    host = place[0] if isinstance(place, tuple) else place
    unix = event == "socket.connect" and not isinstance(place, tuple)
    if not unix and host not in (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1"):
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{event} {host}\\n")
        raise OSError(f"no network: {event} {host}")

sys.addaudithook(refuse)
from assistant.cli.main import main
"""
ONE_AFTER_THE_OTHER = """
for arguments in sys.argv[1].split("|"), sys.argv[2].split("|"):
    sys.argv = ["assistant", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
"""


pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture
def attempts(tmp_path: Path) -> Path:
    """Where a child writes what it tried to reach."""
    path = tmp_path / "attempts"
    path.touch()
    return path


@pytest.fixture
def environment(attempts: Path) -> dict[str, str]:
    """Of a child that refuses; no library is told beforehand that there is no network."""
    offline = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "GRADIO_ANALYTICS_ENABLED")
    variables = child_environment(ATTEMPTS=str(attempts))
    return {name: value for name, value in variables.items() if name not in offline}


@pytest.fixture(scope="module")
def without_network() -> list[str]:
    """What to put before a command to take the network away; empty where the system does not allow that."""
    for flags in (["-n"], ["-r", "-n"]):
        command = ["unshare", *flags]
        if (
            shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ):
            return command
    return []


def test_the_hook_refuses_and_tells(environment: dict[str, str], attempts: Path) -> None:
    script = f"{REFUSING}\nimport urllib.request\nurllib.request.urlopen('http://example.org', timeout=1)"
    child = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, timeout=60, check=False
    )
    assert b"no network" in child.stderr
    assert attempts.read_text("utf-8") == "socket.getaddrinfo example.org\n"


def test_index_and_ask_need_no_network(
    tmp_path: Path, environment: dict[str, str], attempts: Path, without_network: list[str], encoder: LayeredEncoder
) -> None:
    del encoder  # asked for so that the model is unpacked
    cache = tmp_path / "cache"
    cache.mkdir()
    unpacked = bundled.model_folder(cache_folder(load_settings()))
    bundled.model_folder(cache).symlink_to(unpacked, target_is_directory=True)
    store = str(tmp_path / "store")
    index = ["index", "--source", str(SEED), "--store", store, "--json"]
    ask = ["ask", "What did Thong Nhat General Hospital implement?", "--store", store, "--json"]
    child = subprocess.run(
        [*without_network, sys.executable, "-c", REFUSING + ONE_AFTER_THE_OTHER, "|".join(index), "|".join(ask)],
        env=environment | {"ASSISTANT_CACHE": str(cache)},
        capture_output=True,
        timeout=180,
        check=False,
    )
    assert (child.returncode, child.stderr.decode()) == (0, "")
    report, reply = map(json.loads, child.stdout.decode().splitlines())
    assert (report["documents"], report["failed"]) == (1, [])
    assert (reply["kind"], reply["citations"][0]["doc_id"]) == ("answer", SEED.name)
    assert attempts.read_text("utf-8") == ""


@pytest.fixture
def server(
    tmp_path: Path, environment: dict[str, str], seed_settings: Settings, seed_report: BuildReport
) -> Iterator[subprocess.Popen[bytes]]:
    """`assistant serve` on a free port, its output in files."""
    del seed_report
    arguments = ["serve", "--port", "0", "--store", str(seed_settings.store)]
    with (
        (tmp_path / "err").open("wb") as err,
        subprocess.Popen(
            [sys.executable, "-c", f"{REFUSING}\nmain()", *arguments], env=environment, stdout=err, stderr=err
        ) as process,
    ):
        yield process
        process.kill()


def test_serving_reaches_for_nothing_and_ends_when_told(
    tmp_path: Path, attempts: Path, server: subprocess.Popen[bytes]
) -> None:
    said = tmp_path / "err"
    announced = "The chat is ready at "
    deadline = time.monotonic() + 120
    while announced not in said.read_text("utf-8"):
        assert server.poll() is None, said.read_text("utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.05)
    address = said.read_text("utf-8").partition(announced)[2].split(" ", 1)[0]
    while (ready := httpx.get(f"{address}/readyz")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ready.json()["documents"] == 5
    assert httpx.get(f"{address}/").status_code == 200
    reply = httpx.post(f"{address}/api/ask", json={"question": "What did Thong Nhat General Hospital implement?"})
    assert reply.json()["kind"] == "answer"
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=30)
    assert "Traceback" not in said.read_text("utf-8")
    assert said.read_text("utf-8").count("\n") == 1
    assert attempts.read_text("utf-8") == ""
