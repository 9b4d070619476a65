"""Sources → Documents: the one function that the pipeline calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.clean import recurring_lines
from assistant.ingest.jsonl import read_jsonl
from assistant.ingest.overrides import FILE_NAME, Entry, read_entries
from assistant.ingest.parse import Draft, draft, finish
from assistant.ingest.read import UnreadableFileError, read_text
from assistant.records import Document, Failure

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in the order of their sources, and what could not be read."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read; `doc_id` is its path within the source, `name` what messages call it."""

    path: Path
    doc_id: str
    name: str
    entries: dict[str, Entry]


def load_documents(sources: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None) -> Loaded:
    """Read all documents of `sources`: folders, files, or .jsonl files of documents.

    One file that cannot be read becomes a Failure and stops nothing. `on_progress` is called with the number
    of files read and of all files. Raises SourceError for a source that does not exist, an empty folder, an
    address, or a wrong sources.toml.
    """
    failures: list[Failure] = []
    files = [file for source in sources for file in _files(source, failures)]
    outcomes: list[Draft | Document | Failure] = []
    for done, file in enumerate(files, start=1):
        outcomes.extend(_read(file))
        if on_progress is not None:
            on_progress(done, len(files))
    recurring = recurring_lines([item.units for item in outcomes if isinstance(item, Draft) and item.units])
    entries = {file.doc_id: file.entries.get(file.doc_id) for file in files}
    documents: dict[str, Document] = {}
    for item in outcomes:
        finished = _finish(item, recurring, entries)
        if isinstance(finished, Failure):
            failures.append(finished)
        elif finished.doc_id in documents:
            failures.append(Failure(finished.doc_id, "Another document has the same id.", "Rename one of the two."))
        else:
            documents[finished.doc_id] = finished
    return Loaded(tuple(documents.values()), tuple(failures))


def _files(source: str, failures: list[Failure]) -> list[_File]:
    """The files of one source; an entry of sources.toml without a file is added to `failures`."""
    if _URL.match(source):
        raise SourceError(
            f"The source {source} is an address; this version reads files only.",
            "Save the page as .html into a folder and name that folder.",
        )
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            found = _walk(path)
        elif path.exists():
            return [_File(path, path.name, source, {})]
        else:
            raise SourceError(
                f"The source {source} does not exist.", "Check the path, or create the folder and put documents in."
            )
    except OSError as error:
        raise SourceError(f"The source {source} cannot be read: {error.strerror}.", "Check the path.") from None
    entries = read_entries(path)
    if not found:
        raise SourceError(f"The source folder {source} holds no documents.", "Put .html, .txt, .md or .jsonl files in.")
    names = [file.relative_to(path).as_posix() for file in found]
    for doc_id in entries.keys() - set(names):
        failures.append(
            Failure(f"{FILE_NAME}: {doc_id}", "There is no such file.", "Correct the name or remove the entry.")
        )
    return [_File(file, name, name, entries) for file, name in zip(found, names, strict=True)]


def _walk(folder: Path) -> list[Path]:
    """All files below `folder`, sorted; not the hidden ones, nor what a link outside leads to."""
    root = folder.resolve()
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or path.is_dir():
            continue
        if path.name == FILE_NAME or path.stem.upper() == "README":
            continue
        if not path.resolve().is_relative_to(root):
            continue
        if path.is_file() or path.is_symlink():
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _read(file: _File) -> Iterable[Draft | Document | Failure]:
    try:
        text = read_text(file.path, file.name)
    except UnreadableFileError as error:
        return [error.failure]
    if file.path.suffix.lower() in (".jsonl", ".ndjson"):
        return list(read_jsonl(text, file.name)) or [_nothing(file.name)]
    try:
        return [draft(file.doc_id, text)]
    except (RecursionError, MemoryError):
        return [Failure(file.name, "The file is too deeply nested or too large to read.", "Simplify or split it.")]


def _finish(
    item: Draft | Document | Failure, recurring: frozenset[str], entries: dict[str, Entry | None]
) -> Document | Failure:
    if isinstance(item, Failure):
        return item
    document = finish(item, recurring) if isinstance(item, Draft) else item
    if document is None:
        return _nothing(item.doc_id)
    entry = entries.get(document.doc_id)
    return entry.applied(document) if entry else document


def _nothing(name: str) -> Failure:
    return Failure(name, "The file holds no text.", "Check what was saved, or remove the file.")
