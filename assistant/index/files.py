"""The files of a generation: arrays that grow on disk, mapped arrays, checksums, and writing through to the disk."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.storage.atomic_file import sync_folder

MAPPED_BYTES = 1_800_000_000
"""Mapped files that may count as memory of the process before postings and sentence vectors are given back."""
MAPPED_VECTOR_BYTES = 2_000_000_000
"""The same for the vectors of chunks. More, because more of them is used again: the others go first."""
MEMORY = Path("/proc/self/statm")  # of this process, in pages; the third number is what it has mapped of files


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file's bytes as 64 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp_of(path: Path) -> list[int]:
    """Return the size in bytes and the time of the last change in nanoseconds. Raises OSError."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def differs(path: Path, sha256: str, stamp: Sequence[int] | None) -> bool:
    """Return whether the file is missing or has another SHA-256.

    A file that has the given `stamp` (see `stamp_of`) counts as unchanged and is not read.
    """
    try:
        return not (stamp is not None and stamp_of(path) == stamp) and sha256_of(path) != sha256
    except OSError:
        return True


def sync(folder: Path) -> None:
    """Write all files and names in `folder` through to the disk. Raises OSError."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


class GrowingArray:
    """An .npy file to which rows are appended. After `close` it is the file that `np.save` would write.

    Rows are written, not mapped: on a full disk a write raises OSError, where a mapped page would end the process.
    """

    def __init__(self, path: Path, dtype: npt.DTypeLike, row: tuple[int, ...] = ()) -> None:
        path.parent.mkdir(exist_ok=True)
        self._path = path
        self._dtype = np.dtype(dtype)
        self._row = row
        self._length = 0
        self._file = path.open("wb")
        self._write_header()
        self._start = self._file.tell()

    def __len__(self) -> int:
        return self._length

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Append `rows`, shape (n, *row). Raises OSError."""
        self._file.write(np.ascontiguousarray(rows, self._dtype).data)
        self._length += len(rows)

    def read(self, rows: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
        """Return some of the appended rows, shape (len(rows), *row)."""
        self._file.flush()
        shape = (self._length, *self._row)
        return np.asarray(np.memmap(self._path, self._dtype, "r", self._start, shape)[rows])

    def close(self) -> None:
        """Write the header for the rows that the file now holds, and close it."""
        if not self._file.closed:
            with self._file as file:
                file.seek(0)
                self._write_header()

    def _write_header(self) -> None:
        # NumPy leaves room in it for any number of rows.
        header = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self._length, *self._row),
        }
        np.lib.format.write_array_header_1_0(self._file, header)


class MappedArray:
    """The array in an .npy file, which stays on disk until its rows are used.

    When the mapped files of this process count for more than `most_bytes` of its memory, this array's pages are given
    back. The file `memory` holds that count.

    Raises OSError or ValueError when the file holds no array.
    """

    def __init__(self, path: Path, most_bytes: int, *, memory: Path = MEMORY) -> None:
        array = np.load(path, mmap_mode="r")
        self._map: Any = array.base
        self._array: npt.NDArray[Any] = np.asarray(array)  # still mapped; rows of a memmap are slow
        self._most_bytes, self._memory = most_bytes, memory

    def __len__(self) -> int:
        return len(self._array)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the whole array, mapped unless another `dtype` is asked for."""
        return np.asarray(self._array, dtype)

    def __getitem__(self, rows: Any) -> npt.NDArray[Any]:
        """Return rows: a copy for a list or array of row numbers, mapped rows for a slice."""
        taken = np.asarray(self._array[rows])
        give_back(self._most_bytes, self._map, memory=self._memory)
        return taken


def give_back(most_bytes: int, *maps: mmap.mmap, memory: Path = MEMORY) -> None:
    """Take `maps` out of this process's memory when its mapped files count for more than `most_bytes`.

    Pages that are used again come from the system's file cache at little cost. Does nothing where the system does not
    report the count; Linux does.
    """
    try:
        mapped_bytes = int(memory.read_bytes().split()[2]) * mmap.PAGESIZE
    except OSError:
        return
    if mapped_bytes > most_bytes:
        for file in maps:
            file.madvise(mmap.MADV_DONTNEED)
