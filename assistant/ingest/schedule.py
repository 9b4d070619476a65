"""Goes over the places: new and changed files are handed out to be parsed, and each is stored as it comes."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from assistant.ingest.boilerplate_lines import BoilerplateLines
from assistant.ingest.decode import (
    MAX_BYTES,
    UnreadableFileError,
    binary_format,
    open_bytes,
    refuse_binary,
    refuse_empty,
    refuse_large,
)
from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.formats.mail.mbox import is_mbox, read_mbox
from assistant.ingest.parse import ParsedDocument, Read
from assistant.ingest.parse_cache import ParseCache, draft_key
from assistant.ingest.sandbox.pool import Job, Workers
from assistant.ingest.sources import File
from assistant.ingest.versions import text_sketch
from assistant.protocols import Page, RemoteFile, RemoteReader, WebReader
from assistant.records import Document, Failure
from assistant.text.addresses import host_of

_HEAD_BYTES = 100_000
Place = File | Page | RemoteFile | Failure


@dataclass(frozen=True, slots=True)
class Ready:
    """What is known in memory of a document that is ready but for what its site repeats; the rest is in `row`."""

    row: int
    doc_id: str
    host: str | None
    """The site of an HTML page."""
    sha256: str | None
    """The hash of the text of a page of the web."""
    same_text: bytes = b""
    """A hash of the text and the address of a file's document; b"" for a page and a line."""
    sketch: bytes = b""
    """That of versions.py for a file's document."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read at `where`, in the place of that number: a document, a failure, or the row of a plain text, which
    is not ready before the lines are known that plain texts share. `parsed` is the row of the parsed file, 0 without
    one. `order` is the number of the file in its place, where that holds several."""

    place: int
    where: str
    item: Ready | int | Failure
    parsed: int = 0
    order: int = 0


