"""results.jsonl: the identity of a run, then one outcome per line, written at once, so that a run can be continued.

A line that a crash cut off is dropped, and its case runs again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from filelock import FileLock, Timeout

from assistant.errors import AssistantError
from assistant.evaluate.outcome import Outcome

FILE_NAME = "results.jsonl"

Opened = Literal["new", "resumed", "other", "complete"]
"""What the folder contained: nothing, the same run unfinished, another run, or the same run finished."""


class Journal:
    """The outcomes of one run on disk. `state` says what the folder contained; only "resumed" keeps the outcomes."""

    def __init__(self, folder: Path, run: Mapping[str, Any], case_ids: frozenset[str]) -> None:
        self.path = folder / FILE_NAME
        self.done: dict[str, Outcome] = {}
        self.state: Opened = "new"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AssistantError(
                f"Another run is writing to {folder}.", "Wait until it ends, or name another folder with --out."
            ) from None
        length = 0
        if self.path.exists():
            found, outcomes, length = read_results(self.path)
            same = found == json.loads(json.dumps(run))
            self.state = "other" if not same else "complete" if outcomes.keys() >= case_ids else "resumed"
            if self.state == "resumed":
                self.done = outcomes
        # Delete an incomplete last line, or the outcomes of another run, only after the checks.
        self._file: IO[bytes] = self.path.open("r+b" if self.path.exists() else "w+b")
        self._file.truncate(length if self.state == "resumed" else 0)
        self._file.seek(0, os.SEEK_END)
        if self.state != "resumed":
            self._write({"run": dict(run)})

    def append(self, outcome: Outcome) -> None:
        """Write `outcome` and flush it to the operating system."""
        self.done[outcome.id] = outcome
        self._write(outcome.to_json())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        self._file.close()
        self._lock.release()

    def _write(self, value: Mapping[str, Any]) -> None:
        # ASCII: a question may contain a lone surrogate, which UTF-8 cannot encode.
        self._file.write(json.dumps(value).encode("ascii") + b"\n")
        self._file.flush()


def read_results(path: Path) -> tuple[Any, dict[str, Outcome], int]:
    """Return the identity of the run (None if unreadable), its outcomes by id, and the bytes of all whole lines."""
    run: Any = None
    outcomes: dict[str, Outcome] = {}
    length = 0
    with path.open("rb") as file:
        for number, line in enumerate(file):
            try:
                if not line.endswith(b"\n"):
                    break
                fields = json.loads(line)
                if number == 0:
                    run = fields["run"]
                else:
                    outcome = Outcome.from_json(fields)
                    outcomes[outcome.id] = outcome
            except (ValueError, TypeError, KeyError):
                break
            length += len(line)
    return run, outcomes, length
