"""The audit log: who asked when, which documents were shown, who changed what; one file of JSON lines a month."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.errors import StoreError

FOLDER = "audit"
_FILES = "????-??.jsonl"
Event = dict[str, Any]


class AuditLog:
    """Appends events to files in `store`/audit that only their owner can read; threads and processes may share it.

    It keeps the files of `months` months, the current one included.
    """

    def __init__(self, store: Path, *, months: int) -> None:
        self._folder = store / FOLDER
        self._months = months
        self._lock = threading.Lock()
        self._begun: Path | None = None  # the file that this process has written to

    def record(self, event: str, **what: object) -> None:
        """Append one line: the time in UTC, `event` and `what`. Raises StoreError when it cannot be written."""
        now = datetime.now(UTC)
        line = json.dumps({"at": now.isoformat(timespec="seconds"), "event": event, **what}, ensure_ascii=False)
        path = self._folder / f"{now:%Y-%m}.jsonl"
        try:
            with self._lock:
                if not path.exists():
                    self._folder.mkdir(mode=0o700, exist_ok=True)
                    self._drop_old(now)
                # One write to the end of the file, so that the lines of several processes do not mix.
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    before = b"" if path == self._begun else _after_a_cut_line(descriptor)
                    os.write(descriptor, before + line.encode("utf-8", "replace") + b"\n")
                finally:
                    os.close(descriptor)
                self._begun = path
        except OSError as error:
            raise StoreError(
                f"The audit log {path} cannot be written: {error.strerror or error}.",
                "Check the free disk space and the permissions of the folder.",
            ) from None

    def _drop_old(self, now: datetime) -> None:
        month = 12 * now.year + now.month - self._months
        oldest = f"{month // 12:04}-{month % 12 + 1:02}.jsonl"
        for path in self._folder.glob(_FILES):
            if path.name < oldest:
                path.unlink(missing_ok=True)


def read_audit_log(store: Path, since: str = "") -> Iterator[Event]:
    """Yield the events from `since` (an ISO date or time in UTC) on, the oldest first.

    A line that a power failure cut is left out. Raises StoreError when a file cannot be read.
    """
    for path in sorted((store / FOLDER).glob(_FILES)):
        if path.stem < since[:7]:
            continue
        try:
            with path.open("rb") as file:
                for line in file:
                    event = _event(line)
                    if event is not None and str(event.get("at", "")) >= since:
                        yield event
        except OSError as error:
            raise StoreError(
                f"The audit log {path} cannot be read: {error.strerror or error}.",
                "Run the command as the user who runs the server.",
            ) from None


def _after_a_cut_line(descriptor: int) -> bytes:
    """Return the line end that the file lacks: its last line was cut by a power failure."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        return b""
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return b"" if os.read(descriptor, 1) == b"\n" else b"\n"


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
