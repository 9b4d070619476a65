"""A build that is killed (SIGKILL, as by a power cut or the kernel) leaves a whole index behind, always."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.build import build_index
from assistant.factory import ModelFactory, open_assistant
from assistant.index.store import open_generation
from assistant.records import Answer
from assistant.settings import load_settings
from tests.command import child_environment, run_python
from tests.small_store import NEW, OLD, write

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")]

KILL_AT = """
import os, signal
from pathlib import Path
left, fsync, replace = {n}, os.fsync, Path.replace

def counted(real):
    def call(*arguments):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    return call

os.fsync, Path.replace = counted(fsync), counted(replace)
"""


def whole_texts(store: Path) -> tuple[str, ...]:
    """The texts of the live generation, of which every part answers and agrees with the others."""
    generation = open_generation(store)
    texts = tuple(document.text for document in generation.tables.documents())
    size = generation.manifest.chunks
    assert size == len(generation.dense) == len(generation.lexical) == len(texts)
    for row, text in enumerate(texts):
        assert generation.tables.chunk(row).text == text
        assert generation.dense.scores(np.eye(size, 8, dtype=np.float32)[row : row + 1]).argmax() == row
        assert all(generation.lexical.scores(word).argmax() == row for word in text.split())
    generation.close()
    return texts


def steps_of_a_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced and renamed, in order."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def counted_fsync(descriptor: int) -> None:
        steps.append("fsync")
        fsync(descriptor)

    def counted_replace(path: Path, target: Path) -> Path:
        steps.append(f"rename to {target.name}")
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", counted_fsync)
        patch.setattr(Path, "replace", counted_replace)
        write(folder, NEW)
    return steps


def test_a_build_killed_before_any_sync_or_rename_leaves_one_whole_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "old", OLD)
    steps = steps_of_a_build(Path(shutil.copytree(tmp_path / "old", tmp_path / "dry")), monkeypatch)
    switch = steps.index("rename to CURRENT")
    assert steps.index("rename to 2") < switch
    assert steps.count("fsync") >= 10
    for n in range(len(steps)):
        store = Path(shutil.copytree(tmp_path / "old", tmp_path / str(n)))
        script = f"from pathlib import Path\nfrom tests.small_store import NEW, write\n{KILL_AT.format(n=n + 1)}"
        ran = run_python("-c", f"{script}\nwrite(Path({str(store)!r}), NEW)")
        assert ran.code == -signal.SIGKILL, ran.err
        assert whole_texts(store) == (OLD if n <= switch else NEW), f"killed before step {n}, {steps[n]}"
        write(store, NEW)
        assert whole_texts(store) == NEW
        assert not list(store.rglob("*.partial")), f"left over after step {n}, {steps[n]}"


def test_builds_killed_at_any_time_leave_one_whole_generation(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    script = f"""
from pathlib import Path
from tests.small_store import NEW, OLD, write
print("ready", flush=True)
while True:
    write(Path({str(tmp_path)!r}), NEW)
    write(Path({str(tmp_path)!r}), OLD)
"""
    when = random.Random(2)
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", script], env=child_environment(), stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            time.sleep(when.uniform(0.01, 0.4))
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert whole_texts(tmp_path) in (OLD, NEW)
        write(tmp_path, OLD)
        assert whole_texts(tmp_path) == OLD
        assert not list(tmp_path.rglob("*.partial"))


def test_the_old_index_answers_after_a_whole_build_was_killed(tmp_path: Path, models: ModelFactory) -> None:
    document = tmp_path / "sources" / "bridge.txt"
    document.parent.mkdir()
    settings = load_settings(sources=(str(document.parent),), store=tmp_path / "store")

    def cited() -> str:
        opened = open_assistant(settings, models=models)
        reply = opened.ask("When was the bridge of Alda opened?").reply
        opened.close()
        assert isinstance(reply, Answer)
        return reply.citations[0].quote

    document.write_text("The bridge of Alda was opened in 1998. It is built of stone.", "utf-8")
    build_index(settings, models=models)
    document.write_text("The bridge of Alda was opened in 2004. It is built of steel.", "utf-8")
    script = f"from assistant.cli.main import main\n{KILL_AT.format(n=1)}\nmain()"
    ran = run_python("-c", script, "index", "--source", document.parent, "--store", settings.store)
    assert ran.code == -signal.SIGKILL, ran.err
    assert list(settings.store.rglob("*.partial"))
    assert "1998" in cited()

    report = build_index(settings, models=models)
    assert (report.updated, report.generation) == (1, 2)
    assert "2004" in cited()
    assert not list(settings.store.rglob("*.partial"))
