"""The crawler: opens the sitemaps and feeds at the start addresses and follows links, breadth first, to a given
depth.
"""

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
from assistant.crawl.frontier import CrawlRequest, CrawlResult, Frontier
from assistant.crawl.http_cache import HttpCache
from assistant.crawl.http_client import HttpClient
from assistant.crawl.page_hints import NO_HINTS, read_hints
from assistant.crawl.rate_limit import RateLimiter
from assistant.crawl.sitemaps import read_listing
from assistant.crawl.urls import origin
from assistant.protocols import Page
from assistant.records import Failure

_THREADS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a crawl: hosts of the own network that are allowed, depth of links, number of pages, pause in seconds
    and number of connections for each server, seconds and bytes for each page.
    """

    allow_hosts: tuple[str, ...] = ()
    depth: int = 0
    pages: int = 10_000
    delay_s: float = 0.5
    concurrency: int = 2
    timeout_s: float = 30.0
    max_bytes: int = 50_000_000


class Crawler:
    """Finds and fetches the pages of the sources; use it in a `with`.

    Fetched pages are cached in the SQLite file `path`. When the block ends without an error, pages that the sources no
    longer lead to are deleted from the cache. `on_progress` is called with the number of addresses done and known.
    """

    def __init__(
        self,
        path: Path,
        limits: Limits | None = None,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._report = on_progress or (lambda _done, _known: None)
        self._closing = ExitStack()
        self._cache = self._closing.enter_context(closing(HttpCache(path)))
        self._rate_limiter = rate_limiter
        self._done = self._known = 0

    @cached_property
    def _client(self) -> HttpClient:
        """Made when it is needed: reading the machine's certificates takes a while."""
        limits = self._limits
        client = HttpClient(limits.allow_hosts, timeout_s=limits.timeout_s, max_bytes=limits.max_bytes)
        return self._closing.enter_context(closing(client))

    @cached_property
    def _fetcher(self) -> Fetcher:
        rate_limiter = self._rate_limiter or RateLimiter(
            self._limits.concurrency, wait=self._client.deadline.stopped.wait
        )
        return Fetcher(self._client, rate_limiter, self._cache, delay_s=self._limits.delay_s)

    def __enter__(self) -> Crawler:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._closing:
            if kind is None:
                self._cache.forget_unused()

    def find(self, addresses: Sequence[str]) -> tuple[list[Page], list[Failure]]:
        """Return the pages at `addresses` and in the sitemaps, feeds and lists found there, and the addresses that
        failed.

        Raises SourceError if the only address is invalid or refused, StoreError if the cache cannot be read or written.
        """
        frontier = Frontier(self._limits.pages, only_source=len(addresses) == 1)
        for address in addresses:
            frontier.start(address)
        while batch := frontier.next_batch():
            self._known = max(self._known, self._done + len(batch) + frontier.waiting)
            for request, result in zip(batch, self._fetch_all(batch), strict=True):
                frontier.record(request, result)
        return frontier.pages(), frontier.failures()

    def body(self, page: Page) -> bytes:
        """Return the bytes of a page that `find` returned. Raises StoreError."""
        known = self._cache.get(page.at)
        return known.body if known else b""

    def forget(self, page: Page) -> None:
        """Delete a page that `find` returned from the cache. Raises StoreError."""
        self._cache.forget(page.at)

    def _fetch_all(self, batch: Sequence[CrawlRequest]) -> list[CrawlResult]:
        """Fetch a batch and return the results in its order; servers run in parallel, each with its own limit."""
        lanes: dict[str, deque[tuple[int, CrawlRequest]]] = {}
        for number, request in enumerate(batch):
            lanes.setdefault(origin(request.url), deque()).append((number, request))
        out: queue.SimpleQueue[tuple[int, CrawlResult | BaseException]] = queue.SimpleQueue()
        results: list[CrawlResult] = [CrawlResult()] * len(batch)
        threads = ThreadPoolExecutor(_THREADS, "fetch")
        try:
            for lane in lanes.values():
                for _ in range(min(self._limits.concurrency, len(lane))):
                    threads.submit(self._work, lane, out)
            for _ in batch:
                number, result = out.get()
                if isinstance(result, BaseException):
                    raise result
                results[number] = result
                self._done += 1
                self._report(self._done, self._known)
        except BaseException:  # Ctrl+C above all
            self._client.deadline.stopped.set()
            raise
        finally:
            threads.shutdown(cancel_futures=True)
        return results

    def _work(
        self, lane: deque[tuple[int, CrawlRequest]], out: queue.SimpleQueue[tuple[int, CrawlResult | BaseException]]
    ) -> None:
        while True:
            try:
                number, request = lane.popleft()
            except IndexError:
                return
            try:
                out.put((number, self._fetch(request)))
            except BaseException as error:  # raised where it is waited for
                out.put((number, error))

    def _fetch(self, request: CrawlRequest) -> CrawlResult:
        try:
            page = self._fetcher.fetch(request.url)
            listing = read_listing(page.body, page.final, self._limits.max_bytes)
        except FetchError as error:
            if error.kind == "stopped":
                raise
            return CrawlResult(error=error)
        hints = NO_HINTS if listing else read_hints(page.body, page.final, page.type, page.robots)
        if request.depth >= self._limits.depth:
            hints = replace(hints, links=())
        return CrawlResult(replace(page, body=b""), listing, hints)
