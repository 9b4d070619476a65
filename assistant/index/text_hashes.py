"""Row numbers of many texts, by the hash of each, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from assistant.records import Vectors

Hashes = npt.NDArray[np.bytes_]
"""The first 16 bytes of SHA-256 hashes, shape (n,), dtype S16."""
Rows = npt.NDArray[np.int32]

_DIGITS = 32  # of a hash in hex: two texts with the same first 16 bytes will not be met


class HashRows:
    """The row of each hash, in 20 bytes a hash: a few sorted arrays, each more than twice as long as the next."""

    def __init__(self) -> None:
        self._parts: list[tuple[Hashes, Rows]] = []

    def add(self, hashes: Sequence[str], first: int) -> None:
        """Add `hashes` (SHA-256 in hex), whose rows begin at `first`. A hash added twice keeps either row."""
        if not hashes:
            return
        part = _sorted(_truncated(hashes), np.arange(first, first + len(hashes), dtype=np.int32))
        while self._parts and len(self._parts[-1][0]) <= 2 * len(part[0]):
            longer = self._parts.pop()
            part = _sorted(np.concatenate([longer[0], part[0]]), np.concatenate([longer[1], part[1]]))
        self._parts.append(part)

    def vectors(self, hashes: Sequence[str], read: Callable[[Rows], Vectors]) -> dict[str, Vectors]:
        """Return the vectors, shape (dimension,), of those of `hashes` that were added; `read` returns the vectors of
        rows."""
        wanted = _truncated(hashes)
        found = np.full(len(wanted), -1, np.int32)
        for known, rows in self._parts:
            places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            same = known[places] == wanted
            found[same] = rows[places[same]]
        at = np.flatnonzero(found >= 0)
        return dict(zip([hashes[n] for n in at.tolist()], read(found[at]), strict=True)) if len(at) else {}


def _truncated(hashes: Sequence[str]) -> Hashes:
    return np.frombuffer(bytes.fromhex("".join(sha256[:_DIGITS] for sha256 in hashes)), "S16")


def _sorted(hashes: Hashes, rows: Rows) -> tuple[Hashes, Rows]:
    order = np.argsort(hashes, kind="stable")  # quick where two sorted arrays follow each other
    return hashes[order], rows[order]
