"""Sources → Documents: the one function that the pipeline calls.

What is read waits on disk. In memory stays of each file only what it is known by, so that there may be very many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.ingest.formats.text.text_units import Unit
from assistant.ingest.overrides import FILE_NAME
from assistant.ingest.page_addresses import ReadPage, addressed, known_by
from assistant.ingest.parse import ParsedDocument, finish
from assistant.ingest.parse_cache import ParseCache
from assistant.ingest.recurring_lines import recurring_lines
from assistant.ingest.sandbox.pool import Workers
from assistant.ingest.schedule import Outcome, ParseSchedule, Place, nothing_in
from assistant.ingest.site_boilerplate import without_furniture
from assistant.ingest.sources import File, find_places
from assistant.ingest.spool import Documents, Spool
from assistant.protocols import WebReader
from assistant.records import Failure, Page
from assistant.text.addresses import host_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents in the order of their sources, which lie on disk until `close`, and what could not be read."""

    documents: Documents
    failures: tuple[Failure, ...]
    spool: Spool

    def close(self) -> None:
        """Remove the file that the documents lie in. Who forgets it leaves it to the end of the last reference."""
        self.spool.close()


def load_documents(
    sources: Sequence[str],
    *,
    web: WebReader | None = None,
    kept: ParseCache | None = None,
    spool: Path | None = None,
    leave_out: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    make_workers: Callable[[], Workers] = Workers,
) -> Loaded:
    """Read all documents of `sources`: folders, files, .jsonl files of documents, and through `web` addresses, or .txt
    files of nothing but addresses.

    What `kept` read before is not parsed again; the rest is, in processes of their own, which `make_workers` makes.
    What was read lies in the file `spool` until the Loaded is closed, by default in a nameless one. What is below the
    folder `leave_out` (the index, when it lies in a source) is no document. One file or page that cannot be read
    becomes a Failure and stops nothing. `on_progress` is called with the number of files and pages read and of all.

    Raises SourceError for a source that does not exist, an empty folder, an address that is refused, or a wrong
    sources.toml; StoreError.
    """
    index = leave_out.resolve() if leave_out else None
    places = [place for source in sources for place in find_places(source, index, web)]
    rows = Spool(spool)
    try:
        outcomes = ParseSchedule(places, web, kept, rows, on_progress or (lambda _done, _total: None)).outcomes(
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
    """A document that waits in `row`, ready but for what only all documents together tell; `host` is its site where it
    is an HTML page."""

    outcome: Outcome
    row: int
    doc_id: str
    host: str | None


def _finished(
    places: Sequence[Place], outcomes: Sequence[Outcome], rows: Spool
) -> tuple[dict[str, int], list[Failure]]:
    """The rows of the documents by doc_id, and the failures, both in order."""
    recurring = recurring_lines(_units(outcomes, rows))
    waiting: list[_Waiting | Failure] = []
    pages: list[ReadPage] = []
    for outcome in outcomes:
        if isinstance(outcome.item, Failure):
            waiting.append(outcome.item)
        else:
            waiting.append(_finish(outcome, outcome.item, places[outcome.place], recurring, rows, pages))
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
    _drop_furniture(sites.values(), documents, rows)
    return documents, failures


def _drop_furniture(sites: Iterable[Sequence[str]], documents: Mapping[str, int], rows: Spool) -> None:
    for doc_ids in sites:
        site = Documents(rows, {doc_id: documents[doc_id] for doc_id in sorted(doc_ids)})
        for _, document in without_furniture(site):
            rows.replace(documents[document.doc_id], document)


def _units(outcomes: Iterable[Outcome], rows: Spool) -> Iterator[Sequence[Unit]]:
    """The units of all plain texts, one after the other."""
    for outcome in outcomes:
        if outcome.plain and not isinstance(outcome.item, Failure):
            item = rows.get(outcome.item)
            if isinstance(item, ParsedDocument) and item.units:
                yield item.units


def _finish(
    outcome: Outcome, row: int, place: Place, recurring: frozenset[int], rows: Spool, pages: list[ReadPage]
) -> _Waiting | Failure:
    """Make the document in `row` what it is to be, as far as can be told without the others."""
    item = rows.get(row)
    read = item.document if isinstance(item, ParsedDocument) else item
    document = finish(item, recurring) if isinstance(item, ParsedDocument) else item
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
