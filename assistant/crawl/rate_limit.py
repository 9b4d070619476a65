"""The rate limiter: a pause between two requests to one server, and a limit of requests at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class RateLimiter:
    """Limits the requests to each server: at most `concurrency` at a time.

    Tests replace `wait` (seconds) and `clock`.
    """

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
    def slot(self, server: str, pause_s: float) -> Iterator[None]:
        """Wait for a slot of `server` and hold it in the block; the next one starts at least `pause_s` seconds after
        this one.
        """
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

    def pause(self, server: str, seconds: float) -> None:
        """Send no request to `server` for `seconds` seconds."""
        with self._lock:
            self._next[server] = max(self._next.get(server, 0.0), self._clock() + seconds)
