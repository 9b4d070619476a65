"""An index that is replaced while it is asked: each request sees one whole generation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.ask import Assistant


@dataclass(slots=True)
class _Lease:
    """An assistant, how many use it, and whether another has taken its place."""

    assistant: Assistant
    users: int = 0
    replaced: bool = False


class Live:
    """The assistant of the generation that is live; may be shared between threads.

    `current` tells the number of the live generation, `open_assistant` opens it; both raise what they raise.
    """

    def __init__(self, current: Callable[[], int], open_assistant: Callable[[], Assistant]) -> None:
        self._current = current
        self._open = open_assistant
        self._lock = threading.Lock()
        self._lease = _Lease(open_assistant())

    @contextmanager
    def pinned(self) -> Iterator[Assistant]:
        """The assistant of now, which stays open and on its generation for the length of the block."""
        with self._lock:
            lease = self._lease
            lease.users += 1
        try:
            yield lease.assistant
        finally:
            self._leave(lease, users=1)

    def refresh(self) -> bool:
        """Go over to the live generation if it is another; whether it was. Whoever has pinned the old one keeps it.

        Raises what opening raises: what was there is then asked on. To be called by one thread.
        """
        if self._current() == self._lease.assistant.manifest.generation:
            return False
        self._replace(_Lease(self._open()))
        return True

    def close(self) -> None:
        """Close the index as soon as nobody uses it."""
        with self._lock:
            self._lease.replaced = True
        self._leave(self._lease)

    def _replace(self, lease: _Lease) -> None:
        with self._lock:
            before, self._lease = self._lease, lease
            before.replaced = True
        self._leave(before)

    def _leave(self, lease: _Lease, *, users: int = 0) -> None:
        with self._lock:
            lease.users -= users
            last = lease.replaced and lease.users == 0
        if last:
            lease.assistant.close()
