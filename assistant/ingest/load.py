"""Sources → Documents: the one function that the pipeline calls.

Parsed files and documents lie on disk. Memory holds of each only what it is known by, so that there may be very many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.ingest.overrides import FILE_NAME
from assistant.ingest.page_addresses import ALSO_AT, ReadPage, addressed, known_by
from assistant.ingest.parse import ParsedDocument, finish_document
from assistant.ingest.parse_cache import ParseCache
from assistant.ingest.path_patterns import PathPatterns
from assistant.ingest.sandbox.pool import Workers
from assistant.ingest.schedule import Outcome, ParseSchedule, Place, Ready, settled
from assistant.ingest.site_boilerplate import remove_site_boilerplate
from assistant.ingest.sources import File, find_places
from assistant.ingest.stored_documents import StoredDocuments
from assistant.ingest.versions import FileTexts
from assistant.protocols import Page, RemoteFile, RemoteReader, WebReader
from assistant.records import Failure
from assistant.text.addresses import host_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in the order of their sources, which lie on disk until `close` is called, and what could not be
    read."""

    documents: StoredDocuments
    failures: tuple[Failure, ...]
    close: Callable[[], object]


def load_documents(
    sources: Sequence[str],
    *,
    web: WebReader | None = None,
    remote: RemoteReader | None = None,
    cache: ParseCache | None = None,
    leave_out: Path | None = None,
    patterns: PathPatterns | None = None,
    removed: Collection[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
    make_workers: Callable[[], Workers] = Workers,
) -> Loaded:
    """Read all documents of `sources`: folders, files, .jsonl files of documents, through `remote` folders on file
    servers, and through `web` addresses, or .txt files of nothing but addresses.

    Files that `cache` holds are not parsed again; the others are, in processes of their own, which `make_workers`
    makes. The documents lie in the file of `cache` until the Loaded is closed, without one in a nameless temporary
    file. Files below the folder `leave_out` (the index, when it lies in a source) are no documents; of folders only
    those are read that `patterns` let through. One file or page that cannot be read becomes a Failure and stops
    nothing. The documents `removed` are loaded too, because what texts share is learned from all, but the caches keep
    nothing of them. `on_progress` is called with the number of files and pages read and of all.

    Raises SourceError for a source that does not exist, an empty folder, an address that is refused, or a wrong
    sources.toml; StoreError.
    """
    index = leave_out.resolve() if leave_out else None
    patterns = patterns or PathPatterns()
    places = [place for source in sources for place in find_places(source, index, web, patterns, remote)]
    places.extend(patterns.unmatched())
    with ExitStack() as opened:
        stored = opened.enter_context(ParseCache()) if cache is None else cache
        opened.callback(stored.clear)
        schedule = ParseSchedule(places, web, stored, on_progress or (lambda _done, _total: None), remote)
        outcomes = schedule.outcomes(make_workers)
        documents, failures = _finished(places, outcomes, schedule.boilerplate.keys(), stored, web, removed, remote)
        failures.extend(_entries_without_document([place for place in places if isinstance(place, File)], documents))
        return Loaded(StoredDocuments(stored, documents), tuple(failures), opened.pop_all().close)


def _finished(
    places: Sequence[Place],
    outcomes: Sequence[Outcome],
    shared: frozenset[int],
    stored: ParseCache,
    web: WebReader | None,
    removed: Collection[str],
    remote: RemoteReader | None,
) -> tuple[dict[str, int], list[Failure]]:
    """The rows of the documents by doc_id, and the failures, both in order."""
    items = [_ready(outcome, places[outcome.place], shared, stored) for outcome in outcomes]
    addresses = addressed(list(_pages(places, outcomes, items)))
    documents: dict[str, int] = {}
    texts = FileTexts()
    sites: dict[str, list[str]] = {}
    failures: list[Failure] = []
    for outcome, found in zip(outcomes, items, strict=True):
        if isinstance(found, Failure):
            failures.append(found)
            continue
        place = places[outcome.place]
        known = addresses[place.url] if isinstance(place, Page) else None
        doc_id = known.address if known else found.doc_id
        if doc_id in removed:
            stored.forget(outcome.parsed)
            _forget(place, web, remote)
        elif found.same_text and doc_id not in documents and not texts.add(doc_id, found.same_text, found.sketch):
            continue
        if doc_id not in documents:
            row = stored.add_document(known_by(stored.document(known.row), known)) if known else found.row
            documents[doc_id] = row
            if found.host is not None:
                sites.setdefault(sys.intern(host_of(doc_id)) if known else found.host, []).append(doc_id)
        elif known is None:
            error = f"Another document has the id {doc_id!r} already."
            failures.append(Failure(outcome.where, error, "Rename one of the two."))
    _remove_site_boilerplate(sites.values(), documents, stored)
    _note_texts(texts, documents, stored, [place for place in places if isinstance(place, File)])
    return documents, failures


def _forget(place: Place, web: WebReader | None, remote: RemoteReader | None) -> None:
    """Delete the copy of a page or a file of a server."""
    if isinstance(place, Page) and web is not None:
        web.forget(place)
    if isinstance(place, RemoteFile) and remote is not None:
        remote.forget(place)


def _note_texts(texts: FileTexts, documents: dict[str, int], stored: ParseCache, files: Sequence[File]) -> None:
    """Note in the documents of files which others have the same text, and which are versions of each other."""
    places = {file.name: file for file in files}

    def changed(doc_id: str) -> float:
        """Return the time of the last change of a file on this machine, in seconds; 0 for another."""
        try:
            return places[doc_id].path.stat().st_mtime
        except (KeyError, OSError):
            return 0

    for first, others in texts.copies():
        _change(first, documents, stored, also_at=others[:ALSO_AT])
    for versions in texts.versions(lambda doc_id: stored.document(documents[doc_id]), changed):
        for doc_id in versions:
            _change(doc_id, documents, stored, versions=versions)


def _change(doc_id: str, documents: dict[str, int], stored: ParseCache, **changes: Any) -> None:
    documents[doc_id] = stored.add_document(replace(stored.document(documents[doc_id]), **changes))


def _ready(outcome: Outcome, place: Place, shared: frozenset[int], stored: ParseCache) -> Ready | Failure:
    """The document of an outcome: that of a plain text is made now."""
    if not isinstance(outcome.item, int):
        return outcome.item
    parsed = stored.get(outcome.item)
    assert isinstance(parsed, ParsedDocument)
    return settled(place, outcome.where, finish_document(parsed, shared), 0, stored)


def _pages(
    places: Sequence[Place], outcomes: Sequence[Outcome], items: Sequence[Ready | Failure]
) -> Iterable[ReadPage]:
    for outcome, found in zip(outcomes, items, strict=True):
        place = places[outcome.place]
        if isinstance(place, Page) and isinstance(found, Ready) and found.sha256:
            yield ReadPage(place, found.sha256, found.row)


def _remove_site_boilerplate(sites: Iterable[Sequence[str]], documents: dict[str, int], stored: ParseCache) -> None:
    for doc_ids in sites:
        site = StoredDocuments(stored, {doc_id: documents[doc_id] for doc_id in sorted(doc_ids)})
        for _, document in remove_site_boilerplate(site):
            documents[document.doc_id] = stored.add_document(document)


def _entries_without_document(files: Sequence[File], documents: Collection[str]) -> Iterable[Failure]:
    missing = {doc_id for file in files for doc_id in file.entries if doc_id not in documents}
    missing -= {file.name for file in files} if missing else set()
    for doc_id in sorted(missing):
        yield Failure(f"{FILE_NAME}: {doc_id}", "There is no such file.", "Correct the name or remove the entry.")
