"""Switches a running service to a new index generation; each request uses one generation from start to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.ask import Assistant


@dataclass(slots=True)
class _Lease:
    """An assistant, the number of its users, and whether a newer one has replaced it."""

    assistant: Assistant
    users: int = 0
    replaced: bool = False


class Live:
    """Holds the assistant of the live generation; thread-safe.

    `current` returns the number of the live generation, `open_assistant` opens it; their errors are passed on.
    """

    def __init__(self, current: Callable[[], int], open_assistant: Callable[[], Assistant]) -> None:
        self._current = current
        self._open = open_assistant
        self._lock = threading.Lock()
        self._lease = _Lease(open_assistant())

    @contextmanager
    def pinned(self) -> Iterator[Assistant]:
        """Give the current assistant to a `with` block; it stays open, on its generation, until the block ends."""
        with self._lock:
            lease = self._lease
            lease.users += 1
        try:
            yield lease.assistant
        finally:
            self._leave(lease, users=1)

    def refresh(self) -> bool:
        """Switch to the live generation if it is a new one; return whether it was. Running requests keep the old one.

        Raises the errors of opening an index; the old generation then stays in use. Call it from one thread only.
        """
        if self._current() == self._lease.assistant.manifest.generation:
            return False
        self._replace(_Lease(self._open()))
        return True

    def close(self) -> None:
        """Close the index after its last user has left."""
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
