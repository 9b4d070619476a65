"""What tells that a file is as it was written, and what makes it last."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, as 64 hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp_of(path: Path) -> list[int]:
    """Size in bytes and time of the last change in nanoseconds. Raises OSError."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def differs(path: Path, sha256: str, stamp: Sequence[int] | None) -> bool:
    """Whether the file is missing or has another SHA-256; where it has the `stamp` given it is not read."""
    try:
        return not (stamp is not None and stamp_of(path) == stamp) and sha256_of(path) != sha256
    except OSError:
        return True


def sync(folder: Path) -> None:
    """Have all that is in `folder` on the disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk."""
    if os.name == "nt":  # Windows cannot open a folder, and renames there are journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
