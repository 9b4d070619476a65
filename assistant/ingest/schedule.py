"""Goes over the places: what was not read before is handed out to be parsed, and all that was read is put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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
from assistant.ingest.sandbox.serialisation import packed
from assistant.ingest.sources import File
from assistant.ingest.spool import Spool
from assistant.protocols import WebReader
from assistant.records import Failure, Page

_HEAD_BYTES = 100_000
Place = File | Page | Failure


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read at `where`, in the place of that number: the row of a document or a draft of one, or why there is
    none. `plain`: it is a draft that waits for the lines that plain texts share."""

    place: int
    where: str
    item: int | Failure
    plain: bool = False


class ParseSchedule:
    """One reading of all places."""

    def __init__(
        self,
        places: Sequence[Place],
        web: WebReader | None,
        kept: ParseCache | None,
        rows: Spool,
        report: Callable[[int, int], None],
    ) -> None:
        self._places = places
        self._web = web
        self._kept = kept
        self._rows = rows
        self._report = report
        self._done = 0
        self._outcomes: list[Outcome] = []

    def outcomes(self, make_workers: Callable[[], Workers]) -> list[Outcome]:
        """Read all; what came of it, in the order of the places."""
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
        """Put aside what was read of a file, and keep it for later builds."""
        # Another failure may pass: a busy machine is late.
        if self._kept is not None and job.key is not None and isinstance(read[0][1], ParsedDocument):
            self._kept.keep(job.key, packed)
        self._put(job.place, job.name, packed, read)
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
        key = draft_key(name, charset, data) if self._kept else None
        known = self._kept.known(key) if self._kept and key else None
        if known is None:
            return Job(number, name, data, charset, key)
        self._put(number, name, *known)
        return None

    def _lines(self, number: int, place: File) -> bool:
        """Put aside the documents of a .jsonl line by line; False if it is a PDF or Word file."""
        with open_bytes(place.path, place.name) as file:
            if binary_format(file.read(_HEAD_BYTES)) is not None:
                return False
            file.seek(0)
            empty = True
            for where, item in read_jsonl(file, place.name):
                empty = False
                row = item if isinstance(item, Failure) else self._rows.add(packed([(where, item)]))
                self._outcomes.append(Outcome(number, where, row))
            if empty:
                self._outcomes.append(Outcome(number, place.name, nothing_in(place.name)))
            return True

    def _put(self, number: int, name: str, packed: bytes, read: Read) -> None:
        for _, item in read:
            if isinstance(item, Failure):
                self._outcomes.append(Outcome(number, name, item))
            else:
                plain = isinstance(item, ParsedDocument) and item.text_blocks is not None
                self._outcomes.append(Outcome(number, name, self._rows.add(packed), plain))

    def _end_place(self) -> None:
        self._done += 1
        self._report(self._done, len(self._places))


def nothing_in(name: str) -> Failure:
    """Why there is no document of a file in which nothing was found."""
    return Failure(name, "The file holds no text.", "Check what was saved, split it if it is very large, or remove it.")


def _name(place: Place) -> str:
    if isinstance(place, File):
        return place.name
    return place.url if isinstance(place, Page) else place.source
