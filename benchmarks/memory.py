"""Memory of this process, in MB: "anonymous", what is its own, and "resident", with the files that it has mapped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EVERY_S = 0.05
_FIELDS = {"anonymous": "RssAnon:", "resident": "VmRSS:"}


def memory_now() -> dict[str, float]:
    """What it takes now."""
    status = Path("/proc/self/status").read_text().split()
    return {name: int(status[status.index(field) + 1]) / 1024 for name, field in _FIELDS.items()}


@contextmanager
def peak_memory() -> Iterator[dict[str, float]]:
    """The most it takes until the block ends, sampled every 50 ms; to be read at any time."""
    peak = memory_now()
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_EVERY_S):
            for name, megabytes in memory_now().items():
                peak[name] = max(peak[name], megabytes)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield peak
    finally:
        ended.set()
        sampler.join()
