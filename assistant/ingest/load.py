"""Sources → Documents: the one function that the pipeline calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.clean import recurring_lines
from assistant.ingest.jsonl import read_jsonl
from assistant.ingest.kept import KeptDrafts, Read
from assistant.ingest.overrides import FILE_NAME, Entry, read_entries
from assistant.ingest.packed import Packed, RefusedError
from assistant.ingest.parse import Draft, draft, finish, packed_draft
from assistant.ingest.read import (
    UnreadableFileError,
    open_bytes,
    packed_kind,
    read_bytes,
    read_text,
    refuse_empty,
)
from assistant.ingest.site_furniture import drop_site_furniture
from assistant.ingest.web import addressed, listed_addresses
from assistant.ingest.worker import Worker
from assistant.records import Document, Failure, Page
from assistant.seams import WebReader

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HEAD_BYTES = 100_000
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
    """What was read at `where`: a document, a draft of one, or why there is none; and the page it is of, if any."""

    where: str
    item: Draft | Document | Failure
    entries: dict[str, Entry]
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class _Readers:
    """What reads: PDF and Word files, the web, and what was read before."""

    worker: Worker
    web: WebReader | None
    kept: KeptDrafts | None


def load_documents(
    sources: Sequence[str],
    *,
    web: WebReader | None = None,
    kept: KeptDrafts | None = None,
    leave_out: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """Read all documents of `sources`: folders, files, .jsonl files of documents, and through `web` addresses, or .txt
    files of nothing but addresses.

    What `kept` read before is not parsed again. What is below the folder `leave_out` (the index, when it lies in a
    source) is no document. One file or page that cannot be read becomes a Failure and stops nothing. `on_progress` is
    called with the number of files and pages read and of all. Raises SourceError for a source that does not exist, an
    empty folder, an address that is refused, or a wrong sources.toml; StoreError.
    """
    index = leave_out.resolve() if leave_out else None
    places = [place for source in sources for place in _places(source, index, web)]
    outcomes: list[_Outcome] = []
    with Worker() as worker:
        readers = _Readers(worker, web, kept)
        for done, place in enumerate(places, start=1):
            outcomes.extend(_outcomes(place, readers))
            if on_progress is not None:
                on_progress(done, len(places))
    drafts = [outcome.item for outcome in outcomes if isinstance(outcome.item, Draft)]
    recurring = recurring_lines([item.units for item in drafts if item.units])
    finished = [(outcome, _finish(outcome, recurring)) for outcome in outcomes]
    pages = addressed([(o.page, item) for o, item in finished if o.page and isinstance(item, Document)])
    documents: dict[str, Document] = {}
    html: set[str] = set()
    failures: list[Failure] = []
    for outcome, item in finished:
        if isinstance(item, Failure):
            failures.append(item)
            continue
        document = pages[outcome.page.url] if outcome.page else item
        if document.doc_id not in documents:
            documents[document.doc_id] = document
            if isinstance(outcome.item, Draft) and outcome.item.page:
                html.add(document.doc_id)
        elif outcome.page is None:
            error = f"Another document has the id {document.doc_id!r} already."
            failures.append(Failure(outcome.where, error, "Rename one of the two."))
    documents = drop_site_furniture(documents, html)
    failures.extend(_entries_without_document([place for place in places if isinstance(place, _File)], documents))
    return Loaded(tuple(documents.values()), tuple(failures))


def _places(source: str, leave_out: Path | None, web: WebReader | None) -> Sequence[_File | Page | Failure]:
    """The files or pages of one source, and what of it failed."""
    addresses = [source] if _URL.match(source) else listed_addresses(source)
    if not addresses:
        return _files(source, leave_out)
    if web is None:
        raise SourceError(
            f"The source {source} is an address, and there is nothing to fetch it with.",
            "Save the page as .html and name that file.",
        )
    pages, failures = web.find(addresses)
    return [*pages, *failures]


def _outcomes(place: _File | Page | Failure, readers: _Readers) -> Iterable[_Outcome]:
    if isinstance(place, Failure):
        yield _Outcome(place.source, place, {})
    elif isinstance(place, _File):
        for where, item in _read(place, readers):
            yield _Outcome(where, item, place.entries)
    elif (web := readers.web) is not None:
        for where, item in _guarded(place.url, lambda: _read_data(place.url, web.body(place), readers, place.charset)):
            yield _Outcome(where, item, {}, place)


def _files(source: str, leave_out: Path | None) -> list[_File]:
    """The files of one source, sorted."""
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


def _read(file: _File, readers: _Readers) -> Read:
    shown = file.name.encode("utf-8", "replace").decode("utf-8")
    if shown != file.name:  # it could be neither stored nor linked to
        return [(shown, Failure(shown, "The file's name is not UTF-8.", "Rename the file."))]
    if _UNPRINTABLE.search(shown):  # it would break the lines, or the terminal, that it is shown in
        shown = shown.encode("unicode_escape").decode()
        return [(shown, Failure(shown, "The file's name holds line breaks or control characters.", "Rename the file."))]

    def read() -> Read:
        if file.path.suffix.lower() in (".jsonl", ".ndjson"):
            with open_bytes(file.path, file.name) as lines:
                if packed_kind(lines.read(_HEAD_BYTES)) is None:
                    lines.seek(0)
                    return list(read_jsonl(lines, file.name)) or [(file.name, _nothing(file.name))]
        return _read_data(file.name, read_bytes(file.path, file.name), readers)

    return _guarded(file.name, read)


def _read_data(name: str, data: bytes, readers: _Readers, charset: str | None = None) -> Read:
    """What the bytes of one file or page hold. Raises UnreadableFileError, RefusedError."""

    def read() -> Read:
        kind = packed_kind(data)
        if kind is not None:
            return list(_read_packed(name, readers.worker.read(kind, data)))
        return [(name, draft(name, read_text(data, name, charset)))]

    refuse_empty(data, name)
    return readers.kept.read(name, data, charset, read) if readers.kept else read()


def _guarded(name: str, read: Callable[[], Read]) -> Read:
    """What `read` gives, or as a failure why it gives nothing."""
    try:
        return read()
    except UnreadableFileError as error:
        return [(name, error.failure)]
    except RefusedError as error:
        return [(name, Failure(name, error.error, error.hint))]
    except (RecursionError, MemoryError):
        return [(name, Failure(name, "The file is nested too deeply or too large.", "Simplify or split it."))]


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
