"""How a build starts and ends: the encoder is loaded while files are read, and no process is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import psutil
import pytest

from assistant.build import build_index
from assistant.errors import ModelError, SourceError
from assistant.factory import ModelFactory
from assistant.protocols import LayeredEncoder
from assistant.settings import Settings, load_settings
from tests.command import child_environment

pytestmark = pytest.mark.slow  # processes are started and ended

TEXT = "The bridge of Alda was opened in 1998. It was built by the town council in nine years."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "bridge.txt").write_text(TEXT, "utf-8")
    return load_settings(sources=(str(folder),), store=tmp_path / "store", cache=tmp_path / "cache")


def readers(process: psutil.Process) -> list[psutil.Process]:
    """The processes that read for this one."""
    return [child for child in process.children() if any("ingest.sandbox.worker" in word for word in child.cmdline())]


def has_read_for(reader: psutil.Process, seconds: float) -> bool:
    """Whether a process has been busy for so long and goes on."""
    try:
        return bool(reader.cpu_times().user >= seconds)
    except psutil.NoSuchProcess:  # it has just ended, and is a zombie until its parent takes notice
        return False


def test_the_encoder_is_loaded_while_files_are_read(settings: Settings, encoder: LayeredEncoder) -> None:
    began, read = threading.Event(), []

    def load(_: Settings) -> LayeredEncoder:
        began.set()
        return encoder

    def progress(stage: str, _done: int, _total: int) -> None:
        if stage == "read":
            read.append(began.wait(30))

    assert build_index(settings, progress, models=ModelFactory(load)).documents == 1
    assert read == [True]


def test_without_sources_no_encoder_is_loaded(settings: Settings, tmp_path: Path) -> None:
    def load(_: Settings) -> LayeredEncoder:
        raise AssertionError

    with pytest.raises(SourceError):
        build_index(settings.model_copy(update={"sources": (str(tmp_path / "none"),)}), models=ModelFactory(load))


def test_an_encoder_that_cannot_be_loaded_ends_the_build_and_its_processes(settings: Settings) -> None:
    def load(_: Settings) -> LayeredEncoder:
        raise ModelError("It is damaged.", "Get it again.")

    with pytest.raises(ModelError):
        build_index(settings, models=ModelFactory(load))
    assert readers(psutil.Process()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("load encoder")]


def endless() -> bytes:
    """A PDF with pages whose content takes minutes to read."""
    content = zlib.compress(b"q 1 0 0 1 0 0 cm BT /F1 1 Tf (a) Tj ET Q\n" * 200_000)
    pages = 400
    kids = b" ".join(b"3 0 R" for _ in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, part) for number, part in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file that hangs is given up after minutes")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_ended_leaves_no_process(settings: Settings, signum: int) -> None:
    (Path(settings.sources[0]) / "endless.pdf").write_bytes(endless())
    command = [
        sys.executable,
        "-m",
        "assistant",
        "index",
        "--source",
        settings.sources[0],
        "--store",
        str(settings.store),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=child_environment()) as process:
        started = psutil.Process(process.pid)
        deadline = time.monotonic() + 60
        while not (found := [reader for reader in readers(started) if has_read_for(reader, 3)]):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signum)
        process.wait(30)
    gone, alive = psutil.wait_procs(found, timeout=5)
    assert (len(gone), alive) == (1, [])
