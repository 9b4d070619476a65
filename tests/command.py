"""The command line as a process of its own, and in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.cli.main import main

if TYPE_CHECKING:
    from assistant.factory import ModelFactory

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a process left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


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


def in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], models: ModelFactory | None = None
) -> Command:
    """A function that runs the command line here, with `models`, which may be loaded already."""

    def call(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["assistant", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main(models)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        return Ran(code, *capsys.readouterr())

    return call


def one_object(ran: Ran) -> dict[str, Any]:
    """stdout is exactly one JSON object on one line, and the command succeeded."""
    assert ran.code == 0, ran.err
    assert ran.out.count("\n") == 1, ran.out
    value = json.loads(ran.out)
    assert isinstance(value, dict), ran.out
    return value


def assert_error(ran: Ran, code: int, *words: str) -> None:
    """A message and a hint of one line each, nothing on stdout, no traceback."""
    assert ran.code == code, ran
    assert ran.out == "", ran.out
    assert "Traceback" not in ran.err, ran.err
    assert ran.err.startswith("Error: "), ran.err
    assert len(ran.err.splitlines()) == 2, ran.err
    for word in words:
        assert word in ran.err, ran.err
