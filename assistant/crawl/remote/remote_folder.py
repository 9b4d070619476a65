"""One folder on a file server: lists its files and reads them, within limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.crawl.remote.remote_connection import FileSystem
from assistant.crawl.remote.remote_error import RemoteError, remote_error

MAX_FILE_BYTES = 50_000_000
"""Of a file, as of one on this machine."""
_MAX_DEPTH = 40
_BLOCK_BYTES = 1 << 20
_VERSION_FIELDS = ("modified", "mtime", "LastModified", "last_modified", "created")


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A file in a folder: its name within, its path on the server, and its version (ETag, else size and time)."""

    name: str
    path: str
    version: str | None


class RemoteFolder:
    """The folder `root` of a file system. Reading one file may take `timeout_s` seconds."""

    def __init__(self, file_system: FileSystem, root: str, timeout_s: float) -> None:
        self._files = file_system
        self._root = root
        self._timeout_s = timeout_s

    def entries(self, enters: Callable[[str], bool]) -> Iterator[RemoteEntry | tuple[str, RemoteError]]:
        """Yield all files, and for a folder that cannot be listed its name and the error.

        `enters` says by its name whether a folder is listed. Raises RemoteError if the root cannot be.
        """
        waiting = [(self._root, 0)]
        while waiting:
            folder, depth = waiting.pop()
            try:
                found = self._files.ls(folder, detail=True)
            except Exception as error:  # of whichever library
                if depth == 0:
                    raise remote_error(error) from None
                yield self._name(folder), remote_error(error)
                continue
            for item in sorted(found, key=lambda item: str(item["name"]), reverse=True):
                path = str(item["name"])
                name = self._name(path)
                if name in ("", self._name(folder)):  # some servers list the folder itself
                    continue
                if item.get("type") != "directory":
                    yield RemoteEntry(name, path, _version(item))
                elif depth < _MAX_DEPTH and enters(name):
                    waiting.append((path, depth + 1))

    def read(self, entry: RemoteEntry) -> tuple[str, bytes]:
        """Return the version and the bytes of a file. Raises RemoteError, also when it changes all the time."""
        version = entry.version
        try:
            for _ in range(2):
                data = self._bytes(entry.path)
                after = _version(self._files.info(entry.path))
                if after == version:
                    return version or "", data
                version = after
        except Exception as error:  # of whichever library
            raise remote_error(error) from None
        raise RemoteError("changing")

    def _bytes(self, path: str) -> bytes:
        ends = time.monotonic() + self._timeout_s
        data = bytearray()
        with self._files.open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                data += block
                if len(data) > MAX_FILE_BYTES:
                    raise RemoteError("too_large")
                if time.monotonic() > ends:
                    raise TimeoutError
        return bytes(data)

    def _name(self, path: str) -> str:
        """Return a path within the root, with slashes."""
        root, inside = self._root.strip("/"), path.replace("\\", "/").strip("/")
        return inside.removeprefix(root).strip("/") if not root or f"{inside}/".startswith(f"{root}/") else ""


def _version(item: Mapping[str, Any]) -> str | None:
    """Return what changes whenever a file does, None where the server states nothing."""
    tag = item.get("etag") or item.get("ETag")
    if tag:
        return f"{tag} {item.get('size')}"
    times = [str(item[name]) for name in _VERSION_FIELDS if item.get(name)]
    return f"{item.get('size')} {times[0]}" if times else None
