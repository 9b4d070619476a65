"""Finds stored text again by hashes of all its windows of 24 bytes (shingles). White space does not count.

The text itself is not kept, only 64 bits for each window. Time is n log m for n bytes searched and m windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

SHINGLE_BYTES = 24
FOUND_BYTES = 31
"""The length, in bytes of UTF-8 without white space, from which a run of the text is found for certain."""
_WORD = 8
_BLOCK_BYTES = 1 << 24
_SPACE = b" \t\n\r\x0b\x0c"

Hashes = npt.NDArray[np.uint64]


class Shingles:
    """A set of windows of texts, as sorted hashes."""

    def __init__(self, hashes: Hashes | None = None) -> None:
        self.hashes: Hashes = np.zeros(0, np.uint64) if hashes is None else np.unique(hashes)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Shingles:
        """Return all windows of `texts`."""
        parts = [_all_hashes(_dense(text)) for text in texts]
        return cls(np.concatenate(parts) if parts else None)

    def __len__(self) -> int:
        return len(self.hashes)

    @classmethod
    def union(cls, sets: Sequence[Shingles]) -> Shingles:
        """Return the windows of all `sets`, at least one."""
        return cls(np.concatenate([windows.hashes for windows in sets]))

    def without(self, texts: Iterable[str]) -> Shingles:
        """Return the windows that are in none of `texts`."""
        also = np.zeros(len(self), bool)
        for text in texts:
            places, same = self._places(_all_hashes(_dense(text)))
            also[places[same]] = True
        return Shingles(self.hashes[~also])

    def found_in(self, data: bytes) -> bool:
        """Return whether `data`, text in UTF-8 between any bytes, holds a window. Runs of FOUND_BYTES or more are found
        for certain, shorter ones by chance."""
        return self._found(data.translate(None, _SPACE))

    def found_in_file(self, path: Path) -> bool:
        """Return the same for the bytes of a file. Raises OSError."""
        return any(self._found(block) for block in _blocks(path))

    def _found(self, dense: bytes) -> bool:
        return bool(len(self) and self._places(_hashes(dense))[1].any())

    def _places(self, hashes: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """For each hash, the place in the set where it would be, and whether it is there."""
        if not len(self):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), bool)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self) - 1)
        return places, self.hashes[places] == hashes


def text_windows(text: str) -> Hashes:
    """Return the hashes of all windows of a text, in any order."""
    return _all_hashes(_dense(text))


def _dense(text: str) -> bytes:
    return "".join(text.split()).encode("utf-8", "surrogatepass")


def _blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file without white space. Each block begins with the end of the one before."""
    end = b""
    with path.open("rb") as file:
        while data := file.read(_BLOCK_BYTES):
            block = end + data.translate(None, _SPACE)
            yield block
            end = block[-(FOUND_BYTES - 1) :]


def _all_hashes(dense: bytes) -> Hashes:
    """The hashes of the windows at all places."""
    return np.concatenate([_hashes(dense[first:]) for first in range(_WORD)])


def _hashes(dense: bytes) -> Hashes:
    """The hashes of the windows at every eighth place."""
    words = np.frombuffer(dense, "<u8", len(dense) // _WORD).astype(np.uint64)
    if len(words) < SHINGLE_BYTES // _WORD:
        return np.zeros(0, np.uint64)
    # The steps of splitmix64: each bit of a word changes all bits of its hash.
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    factors = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)
    first, second, third = (np.uint64(factor) for factor in factors)
    return np.asarray(words[:-2] * first + words[1:-1] * second + words[2:] * third, np.uint64)
