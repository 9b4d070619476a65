"""Addresses → pages: sitemaps and feeds are opened, links followed as far as wished, level by level."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.fetcher import Fetcher
from assistant.crawl.frontier import Frontier, Item, Look
from assistant.crawl.http_cache import HttpCache
from assistant.crawl.http_client import Client
from assistant.crawl.page_hints import NO_HINTS, read_hints
from assistant.crawl.rate_limit import RateLimiter
from assistant.crawl.sitemaps import read_listing
from assistant.crawl.urls import origin
from assistant.records import Failure, Page

_THREADS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What is fetched at all, how fast, and how much of it."""

    allow_hosts: tuple[str, ...] = ()
    depth: int = 0
    pages: int = 10_000
    delay_s: float = 0.5
    concurrency: int = 2
    timeout_s: float = 30.0
    max_bytes: int = 50_000_000


class Crawler:
    """Reads pages for the index; what it fetches is kept in the file `path`. To be used in a `with`.

    Leaving it without an error forgets what is no longer in the sources.
    """

    def __init__(
        self,
        path: Path,
        limits: Limits | None = None,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        turns: RateLimiter | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._report = on_progress or (lambda _done, _known: None)
        self._closing = ExitStack()
        self._kept = self._closing.enter_context(closing(HttpCache(path)))
        self._turns = turns
        self._done = self._known = 0

    @cached_property
    def _client(self) -> Client:
        """Made when it is needed: reading the machine's certificates takes a while."""
        limits = self._limits
        client = Client(limits.allow_hosts, timeout_s=limits.timeout_s, max_bytes=limits.max_bytes)
        return self._closing.enter_context(closing(client))

    @cached_property
    def _visitor(self) -> Fetcher:
        turns = self._turns or RateLimiter(self._limits.concurrency, wait=self._client.watch.stopped.wait)
        return Fetcher(self._client, turns, self._kept, delay_s=self._limits.delay_s)

    def __enter__(self) -> Crawler:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._closing:
            if kind is None:
                self._kept.forget_unused()

    def find(self, addresses: Sequence[str]) -> tuple[list[Page], list[Failure]]:
        """The pages at `addresses`, or in the sitemaps, feeds and lists there, and what failed.

        Raises SourceError when the one address is none, or one that is refused; StoreError.
        """
        crawl = Frontier(self._limits.pages, alone=len(addresses) == 1)
        for address in addresses:
            crawl.start(address)
        while batch := crawl.next_batch():
            self._known = max(self._known, self._done + len(batch) + crawl.waiting)
            for item, look in zip(batch, self._looks(batch), strict=True):
                crawl.take(item, look)
        return crawl.pages(), crawl.failures()

    def body(self, page: Page) -> bytes:
        """The bytes of a page that was found. Raises StoreError."""
        known = self._kept.get(page.at)
        return known.body if known else b""

    def _looks(self, batch: Sequence[Item]) -> list[Look]:
        """What is seen at each, servers side by side; those of one server one after the other."""
        lanes: dict[str, deque[tuple[int, Item]]] = {}
        for number, item in enumerate(batch):
            lanes.setdefault(origin(item.url), deque()).append((number, item))
        out: queue.SimpleQueue[tuple[int, Look | BaseException]] = queue.SimpleQueue()
        looks: list[Look] = [Look()] * len(batch)
        threads = ThreadPoolExecutor(_THREADS, "fetch")
        try:
            for lane in lanes.values():
                for _ in range(min(self._limits.concurrency, len(lane))):
                    threads.submit(self._work, lane, out)
            for _ in batch:
                number, look = out.get()
                if isinstance(look, BaseException):
                    raise look
                looks[number] = look
                self._done += 1
                self._report(self._done, self._known)
        except BaseException:  # Ctrl+C above all
            self._client.watch.stopped.set()
            raise
        finally:
            threads.shutdown(cancel_futures=True)
        return looks

    def _work(self, lane: deque[tuple[int, Item]], out: queue.SimpleQueue[tuple[int, Look | BaseException]]) -> None:
        while True:
            try:
                number, item = lane.popleft()
            except IndexError:
                return
            try:
                out.put((number, self._look(item)))
            except BaseException as error:  # raised where it is waited for
                out.put((number, error))

    def _look(self, item: Item) -> Look:
        try:
            page = self._visitor.visit(item.url)
            listing = read_listing(page.body, page.final, self._limits.max_bytes)
        except FetchError as error:
            if error.kind == "stopped":
                raise
            return Look(error=error)
        hints = NO_HINTS if listing else read_hints(page.body, page.final, page.type, page.robots)
        if item.depth >= self._limits.depth:
            hints = replace(hints, links=())
        return Look(replace(page, body=b""), listing, hints)
