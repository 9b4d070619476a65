"""The short form of `make stress`, its second half."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL"),
]


def test_builds_killed_or_on_a_full_disk_lose_nothing_and_embed_nothing_twice() -> None:
    command = [sys.executable, "-m", "benchmarks.crash", "--kills", "3", "--fills", "1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr
    counts = json.loads(ran.stdout)
    assert (counts["kills"]["killed"], counts["fills"]["full"]) == (3, 1)
