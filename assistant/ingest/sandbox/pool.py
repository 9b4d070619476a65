"""The pool of worker processes: parses files in parallel, in as many processes as are worth their start."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from assistant.ingest.decode import binary_format
from assistant.ingest.parse import Read
from assistant.ingest.sandbox.limits import MEMORY_BYTES, RefusedError
from assistant.ingest.sandbox.serialisation import packed
from assistant.ingest.sandbox.worker import Worker
from assistant.records import Failure

_MOST = 8
_AHEAD = 4  # files given out at a time, for each process
_AHEAD_BYTES = 100_000_000
# A process takes about a second to start, in which so many bytes of HTML are read. Each file counts as some bytes more.
START_BYTES = 400_000
_FILE_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read; `place` is its number among all, `order` that in its place, where that holds several files."""

    place: int
    name: str
    data: bytes
    charset: str | None
    key: bytes
    """The key of the parsed file in the cache."""
    order: int = 0

    @property
    def cost(self) -> int:
        """The work of parsing the file, in bytes."""
        return len(self.data) + _FILE_BYTES


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a job, serialised as in serialisation.py and as objects."""

    job: Job
    packed: bytes
    read: Read


class Workers:
    """The processes that parse: at most one for each CPU, started when there is work.

    Nothing is parsed in this process. The first is started with the first file, another for each `start_bytes` of work,
    at most one for each of `cpus` (by default all); each may take `memory_bytes`.
    """

    def __init__(
        self, *, cpus: int | None = None, start_bytes: int = START_BYTES, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._most = min(_MOST, cpus or usable_cpus())
        self._start_bytes = start_bytes
        self._memory_bytes = memory_bytes
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | BaseException] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._workers: list[Worker] = []
        self._cost = 0
        self._ended = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        for worker in self._workers:
            worker.end()
        for _worker in self._workers:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def read(self, jobs: Iterable[Job]) -> Iterator[Done]:
        """Parse all files and yield each result when it is there, in any order; only a few `jobs` are taken ahead."""
        waiting: dict[int, int] = {}
        for job in jobs:
            self._cost += job.cost
            while waiting and not self._has_room(waiting, job):
                yield self._next(waiting)
            self._give(job)
            waiting[id(job)] = len(job.data)
            while not self._done.empty():
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def _has_room(self, waiting: dict[int, int], job: Job) -> bool:
        return len(waiting) < _AHEAD * len(self._workers) and sum(waiting.values()) + len(job.data) <= _AHEAD_BYTES

    def _next(self, waiting: dict[int, int]) -> Done:
        done = self._done.get()
        if isinstance(done, BaseException):
            raise done
        del waiting[id(done.job)]
        return done

    def _give(self, job: Job) -> None:
        if len(self._workers) < min(self._most, 1 + self._cost // self._start_bytes):
            worker = Worker(memory_bytes=self._memory_bytes)
            thread = threading.Thread(target=lambda: self._work(worker), name="read", daemon=True)
            self._workers.append(worker)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def _work(self, worker: Worker) -> None:
        """One thread for each process: waits for it."""
        with worker:
            while (job := self._jobs.get()) is not None and not self._ended:
                try:
                    self._done.put(_read(worker, job))
                except BaseException as error:  # raised where it is waited for
                    self._done.put(error)


def usable_cpus() -> int:
    """Return the number of CPUs that this process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if sys.platform != "win32" and hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read(worker: Worker, job: Job) -> Done:
    """Parse a file; where an e-mail cannot be read with its attachments, without them."""
    try:
        return Done(job, *worker.read(job.name, job.data, job.charset))
    except RefusedError as error:
        refused = error
    read: Read = [(job.name, Failure(job.name, refused.error, refused.hint))]
    if binary_format(job.data) in ("mail", "ole"):
        with suppress(RefusedError):
            message = worker.read(job.name, job.data, job.charset, parts=False)[1]
            without = f"Its attachments are not read. {refused.error}"
            read = [*message, (job.name, Failure(job.name, without, "Save them as files beside the message."))]
    return Done(job, packed(read), read)
