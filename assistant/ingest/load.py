"""Sources → Documents: the one function that the pipeline calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.clean import recurring_lines
from assistant.ingest.jsonl import read_jsonl
from assistant.ingest.overrides import FILE_NAME, Entry, read_entries
from assistant.ingest.packed import Packed, RefusedError
from assistant.ingest.parse import Draft, draft, finish, packed_draft
from assistant.ingest.read import UnreadableFileError, open_bytes, packed_kind, read_bytes, read_text
from assistant.ingest.site_furniture import drop_site_furniture
from assistant.ingest.worker import Worker
from assistant.records import Document, Failure

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in the order of their sources, and what could not be read."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read; `name` is its path within the source, which is also its doc_id."""

    path: Path
    name: str
    entries: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was read at `where`: a document, a draft of one, or why there is none."""

    where: str
    item: Draft | Document | Failure
    entries: dict[str, Entry]


def load_documents(
    sources: Sequence[str],
    *,
    leave_out: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """Read all documents of `sources`: folders, files, or .jsonl files of documents.

    What is below the folder `leave_out` (the index, when it lies in a source) is no document. One file that cannot
    be read becomes a Failure and stops nothing. `on_progress` is called with the number of files read and of all
    files. Raises SourceError for a source that does not exist, an empty folder, an address, or a wrong sources.toml.
    """
    index = leave_out.resolve() if leave_out else None
    files = [file for source in sources for file in _files(source, index)]
    outcomes: list[_Outcome] = []
    with Worker() as worker:
        for done, file in enumerate(files, start=1):
            outcomes.extend(_Outcome(where, item, file.entries) for where, item in _read(file, worker))
            if on_progress is not None:
                on_progress(done, len(files))
    drafts = [outcome.item for outcome in outcomes if isinstance(outcome.item, Draft)]
    recurring = recurring_lines([item.units for item in drafts if item.units])
    documents: dict[str, Document] = {}
    failures: list[Failure] = []
    for outcome in outcomes:
        finished = _finish(outcome, recurring)
        if isinstance(finished, Failure):
            failures.append(finished)
        elif finished.doc_id in documents:
            error = f"Another document has the id {finished.doc_id!r} already."
            failures.append(Failure(outcome.where, error, "Rename one of the two."))
        else:
            documents[finished.doc_id] = finished
    pages = {item.doc_id for item in drafts if item.page and item.doc_id in documents}
    documents = drop_site_furniture(documents, pages)
    failures.extend(_entries_without_document(files, documents))
    return Loaded(tuple(documents.values()), tuple(failures))


def _files(source: str, leave_out: Path | None) -> list[_File]:
    """The files of one source, sorted."""
    if _URL.match(source):
        raise SourceError(
            f"The source {source} is an address; this version reads files only.",
            "Save the page as .html into a folder and name that folder.",
        )
    try:
        path = Path(source).expanduser()
        if path.is_file():
            return [_File(path, path.name, {})]
        if not path.is_dir():
            raise SourceError(
                f"The source {source} does not exist.",
                "Check the path, or create the folder and put documents in.",
            )
        found = _walk(path, leave_out)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: "~name" without such a user
        raise SourceError(f"The source {source!r} cannot be read: {error}.", "Check the path.") from None
    entries = read_entries(path)
    if not found:
        raise SourceError(
            f"The source folder {source} holds no documents.", "Put .html, .pdf, .docx, .txt, .md or .jsonl files in."
        )
    return [_File(file, file.relative_to(path).as_posix(), entries) for file in found]


def _walk(folder: Path, leave_out: Path | None) -> list[Path]:
    """All files below `folder`, sorted; not the hidden ones, nor what a link outside leads to."""
    root = folder.resolve()
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or path.is_dir():
            continue
        if relative.as_posix() == FILE_NAME or path.stem.upper() == "README":
            continue
        target = _target(path)
        if leave_out is not None and target.is_relative_to(leave_out):
            continue
        if target.is_relative_to(root) and (path.is_file() or path.is_symlink()):
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _target(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return path.absolute()


def _read(file: _File, worker: Worker) -> Iterable[tuple[str, Draft | Document | Failure]]:
    shown = file.name.encode("utf-8", "replace").decode("utf-8")
    if shown != file.name:  # it could be neither stored nor linked to
        return [(shown, Failure(shown, "The file's name is not UTF-8.", "Rename the file."))]
    if _UNPRINTABLE.search(shown):  # it would break the lines, or the terminal, that it is shown in
        shown = shown.encode("unicode_escape").decode()
        return [(shown, Failure(shown, "The file's name holds line breaks or control characters.", "Rename the file."))]
    try:
        if file.path.suffix.lower() in (".jsonl", ".ndjson"):
            with open_bytes(file.path, file.name) as lines:
                return list(read_jsonl(lines, file.name)) or [(file.name, _nothing(file.name))]
        data = read_bytes(file.path, file.name)
        kind = packed_kind(data)
        if kind is not None:
            return _read_packed(file.name, worker.read(kind, data))
        return [(file.name, draft(file.name, read_text(data, file.name)))]
    except UnreadableFileError as error:
        return [(file.name, error.failure)]
    except RefusedError as error:
        return [(file.name, Failure(file.name, error.error, error.hint))]
    except (RecursionError, MemoryError):
        failure = Failure(file.name, "The file is nested too deeply or too large.", "Simplify or split it.")
        return [(file.name, failure)]


def _read_packed(name: str, packed: Packed) -> Iterable[tuple[str, Draft | Failure]]:
    """The document, and a failure beside it where some of its pages could not be read."""
    yield name, packed_draft(name, packed)
    if packed.unread:
        pages = "1 page is a picture" if packed.unread == 1 else f"{packed.unread} pages are pictures"
        hint = "Run text recognition (OCR) over the file, for example with ocrmypdf."
        yield name, Failure(name, f"{pages} without text, and not read; the other pages are.", hint)


def _finish(outcome: _Outcome, recurring: frozenset[str]) -> Document | Failure:
    item = outcome.item
    if isinstance(item, Failure):
        return item
    document = finish(item, recurring) if isinstance(item, Draft) else item
    if document is None:
        return _nothing(outcome.where)
    entry = outcome.entries.get(document.doc_id)
    return entry.applied(document) if entry else document


def _entries_without_document(files: Sequence[_File], documents: Collection[str]) -> Iterable[Failure]:
    names = {file.name for file in files}
    missing = {doc_id for file in files for doc_id in file.entries if doc_id not in names | set(documents)}
    for doc_id in sorted(missing):
        yield Failure(f"{FILE_NAME}: {doc_id}", "There is no such file.", "Correct the name or remove the entry.")


def _nothing(name: str) -> Failure:
    return Failure(name, "The file holds no text.", "Check what was saved, split it if it is very large, or remove it.")
