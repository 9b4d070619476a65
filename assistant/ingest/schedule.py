"""Goes over the places: new and changed files are handed out to be parsed, and each is stored as it comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.ingest.boilerplate_lines import BoilerplateLines
from assistant.ingest.decode import (
    UnreadableFileError,
    binary_format,
    open_bytes,
    read_bytes,
    refuse_binary,
    refuse_empty,
)
from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.parse import ParsedDocument, Read
from assistant.ingest.parse_cache import ParseCache, draft_key
from assistant.ingest.sandbox.pool import Job, Workers
from assistant.ingest.sources import File
from assistant.protocols import WebReader
from assistant.records import Document, Failure, Page
from assistant.text.addresses import host_of

_HEAD_BYTES = 100_000
Place = File | Page | Failure


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known in memory of a document that is ready but for what its site repeats; the rest is in `row`."""

    row: int
    doc_id: str
    host: str | None
    """The site of an HTML page."""
    sha256: str | None
    """The hash of the text of a page of the web."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read at `where`, in the place of that number: a document, a failure, or the row of a plain text, which
    is not ready before the lines are known that plain texts share. `parsed` is the row of the parsed file, 0 without
    one."""

    place: int
    where: str
    item: Ready | int | Failure
    parsed: int = 0


class ParseSchedule:
    """One reading of all places. `shared` then knows the plain texts among them."""

    def __init__(
        self, places: Sequence[Place], web: WebReader | None, cache: ParseCache, report: Callable[[int, int], None]
    ) -> None:
        self.boilerplate = BoilerplateLines()
        self._places = places
        self._web = web
        self._cache = cache
        self._report = report
        self._done = 0
        self._outcomes: list[Outcome] = []

    def outcomes(self, make_workers: Callable[[], Workers]) -> list[Outcome]:
        """Read all places; return what came of them, in their order."""
        with make_workers() as workers:
            for done in workers.read(self._jobs()):
                self._take(done.job, done.packed, done.read)
        return sorted(self._outcomes, key=lambda outcome: outcome.place)

    def _jobs(self) -> Iterator[Job]:
        """The files and pages that have to be parsed."""
        for number, place in enumerate(self._places):
            job, began = None, len(self._outcomes)
            try:
                job = self._begin(number, place)
            except (UnreadableFileError, RecursionError, MemoryError) as error:
                del self._outcomes[began:]  # a .jsonl is read to its end or not at all
                name = _name(place)
                too_large = Failure(name, "The file is nested too deeply or too large.", "Simplify or split it.")
                failure = error.failure if isinstance(error, UnreadableFileError) else too_large
                self._outcomes.append(Outcome(number, name, failure))
            if job is not None:
                yield job
            else:
                self._end_place()

    def _take(self, job: Job, packed: bytes, read: Read) -> None:
        """Store a parsed file."""
        # A failure is not kept: another time it may pass, as on a less busy machine.
        row = self._cache.keep(job.key, packed) if isinstance(read[0][1], ParsedDocument) else 0
        self._put(job.place, job.name, row, read)
        self._end_place()

    def _begin(self, number: int, place: Place) -> Job | None:
        """What has to be parsed of a place, None if all was read. Raises UnreadableFileError."""
        if isinstance(place, Failure):
            self._outcomes.append(Outcome(number, place.source, place))
            return None
        if isinstance(place, Page):
            assert self._web is not None
            return self._job(number, place.url, self._web.body(place), place.charset)
        if failure := place.named_badly():
            self._outcomes.append(Outcome(number, failure.source, failure))
            return None
        if place.path.suffix.lower() in (".jsonl", ".ndjson") and self._lines(number, place):
            return None
        return self._job(number, place.name, read_bytes(place.path, place.name), None)

    def _job(self, number: int, name: str, data: bytes, charset: str | None) -> Job | None:
        refuse_empty(data, name)
        if binary_format(data) is None:
            refuse_binary(data, name)  # a folder of pictures is not handed around
        key = draft_key(name, charset, data)
        known = self._cache.known(key)
        if known is None:
            return Job(number, name, data, charset, key)
        self._put(number, name, *known)
        return None

    def _lines(self, number: int, place: File) -> bool:
        """Put aside the documents of a .jsonl line by line; False if it is a PDF, an office file or the like."""
        with open_bytes(place.path, place.name) as file:
            if binary_format(file.read(_HEAD_BYTES)) is not None:
                return False
            file.seek(0)
            empty = True
            for where, item in read_jsonl(file, place.name):
                empty = False
                ready = item if isinstance(item, Failure) else settled(place, where, item, 0, self._cache)
                self._outcomes.append(Outcome(number, where, ready))
            if empty:
                self._outcomes.append(Outcome(number, place.name, nothing_in(place.name)))
            return True

    def _put(self, number: int, name: str, row: int, read: Read) -> None:
        for _, item in read:
            result: Ready | int | Failure
            if isinstance(item, ParsedDocument) and item.text_blocks is not None:
                if item.text_blocks:
                    self.boilerplate.add(number, item.text_blocks)
                result = row
            elif isinstance(item, ParsedDocument):
                result = settled(self._places[number], name, item.document, row, self._cache, page=item.page)
            else:
                assert isinstance(item, Failure)
                result = item
            self._outcomes.append(Outcome(number, name, result, row))

    def _end_place(self) -> None:
        self._done += 1
        self._report(self._done, len(self._places))


def settled(
    place: Place, where: str, document: Document | None, row: int, cache: ParseCache, *, page: bool = False
) -> Ready | Failure:
    """Return what is known of the document that was read at `where`: it is stored in `row`, or not yet where that is
    0. It is corrected here as sources.toml says. `page`: it is HTML.
    """
    if document is None:
        return nothing_in(where)
    entry = place.entries.get(document.doc_id) if isinstance(place, File) else None
    if entry:
        document = entry.applied(document)
    return Ready(
        cache.add_document(document) if entry or row == 0 else row,
        where if document.doc_id == where else document.doc_id,  # the name that is in memory already
        sys.intern(host_of(document.url or "")) if page else None,
        document.sha256 if isinstance(place, Page) else None,
    )


def nothing_in(name: str) -> Failure:
    """Why there is no document of a file in which nothing was found."""
    return Failure(name, "The file holds no text.", "Check what was saved, split it if it is very large, or remove it.")


def _name(place: Place) -> str:
    if isinstance(place, File):
        return place.name
    return place.url if isinstance(place, Page) else place.source
