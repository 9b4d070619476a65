"""A logging filter: an error that repeats is logged once in a while, with a count."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

WINDOW_S = 10
_MOST_KINDS = 1000  # remembered at a time; the limit protects memory


@dataclass(slots=True)
class _Seen:
    """When a kind of record was last let through, in seconds, and how many were left out since."""

    logged: float
    left_out: int = 0


class RepeatedErrors(logging.Filter):
    """Lets a warning or error through once in `window_s` seconds; the next one says how many were left out.

    Records are of one kind where logger, level, the first line of the message without its arguments, and the exception
    are the same. Records below WARNING always pass.
    """

    def __init__(self, window_s: float = WINDOW_S) -> None:
        super().__init__()
        self._window_s = window_s
        self._seen: dict[tuple[object, ...], _Seen] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is logged; add the count to its message where others were left out."""
        if record.levelno < logging.WARNING:
            return True
        with self._lock:
            left_out = self._count(_kind(record), time.monotonic())
        if left_out is None:
            return False
        if left_out:
            record.msg = f"{record.getMessage().rstrip()} ({left_out:,} more like this were left out)"
            record.args = None
        return True

    def _count(self, kind: tuple[object, ...], now: float) -> int | None:
        """Return how many records of this kind were left out before this one; None where it is left out itself."""
        seen = self._seen.get(kind)
        if seen is not None and now - seen.logged < self._window_s:
            seen.left_out += 1
            return None
        if seen is None and len(self._seen) >= _MOST_KINDS:
            self._seen.clear()
        self._seen[kind] = _Seen(now)
        return seen.left_out if seen else 0


def _kind(record: logging.LogRecord) -> tuple[object, ...]:
    error = record.exc_info[1] if record.exc_info else None
    return record.name, record.levelno, str(record.msg).partition("\n")[0], type(error), str(error)[:200]


def shorten_log() -> None:
    """Leave repeated errors out of what this process logs, whatever logs it."""
    used: list[logging.Handler | None] = [*logging.getLogger().handlers]
    for handler in (*(used or [logging.lastResort]), *logging.getLogger("uvicorn").handlers):
        if handler:
            handler.addFilter(RepeatedErrors())
