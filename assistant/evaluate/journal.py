"""results.jsonl: what a run is of, then an outcome a line, written as they come; so a run can go on where it ended.

A line that was cut off by a crash is dropped, and its case is run again.
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
"""Whether there was nothing, the same run unfinished, another run, or the same run finished."""


class Journal:
    """The outcomes of one run on disk. `state` says what was found there; only "resumed" keeps it."""

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
                f"Another run is writing to {folder}.", "Wait for it, or name another --out."
            ) from None
        length = 0
        if self.path.exists():
            found, outcomes, length = read_results(self.path)
            same = found == json.loads(json.dumps(run))
            self.state = "other" if not same else "complete" if outcomes.keys() >= case_ids else "resumed"
            if self.state == "resumed":
                self.done = outcomes
        # Only now is anything thrown away: what follows the last whole line, or all of another run.
        self._file: IO[bytes] = self.path.open("r+b" if self.path.exists() else "w+b")
        self._file.truncate(length if self.state == "resumed" else 0)
        self._file.seek(0, os.SEEK_END)
        if self.state != "resumed":
            self._write({"run": dict(run)})

    def append(self, outcome: Outcome) -> None:
        """Write `outcome` and hand it to the operating system at once."""
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
        # ASCII: a question may hold half an emoji, which UTF-8 cannot.
        self._file.write(json.dumps(value).encode("ascii") + b"\n")
        self._file.flush()


def read_results(path: Path) -> tuple[Any, dict[str, Outcome], int]:
    """What the run is of (None when unreadable), its outcomes by id, and the bytes up to the last whole line."""
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
