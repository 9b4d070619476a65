"""Write a file in one step: a reader sees the old content or the new, never a part of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_file(path: Path, content: str | bytes, *, shared: bool = False) -> None:
    r"""Write `content` into `path` in one step, and have it on the disk; text as UTF-8 with "\n" line ends.

    The content goes to a temporary file beside `path`, which then takes its name. After a failure the old file is
    there and no temporary one; after a kill, a file "*.partial" may be left, which the next writer overwrites. With
    `shared`, several processes and threads may write the same file at once; what one that is killed leaves then stays.

    Raises OSError, and UnicodeEncodeError for half a surrogate pair.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    writer = f".{os.getpid()}.{threading.get_ident()}" if shared else ""
    partial = path.with_name(f"{path.name}{writer}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk. Raises OSError."""
    if os.name == "nt":  # Windows cannot open a folder, and renames there are journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
