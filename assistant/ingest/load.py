"""The loader: from sources to documents, the function that a build calls.

Parsed files wait on disk. Only their names and keys are in memory, so that there may be very many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.ingest.boilerplate_lines import boilerplate_lines
from assistant.ingest.formats.text.text_blocks import TextBlock
from assistant.ingest.overrides import FILE_NAME
from assistant.ingest.page_addresses import ReadPage, addressed, known_by
from assistant.ingest.parse import ParsedDocument, finish_document
from assistant.ingest.parse_cache import ParseCache
from assistant.ingest.sandbox.pool import Workers
from assistant.ingest.schedule import Outcome, ParseSchedule, Place, nothing_in
from assistant.ingest.site_boilerplate import remove_site_boilerplate
from assistant.ingest.sources import File, find_places
from assistant.ingest.spool import Documents, Spool
from assistant.protocols import WebReader
from assistant.records import Failure, Page
from assistant.text.addresses import host_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in the order of their sources, on disk until `close`, and the failures."""

    documents: Documents
    failures: tuple[Failure, ...]
    spool: Spool

    def close(self) -> None:
        """Delete the file of the documents. It is deleted with the last reference if this is never called."""
        self.spool.close()


def load_documents(
    sources: Sequence[str],
    *,
    web: WebReader | None = None,
    cache: ParseCache | None = None,
    spool: Path | None = None,
    leave_out: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    make_workers: Callable[[], Workers] = Workers,
) -> Loaded:
    """Load all documents of `sources`: folders, files, .jsonl files, and with `web` URLs and .txt files of URLs.

    Files in `cache` are not parsed again; the others are parsed by the processes of `make_workers`. Results wait in the
    file `spool`, by default a temporary one, until Loaded is closed. Nothing below the folder `leave_out` (the index,
    if it is inside a source) is loaded. A file or page that cannot be read becomes a Failure and stops nothing.
    `on_progress` is called with the number of files and pages that are done, and of all.

    Raises SourceError if a source does not exist, is an empty folder or a refused URL, or has a wrong sources.toml;
    StoreError if the spool or the cache of pages cannot be read or written.
    """
    index = leave_out.resolve() if leave_out else None
    places = [place for source in sources for place in find_places(source, index, web)]
    rows = Spool(spool)
    try:
        outcomes = ParseSchedule(places, web, cache, rows, on_progress or (lambda _done, _total: None)).outcomes(
            make_workers
        )
        documents, failures = _finished(places, outcomes, rows)
        failures.extend(_entries_without_document([place for place in places if isinstance(place, File)], documents))
        return Loaded(Documents(rows, documents), tuple(failures), rows)
    except BaseException:
        rows.close()
        raise


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A document in `row`, complete but for what depends on all documents; `host` is its site if it is an HTML page."""

    outcome: Outcome
    row: int
    doc_id: str
    host: str | None


def _finished(
    places: Sequence[Place], outcomes: Sequence[Outcome], rows: Spool
) -> tuple[dict[str, int], list[Failure]]:
    """Return the rows of the documents by doc_id, and the failures, both in order."""
    shared = boilerplate_lines(_plain_texts(outcomes, rows))
    waiting: list[_Waiting | Failure] = []
    pages: list[ReadPage] = []
    for outcome in outcomes:
        if isinstance(outcome.item, Failure):
            waiting.append(outcome.item)
        else:
            waiting.append(_finish(outcome, outcome.item, places[outcome.place], shared, rows, pages))
    addresses = addressed(pages)
    documents: dict[str, int] = {}
    sites: dict[str, list[str]] = {}
    failures: list[Failure] = []
    for found in waiting:
        if isinstance(found, Failure):
            failures.append(found)
            continue
        place = places[found.outcome.place]
        known = addresses[place.url] if isinstance(place, Page) else None
        doc_id = known.address if known else found.doc_id
        if doc_id not in documents:
            documents[doc_id] = known.row if known else found.row
            if known:
                rows.replace(known.row, known_by(rows.document(known.row), known))
            if found.host is not None:
                sites.setdefault(sys.intern(host_of(doc_id)) if known else found.host, []).append(doc_id)
        elif known is None:
            error = f"Another document has the id {doc_id!r} already."
            failures.append(Failure(found.outcome.where, error, "Rename one of the two."))
    _remove_site_boilerplate(sites.values(), documents, rows)
    return documents, failures


def _remove_site_boilerplate(sites: Iterable[Sequence[str]], documents: Mapping[str, int], rows: Spool) -> None:
    for doc_ids in sites:
        site = Documents(rows, {doc_id: documents[doc_id] for doc_id in sorted(doc_ids)})
        for _, document in remove_site_boilerplate(site):
            rows.replace(documents[document.doc_id], document)


def _plain_texts(outcomes: Iterable[Outcome], rows: Spool) -> Iterator[Sequence[TextBlock]]:
    """Yield the blocks of each plain text."""
    for outcome in outcomes:
        if outcome.plain and not isinstance(outcome.item, Failure):
            item = rows.get(outcome.item)
            if isinstance(item, ParsedDocument) and item.text_blocks:
                yield item.text_blocks


def _finish(
    outcome: Outcome, row: int, place: Place, shared: frozenset[int], rows: Spool, pages: list[ReadPage]
) -> _Waiting | Failure:
    """Complete the document in `row` as far as the others are not needed, and note its page in `pages`."""
    item = rows.get(row)
    read = item.document if isinstance(item, ParsedDocument) else item
    document = finish_document(item, shared) if isinstance(item, ParsedDocument) else item
    if document is None:
        return nothing_in(outcome.where)
    entry = place.entries.get(document.doc_id) if isinstance(place, File) else None
    if entry:
        document = entry.applied(document)
    if document is not read:
        rows.replace(row, document)
    if isinstance(place, Page):
        pages.append(ReadPage(place, document.sha256, row))
    host = sys.intern(host_of(document.url or "")) if isinstance(item, ParsedDocument) and item.page else None
    # Most are known by the name that is in memory already.
    doc_id = outcome.where if document.doc_id == outcome.where else document.doc_id
    return _Waiting(outcome, row, doc_id, host)


def _entries_without_document(files: Sequence[File], documents: Collection[str]) -> Iterable[Failure]:
    missing = {doc_id for file in files for doc_id in file.entries if doc_id not in documents}
    missing -= {file.name for file in files} if missing else set()
    for doc_id in sorted(missing):
        yield Failure(f"{FILE_NAME}: {doc_id}", "There is no such file.", "Correct the name or remove the entry.")
