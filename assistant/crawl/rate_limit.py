"""Whose turn it is: a pause between two requests to a server, and only so many at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RateLimiter:
    """Hands out turns by server; `wait` (seconds) and `clock` can be others in tests."""

    def __init__(
        self,
        concurrency: int,
        *,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._concurrency = concurrency
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._free: dict[str, threading.Semaphore] = {}
        self._next: dict[str, float] = {}

    @contextmanager
    def turn(self, server: str, pause_s: float) -> Iterator[None]:
        """Wait for one's turn and have it; the next one's begins at least `pause_s` after the beginning of this."""
        with self._lock:
            free = self._free.setdefault(server, threading.Semaphore(self._concurrency))
        with free:
            with self._lock:
                now = self._clock()
                start = max(now, self._next.get(server, now))
                self._next[server] = start + pause_s
            if start > now:
                self._wait(start - now)
            yield

    def hold(self, server: str, seconds: float) -> None:
        """Nobody asks `server` for so long, because it wished that."""
        with self._lock:
            self._next[server] = max(self._next.get(server, 0.0), self._clock() + seconds)
