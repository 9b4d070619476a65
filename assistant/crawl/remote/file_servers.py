"""Reads the files of folders on file servers; what is unchanged is taken from the copies of earlier builds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.crawl.remote.remote_address import RemoteAddress, find_password, parse_address
from assistant.crawl.remote.remote_cache import VERSION_CHARS, RemoteCache
from assistant.crawl.remote.remote_connection import connect, disconnect
from assistant.crawl.remote.remote_error import RemoteError, remote_error
from assistant.crawl.remote.remote_folder import RemoteEntry, RemoteFolder
from assistant.errors import SourceError
from assistant.protocols import RemoteFile
from assistant.records import Failure
from assistant.text.control_characters import has_control

_THREADS = 4
_GIVEN_UP = 3
"""Files in a row that a server may not answer for; then it is not asked for the others."""


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """Limits of reading: files of one source, seconds for an answer and for a file. `passwords` are by user@host."""

    files: int = 10_000
    timeout_s: float = 30.0
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)


class FileServers:
    """Finds and reads the files of remote folders; use it in a `with`.

    Files are copied into the SQLite file `path`. When the block ends without an error, copies that the sources no
    longer lead to are deleted. `on_progress` is called with the number of files done and known.
    """

    def __init__(
        self, path: Path, limits: RemoteLimits | None = None, *, on_progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._limits = limits or RemoteLimits()
        self._cache = RemoteCache(path)
        self._report = on_progress or (lambda _done, _known: None)

    def __enter__(self) -> FileServers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        disconnect()
        with closing(self._cache):
            if kind is None:
                self._cache.forget_unused()

    def find(
        self, source: str, reads: Callable[[str], bool], enters: Callable[[str], bool]
    ) -> tuple[list[RemoteFile], list[Failure]]:
        """Return the files of the folder `source` and the failures; `reads` and `enters` say by the name within the
        source whether a file is read and a folder entered.

        What cannot be read stays as it was read before. Raises SourceError if the address is wrong, has a password in
        it, or needs a password or a library that is not there; StoreError.
        """
        address = parse_address(source)
        password = find_password(address, self._limits.passwords)
        try:
            folder = RemoteFolder(*connect(address, password, self._limits.timeout_s), self._limits.timeout_s)
            entries, failures = self._list(address, folder, reads, enters)
        except SourceError:
            raise
        except Exception as error:  # of whichever library
            return self._as_before(address, remote_error(error), reads)
        names, unread = self._read_all(address, folder, entries)
        files = {name: RemoteFile(address.shown, name) for name in names}
        for place, _ in failures:
            below = [name for name in self._cache.names(address.shown) if f"{name}/".startswith(f"{place}/")]
            for name in filter(reads, below):
                self._cache.keep(address.shown, name)
                files[name] = RemoteFile(address.shown, name)
        failed = [Failure(f"{address.shown}/{name}", why.error, why.hint) for name, why in (*failures, *unread)]
        return [files[name] for name in sorted(files)], failed

    def body(self, file: RemoteFile) -> bytes:
        """Return the bytes of a file that `find` returned. Raises StoreError."""
        return self._cache.body(file.folder, file.name)

    def forget(self, file: RemoteFile) -> None:
        """Delete the copy of a file that `find` returned. Raises StoreError."""
        self._cache.forget(file.folder, file.name)

    def _list(
        self,
        address: RemoteAddress,
        folder: RemoteFolder,
        reads: Callable[[str], bool],
        enters: Callable[[str], bool],
    ) -> tuple[list[RemoteEntry], list[tuple[str, RemoteError]]]:
        entries: list[RemoteEntry] = []
        failures: list[tuple[str, RemoteError]] = []
        for found in folder.entries(lambda name: not _is_left_out(name) and enters(name)):
            if not isinstance(found, RemoteEntry):
                failures.append(found)
            elif has_control(found.name):
                failures.append((found.name.encode("unicode_escape").decode(), RemoteError("named")))
            elif not _is_left_out(found.name) and reads(found.name):
                entries.append(found)
                if len(entries) > self._limits.files:
                    raise SourceError(
                        f"{address.shown} holds more than {self._limits.files:,} files.",
                        "Name a smaller folder, leave some out with --exclude, or raise fetch.pages.",
                    )
        return sorted(entries, key=lambda entry: entry.name), failures

    def _read_all(
        self, address: RemoteAddress, folder: RemoteFolder, entries: list[RemoteEntry]
    ) -> tuple[list[str], list[tuple[str, RemoteError]]]:
        """Read the new and changed files; return the names of all that there are copies of, and the failures."""
        names: list[str] = []
        failures: list[tuple[str, RemoteError]] = []
        silent = 0

        def read(entry: RemoteEntry) -> RemoteError | None:
            return RemoteError("down") if silent >= _GIVEN_UP else self._read(address, folder, entry)

        for done, (entry, error) in enumerate(_parallel(read, entries), start=1):
            silent = silent + 1 if error is not None and error.kind == "down" else 0
            if error is not None:
                failures.append((entry.name, error))
            if self._cache.version(address.shown, entry.name) is not None:
                names.append(entry.name)
            self._report(done, len(entries))
        return names, failures

    def _read(self, address: RemoteAddress, folder: RemoteFolder, entry: RemoteEntry) -> RemoteError | None:
        """Read a file unless the copy of it is as new. What was read before stays, but for a file that is gone."""
        known = self._cache.version(address.shown, entry.name)
        if known is not None:
            self._cache.keep(address.shown, entry.name)
            if entry.version is not None and known == entry.version[:VERSION_CHARS]:
                return None
        try:
            version, data = folder.read(entry)
        except RemoteError as error:
            if error.kind == "gone":
                self._cache.forget(address.shown, entry.name)
            return error
        self._cache.put(address.shown, entry.name, version, data)
        return None

    def _as_before(
        self, address: RemoteAddress, error: RemoteError, reads: Callable[[str], bool]
    ) -> tuple[list[RemoteFile], list[Failure]]:
        """Return the files as they were read before."""
        names = [name for name in self._cache.names(address.shown) if reads(name)]
        for name in names:
            self._cache.keep(address.shown, name)
        stays = f" {len(names)} files stay as they were read before." if names else ""
        return [RemoteFile(address.shown, name) for name in names], [
            Failure(address.shown, error.error + stays, error.hint)
        ]


def _is_left_out(name: str) -> bool:
    """Return whether a file or folder is none that is read from a folder on this machine: hidden, or a README."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or path.stem.upper() == "README" or name == "sources.toml"


def _parallel(
    read: Callable[[RemoteEntry], RemoteError | None], entries: list[RemoteEntry]
) -> Iterator[tuple[RemoteEntry, RemoteError | None]]:
    threads = ThreadPoolExecutor(_THREADS, "fetch")
    try:
        yield from zip(entries, threads.map(read, entries), strict=True)
    finally:
        threads.shutdown(cancel_futures=True)