class ParseSchedule:
    """One reading of all places. `shared` then knows the plain texts among them."""

    def __init__(
        self,
        places: Sequence[Place],
        web: WebReader | None,
        cache: ParseCache,
        report: Callable[[int, int], None],
        remote: RemoteReader | None = None,
    ) -> None:
        self.boilerplate = BoilerplateLines()
        self._places = places
        self._web = web
        self._remote = remote
        self._cache = cache
        self._report = report
        self._done = 0
        self._open: dict[int, int] = {}
        self._outcomes: list[Outcome] = []

    def outcomes(self, make_workers: Callable[[], Workers]) -> list[Outcome]:
        """Read all places; return what came of them, in their order."""
        with make_workers() as workers:
            for done in workers.read(self._jobs()):
                self._take(done.job, done.packed, done.read)
        return sorted(self._outcomes, key=lambda outcome: (outcome.place, outcome.order))

    def _jobs(self) -> Iterator[Job]:
        """The files and pages that have to be parsed."""
        for number, place in enumerate(self._places):
            self._open[number] = 1
            try:
                for job in self._begin(number, place):
                    self._open[number] += 1
                    yield job
            except (UnreadableFileError, RecursionError, MemoryError) as error:
                name = _name(place)
                too_large = Failure(name, "The file is nested too deeply or too large.", "Simplify or split it.")
                failure = error.failure if isinstance(error, UnreadableFileError) else too_large
                self._outcomes.append(Outcome(number, name, failure))
            self._close(number)

    def _take(self, job: Job, packed: bytes, read: Read) -> None:
        """Store a parsed file."""
        # A failure is not kept: another time it may pass, as on a less busy machine.
        parsed = any(isinstance(item, ParsedDocument) for _, item in read)
        row = self._cache.keep(job.key, packed) if parsed else 0
        self._put(job.place, job.order, job.name, row, read)
        self._close(job.place)

    def _begin(self, number: int, place: Place) -> Iterator[Job]:
        """Yield what has to be parsed of a place. Raises UnreadableFileError."""
        if isinstance(place, Failure):
            self._outcomes.append(Outcome(number, place.source, place))
        elif isinstance(place, Page):
            assert self._web is not None
            yield from self._job(number, place.url, self._web.body(place), place.charset)
        elif isinstance(place, RemoteFile):
            assert self._remote is not None
            yield from self._file(number, place.name, io.BytesIO(self._remote.body(place)))
        elif failure := place.named_badly():
            self._outcomes.append(Outcome(number, failure.source, failure))
        else:
            with open_bytes(place.path, place.name) as file:
                yield from self._file(number, place.name, file)

    def _file(self, number: int, name: str, file: BinaryIO) -> Iterator[Job]:
        """Yield what has to be parsed of a file. Raises UnreadableFileError and OSError."""
        if PurePosixPath(name).suffix.lower() in (".jsonl", ".ndjson") and self._lines(number, name, file):
            return
        data = file.read(MAX_BYTES + 1)
        if is_mbox(data, name):
            file.seek(0)
            yield from self._messages(number, name, file)
            return
        refuse_large(data, name)
        yield from self._job(number, name, data, None)

    def _messages(self, number: int, name: str, file: BinaryIO) -> Iterator[Job]:
        """Yield what has to be parsed of a mailbox, each message a file of its own."""
        for order, (message_name, data) in enumerate(read_mbox(file)):
            where = f"{name}/{message_name}"
            if data is None:
                failure = Failure(where, f"The message is larger than {MAX_BYTES // 1_000_000} MB.", "Save its parts.")
                self._outcomes.append(Outcome(number, where, failure, order=order))
            else:
                yield from self._job(number, where, data, None, order)

    def _job(self, number: int, name: str, data: bytes, charset: str | None, order: int = 0) -> Iterator[Job]:
        """Yield a file if it has to be parsed. Raises UnreadableFileError."""
        refuse_empty(data, name)
        if binary_format(data) is None:
            refuse_binary(data, name)  # a folder of pictures is not handed around
        key = draft_key(name, charset, data)
        known = self._cache.known(key)
        if known is None:
            yield Job(number, name, data, charset, key, order)
        else:
            self._put(number, order, name, *known)

    def _lines(self, number: int, name: str, file: BinaryIO) -> bool:
        """Put aside the documents of a .jsonl line by line, all or none; False if it is a PDF, an office file or the
        like."""
        found: list[Outcome] = []
        is_other = binary_format(file.read(_HEAD_BYTES)) is not None
        file.seek(0)
        if is_other:
            return False
        for where, item in read_jsonl(file, name):
            ready = item if isinstance(item, Failure) else settled(self._places[number], where, item, 0, self._cache)
            found.append(Outcome(number, where, ready))
        self._outcomes += found or [Outcome(number, name, nothing_in(name))]
        return True

    def _put(self, number: int, order: int, name: str, row: int, read: Read) -> None:
        place = self._places[number]
        several = any(where != name for where, _ in read)
        if several and isinstance(place, Page):  # a page of the web is one document
            read = [*((where, item) for where, item in read if where == name), (name, _attached(name))]
        for where, item in read:
            result: Ready | int | Failure
            if isinstance(item, ParsedDocument) and item.text_blocks is not None:
                if item.text_blocks:
                    self.boilerplate.add(number, item.text_blocks)
                result = row
            elif isinstance(item, ParsedDocument):
                result = settled(place, where, item.document, 0 if several else row, self._cache, page=item.page)
            else:
                assert isinstance(item, Failure)
                result = item
            self._outcomes.append(Outcome(number, where, result, row, order))

    def _close(self, number: int) -> None:
        """Count a place as done when it was gone through and all of it was parsed."""
        self._open[number] -= 1
        if not self._open[number]:
            del self._open[number]
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
    is_file = isinstance(place, File | RemoteFile) and document.doc_id == where
    if entry:
        document = entry.applied(document)
    return Ready(
        cache.add_document(document) if entry or row == 0 else row,
        where if document.doc_id == where else document.doc_id,  # the name that is in memory already
        sys.intern(host_of(document.url or "")) if page else None,
        document.sha256 if isinstance(place, Page) else None,
        hashlib.sha256(f"{document.url or ''} {document.sha256}".encode()).digest() if is_file else b"",
        text_sketch(document.text) if is_file else b"",
    )


def nothing_in(name: str) -> Failure:
    """Why there is no document of a file in which nothing was found."""
    return Failure(name, "The file holds no text.", "Check what was saved, split it if it is very large, or remove it.")


def _attached(name: str) -> Failure:
    return Failure(name, "The files in it are not read.", "Save it as a file, and index that.")


def _name(place: Place) -> str:
    if isinstance(place, File | RemoteFile):
        return place.name
    return place.url if isinstance(place, Page) else place.source
