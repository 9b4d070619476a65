"""From sources to files and pages: lists the files of a folder and asks the crawler for pages."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.overrides import FILE_NAME, Entry, read_entries
from assistant.ingest.page_addresses import addresses_of_source
from assistant.ingest.path_patterns import PathPatterns
from assistant.protocols import Page, RemoteFile, RemoteReader, WebReader
from assistant.records import Failure
from assistant.text.addresses import is_remote_folder, shown_address
from assistant.text.control_characters import has_control

_GIT_SECONDS = 60  # a million files take a second
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """A file to read; `name` is its path within the source `folder` and its doc_id, `entries` are those of
    sources.toml.
    """

    folder: str
    name: str
    entries: dict[str, Entry]

    @property
    def path(self) -> Path:
        """The path of the file, made on demand, because there may be very many files."""
        return Path(self.folder, self.name)

    def named_badly(self) -> Failure | None:
        """Return the failure of a file whose name cannot be a doc_id, None for a good name."""
        shown = self.name.encode("utf-8", "replace").decode("utf-8")
        if shown != self.name:  # it could be neither stored nor linked to
            return Failure(shown, "The file's name is not UTF-8.", "Rename the file.")
        if has_control(shown):  # it would break the lines, or the terminal, that it is shown in
            shown = shown.encode("unicode_escape").decode()
            return Failure(shown, "The file's name holds line breaks or control characters.", "Rename the file.")
        return None


def find_places(
    source: str,
    leave_out: Path | None,
    web: WebReader | None,
    patterns: PathPatterns | None = None,
    remote: RemoteReader | None = None,
) -> Sequence[File | Page | RemoteFile | Failure]:
    """Return the files or pages of one source and its failures; nothing below the folder `leave_out`, and of a folder
    only the files that `patterns` let through.

    Raises SourceError if the source does not exist, is an empty folder or a refused URL, or has a wrong sources.toml;
    StoreError if the cache of pages cannot be read or written.
    """
    patterns = patterns or PathPatterns()
    if remote is not None and is_remote_folder(source):
        files, unread = remote.find(source, patterns.reads, lambda folder: not patterns.excludes(folder))
        return [*files, *unread]
    addresses = [source] if _URL.match(source) else addresses_of_source(source)
    if not addresses:
        return _files(source, leave_out, patterns)
    if web is None:
        raise SourceError(
            f"The source {shown_address(source)} is an address, and there is nothing to fetch it with.",
            "Save the page as .html and name that file.",
        )
    pages, failures = web.find(addresses)
    return [*pages, *failures]


def _files(source: str, leave_out: Path | None, patterns: PathPatterns) -> list[File | Failure]:
    """Return the files of one source, sorted; of a Git repository the tracked ones."""
    try:
        path = Path(source).expanduser()
        if path.is_file():
            return [File(str(path.parent), path.name, {})]
        if not path.is_dir():
            raise SourceError(
                f"The source {source} does not exist.",
                "Check the path, or create the folder and put documents in.",
            )
        found = sorted(_walk(path, leave_out, patterns))
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: "~name" without such a user
        raise SourceError(f"The source {source!r} cannot be read: {error}.", "Check the path.") from None
    entries = read_entries(path)
    if not found:
        raise SourceError(
            f"The source folder {source} holds no documents.",
            "Put .html, .pdf, .docx, .xlsx, .pptx, .txt, .md or other files with text in, or exclude less.",
        )
    files: list[File | Failure] = [File(str(path), name, entries) for name in found if patterns.reads(name)]
    if not (path / ".git").exists():
        return files
    tracked = _tracked_files(path)
    if tracked is None:
        unlisted = "It is a Git repository, and Git does not list its files: those that it ignores are read too."
        hint = "Install Git and make it trust the folder, or leave files out (--exclude)."
        return [*files, Failure(source, unlisted, hint)]
    return [file for file in files if isinstance(file, File) and file.name in tracked]


def _tracked_files(repository: Path) -> frozenset[str] | None:
    """Return the paths of the files that Git tracks, None if it does not say. No program that the repository names is
    started."""
    command = ["git", "-C", str(repository), "-c", "core.fsmonitor=false", "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, timeout=_GIT_SECONDS).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return frozenset(os.fsdecode(name) for name in listed.split(b"\0"))


def _walk(folder: Path, leave_out: Path | None, patterns: PathPatterns) -> Iterator[str]:
    """Yield the paths of all files below `folder`, with slashes; not hidden ones, nor links that lead out of it, nor
    what lies in excluded folders."""
    root = folder.resolve()
    for parent, folders, names in os.walk(folder, onerror=_unless_locked):
        folders[:] = [name for name in folders if not name.startswith(".")]
        within = Path(parent).relative_to(folder)
        folders[:] = [name for name in folders if not patterns.excludes((within / name).as_posix())]
        for name in names:
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            if name.startswith(".") or relative == FILE_NAME or path.stem.upper() == "README":
                continue
            target = _target(path)
            if leave_out is not None and target.is_relative_to(leave_out):
                continue
            if target.is_relative_to(root) and (path.is_file() or path.is_symlink()):
                yield relative


def _unless_locked(error: OSError) -> None:
    if not isinstance(error, PermissionError):
        raise error


def _target(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return path.absolute()
