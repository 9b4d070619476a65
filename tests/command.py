"""The command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a process left behind."""

    code: int
    out: str
    err: str


def child_environment(**variables: str) -> dict[str, str]:
    """The environment of a child: it finds the package and prints UTF-8, whatever the locale is."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | variables


def run(*arguments: str | bytes | Path, timeout_s: float = 120, **variables: str) -> Ran:
    """Run `python -m assistant` with `arguments`; `variables` are added to its environment."""
    return run_python("-m", "assistant", *arguments, timeout_s=timeout_s, **variables)


def run_python(*arguments: str | bytes | Path, timeout_s: float = 120, **variables: str) -> Ran:
    """Run this Python with `arguments`."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=child_environment(**variables),
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
