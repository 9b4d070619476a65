"""The crawl frontier: the addresses that wait, the pages that were found, and the failures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_cache import CachedPage
from assistant.crawl.page_hints import NO_HINTS, Hints, charset_of
from assistant.crawl.sitemaps import Listing
from assistant.crawl.urls import normalise_url, origin, site
from assistant.errors import SourceError
from assistant.protocols import Page
from assistant.records import Failure
from assistant.text.addresses import shown_address

_MAX_LISTINGS = 1_000
_MAX_NESTED = 10
_BATCH = 64
_LEAF = 1_000
"""The depth of a page whose links are not followed: a feed may name other sites, which are not to be crawled."""
_SHOWN = 3
"""Pages of a server that does not answer that are listed one by one."""


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """An address to fetch.

    `named` says that a person or a sitemap listed it, so that its failure is reported. `any_site` allows it to lead to
    another site than `site`. `listings` are the addresses of the sitemaps that led to it.
    """

    url: str
    site: str
    depth: int = 0
    named: bool = True
    any_site: bool = True
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """The result of a request: the page without its body, the sitemap or feed in it, and its hints to crawlers; or the
    error.
    """

    page: CachedPage | None = None
    listing: Listing | None = None
    hints: Hints = NO_HINTS
    error: FetchError | None = None


@dataclass(slots=True)
class _Found:
    """A document at `page.final`, to which all of `addresses` lead."""

    page: CachedPage
    canonical: str | None
    addresses: dict[str, None] = field(default_factory=dict)


class Frontier:
    """The frontier of one source: at most `max_pages` addresses.

    `only_source` says that the source is one address, whose failure ends the build.
    """

    def __init__(self, max_pages: int, *, only_source: bool) -> None:
        self._max_pages = max_pages
        self._only_source = only_source
        self._queue: deque[CrawlRequest] = deque()
        self._seen: set[str] = set()
        self._found: dict[str, _Found] = {}
        self._failures: list[Failure] = []
        self._listings = 0
        self._full = False
        self._silent: dict[str, list[FetchError]] = {}
        self._stale: dict[str, int] = {}

    @property
    def waiting(self) -> int:
        """The number of addresses in the queue."""
        return len(self._queue)

    def start(self, address: str) -> None:
        """Add the start address `address`. Raises SourceError if it is the only source and no web address."""
        url = normalise_url(address)
        if url is not None:
            self._add(CrawlRequest(url, site(url)))
        elif self._only_source:
            raise SourceError(
                f"{shown_address(address)} is no web address.",
                "Write it with http:// or https:// and a host, without a password.",
            )
        else:
            self._failures.append(
                Failure(shown_address(address), "This is no web address.", "Correct the line, or remove it.")
            )

    def next_batch(self) -> list[CrawlRequest]:
        """Take the next addresses from the queue and return them; an empty list when none are left."""
        return [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]

    def record(self, request: CrawlRequest, result: CrawlResult) -> None:
        """Record the result of a request, and queue the addresses that it leads to.

        Raises SourceError if the only source is an address that must not be fetched.
        """
        if result.page is None:
            assert result.error is not None
            self._failed(request, result.error)
            return
        page, home = result.page, site(result.page.final)
        if home != request.site and not request.any_site:
            if request.named:
                self._say(request.url, f"It redirects to another site: {page.final}", "Name that site as a source.")
            return
        if page.error:
            self._is_stale(page)
        if result.listing is not None:
            self._open(replace(request, site=home), page, result.listing)
        else:
            self._read(request, page, result.hints, home)

    def _read(self, request: CrawlRequest, page: CachedPage, hints: Hints, home: str) -> None:
        if hints.noindex:
            if request.named:
                self._say(request.url, "The page asks not to be indexed (robots: noindex).", "Leave it out.")
        else:
            canonical = hints.canonical
            own = canonical if canonical and site(canonical) == site(page.final) else None
            found = self._found.setdefault(page.final, _Found(page, own))
            found.addresses[request.url] = None
        for link in hints.links:
            if site(link) == home:
                self._add(
                    CrawlRequest(link, home, request.depth + 1, named=False, any_site=False, listings=request.listings)
                )

    def pages(self) -> list[Page]:
        """Return the pages that were found, in order.

        A canonical address counts only if it is on the page's own site.
        """
        pages = []
        for final, found in self._found.items():
            also = [address for address in found.addresses if address != final]
            pages.append(Page(final, found.page.url, charset_of(found.page.type), found.canonical, tuple(also)))
        return pages

    def failures(self) -> list[Failure]:
        """Return the failures; of a server that is down, the first few and the number of the others."""
        failures = list(self._failures)
        for server, errors in self._silent.items():
            if len(errors) > _SHOWN:
                error = f"{len(errors) - _SHOWN} more pages could not be fetched. {errors[-1].error}"
                failures.append(Failure(server, error, errors[-1].hint))
        for server, count in self._stale.items():
            if count > _SHOWN:
                error = f"Of {count - _SHOWN} more pages the copies of an earlier day are used."
                failures.append(Failure(server, error, "Index again when the server is well."))
        return failures

    def _add(self, request: CrawlRequest) -> None:
        """Add a request to the queue, unless its address was there before or the frontier is full."""
        if request.url in self._seen:
            return
        if len(self._seen) >= self._max_pages:
            if not self._full:
                self._full = True
                error = f"There are more than {self._max_pages} addresses; the rest was left out."
                self._say(request.url, error, "Raise fetch.pages, or name a smaller part of the site.")
            return
        self._seen.add(request.url)
        self._queue.append(request)

    def _open(self, request: CrawlRequest, page: CachedPage, listing: Listing) -> None:
        """Queue the addresses that a sitemap, feed or list names."""
        above = (*request.listings, *dict.fromkeys((request.url, page.final)))
        self._listings += 1
        if self._listings > _MAX_LISTINGS or len(request.listings) >= _MAX_NESTED:
            self._say(
                request.url, "There are too many sitemaps, or too many inside each other.", "Name the pages' sitemap."
            )
            return
        elsewhere = 0
        for entry in listing.entries:
            if entry in above:
                if listing.kind == "index":
                    self._say(request.url, f"The sitemap names itself: {entry}", "Correct the sitemap of sitemaps.")
                continue
            any_site = listing.kind == "feed" and not request.listings
            if not any_site and site(entry) != request.site:
                elsewhere += 1
                continue
            depth = request.depth if site(entry) == request.site else _LEAF
            self._add(CrawlRequest(entry, site(entry), depth, any_site=any_site, listings=above))
        if elsewhere:
            error = f"{elsewhere} of its addresses are of another site, and were left out."
            self._say(request.url, error, "Name that site's own sitemap.")
        if not listing.entries:
            self._say(request.url, f"The {_CALLED[listing.kind]} names no address.", "Check it, or name the pages.")

    def _failed(self, request: CrawlRequest, error: FetchError) -> None:
        if error.kind == "private" and self._only_source and len(self._seen) == 1:
            raise SourceError(f"{request.url} is not fetched: {error}", error.hint)
        if error.kind == "unwanted" and not request.named:
            return
        if error.kind == "down":
            errors = self._silent.setdefault(origin(request.url), [])
            errors.append(error)
            if len(errors) > _SHOWN:
                return
        self._failures.append(error.of(request.url))

    def _is_stale(self, page: CachedPage) -> None:
        server = origin(page.url)
        self._stale[server] = self._stale.get(server, 0) + 1
        if self._stale[server] <= _SHOWN:
            error = f"{page.error} The copy of {page.fetched[:10]} is used."
            self._say(page.url, error, "Index again when the server is well.")

    def _say(self, url: str, error: str, hint: str) -> None:
        self._failures.append(Failure(url, error, hint))


_CALLED = {"index": "sitemap of sitemaps", "sitemap": "sitemap", "feed": "feed", "list": "list of addresses"}
