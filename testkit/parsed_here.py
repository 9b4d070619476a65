"""Parsing in the process of the test, where many small files are read and the sandbox is not what is tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.ingest.parse import parse_file
from assistant.ingest.sandbox.pool import Done, Job, Workers
from assistant.ingest.sandbox.serialisation import packed


class ParsedHere(Workers):
    """Workers without processes, for `load_documents(make_workers=ParsedHere)`."""

    def read(self, jobs: Iterable[Job]) -> Iterator[Done]:
        for job in jobs:
            read = parse_file(job.name, job.data, job.charset)
            yield Done(job, packed(read), read)
