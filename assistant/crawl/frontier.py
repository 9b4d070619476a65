"""What of one source waits to be looked at, what was found in it, and what failed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_cache import CachedPage
from assistant.crawl.page_hints import NO_HINTS, Hints, charset_of
from assistant.crawl.sitemaps import Listing
from assistant.crawl.urls import normal, origin, site
from assistant.errors import SourceError
from assistant.records import Failure, Page

_MAX_LISTINGS = 1_000
_MAX_NESTED = 10
_BATCH = 64
_LEAF = 1_000
"""The depth of a page whose links are not followed: a feed may name other sites, which are not to be crawled."""
_SHOWN = 3
"""Pages of a server that does not answer that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Item:
    """An address to look at. `named`: someone listed it, a person or a sitemap, and wants to know when it fails;
    `roams`: it may lead to another site than `site`; `listings` are the sitemaps that led to it."""

    url: str
    site: str
    depth: int = 0
    named: bool = True
    roams: bool = True
    listings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the page without its body, and what it says; or why there is none."""

    page: CachedPage | None = None
    listing: Listing | None = None
    hints: Hints = NO_HINTS
    error: FetchError | None = None


@dataclass(slots=True)
class _Found:
    """A document at `page.final`, which all of `addresses` lead to."""

    page: CachedPage
    canonical: str | None
    addresses: dict[str, None] = field(default_factory=dict)


class Frontier:
    """The state of one source: what waits, what was found, what failed."""

    def __init__(self, most: int, *, alone: bool) -> None:
        self._most = most
        self._alone = alone
        self._queue: deque[Item] = deque()
        self._seen: set[str] = set()
        self._found: dict[str, _Found] = {}
        self._failures: list[Failure] = []
        self._listings = 0
        self._full = False
        self._silent: dict[str, list[FetchError]] = {}
        self._stale: dict[str, int] = {}

    @property
    def waiting(self) -> int:
        """How many addresses are to be looked at."""
        return len(self._queue)

    def start(self, address: str) -> None:
        """Begin at `address`. Raises SourceError when it is the only one and no web address."""
        url = normal(address)
        if url is not None:
            self._add(Item(url, site(url)))
        elif self._alone:
            raise SourceError(
                f"{address} is no web address.", "Write it with http:// or https:// and a host, without a password."
            )
        else:
            self._failures.append(Failure(address, "This is no web address.", "Correct the line, or remove it."))

    def next_batch(self) -> list[Item]:
        """The next addresses to look at; empty when there are no more."""
        return [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]

    def take(self, item: Item, look: Look) -> None:
        """Note what was seen, and what is to be looked at for it.

        Raises SourceError when the only address is that of a server that is refused.
        """
        if look.page is None:
            assert look.error is not None
            self._failed(item, look.error)
            return
        page, home = look.page, site(look.page.final)
        if home != item.site and not item.roams:
            if item.named:
                self._say(item.url, f"It redirects to another site: {page.final}", "Name that site as a source.")
            return
        if page.error:
            self._is_stale(page)
        if look.listing is not None:
            self._open(replace(item, site=home), page, look.listing)
        else:
            self._read(item, page, look.hints, home)

    def _read(self, item: Item, page: CachedPage, hints: Hints, home: str) -> None:
        if hints.noindex:
            if item.named:
                self._say(item.url, "The page asks not to be indexed (robots: noindex).", "Leave it out.")
        else:
            canonical = hints.canonical
            own = canonical if canonical and site(canonical) == site(page.final) else None
            found = self._found.setdefault(page.final, _Found(page, own))
            found.addresses[item.url] = None
        for link in hints.links:
            if site(link) == home:
                self._add(Item(link, home, item.depth + 1, named=False, roams=False, listings=item.listings))

    def pages(self) -> list[Page]:
        """What was found, in order. What a page calls its own address counts if it is on the same site."""
        pages = []
        for final, found in self._found.items():
            also = [address for address in found.addresses if address != final]
            pages.append(Page(final, found.page.url, charset_of(found.page.type), found.canonical, tuple(also)))
        return pages

    def failures(self) -> list[Failure]:
        """What failed, and for each server that did not answer how much was not asked for."""
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

    def _add(self, item: Item) -> None:
        """Put an address in the queue, unless it was there or there are too many."""
        if item.url in self._seen:
            return
        if len(self._seen) >= self._most:
            if not self._full:
                self._full = True
                error = f"There are more than {self._most} addresses; the rest was left out."
                self._say(item.url, error, "Raise fetch.pages, or name a smaller part of the site.")
            return
        self._seen.add(item.url)
        self._queue.append(item)

    def _open(self, item: Item, page: CachedPage, listing: Listing) -> None:
        """Queue what a sitemap, feed or list names."""
        above = (*item.listings, *dict.fromkeys((item.url, page.final)))
        self._listings += 1
        if self._listings > _MAX_LISTINGS or len(item.listings) >= _MAX_NESTED:
            self._say(
                item.url, "There are too many sitemaps, or too many inside each other.", "Name the pages' sitemap."
            )
            return
        elsewhere = 0
        for entry in listing.entries:
            if entry in above:
                if listing.kind == "index":
                    self._say(item.url, f"The sitemap names itself: {entry}", "Correct the sitemap of sitemaps.")
                continue
            roams = listing.kind == "feed" and not item.listings
            if not roams and site(entry) != item.site:
                elsewhere += 1
                continue
            depth = item.depth if site(entry) == item.site else _LEAF
            self._add(Item(entry, site(entry), depth, roams=roams, listings=above))
        if elsewhere:
            error = f"{elsewhere} of its addresses are of another site, and were left out."
            self._say(item.url, error, "Name that site's own sitemap.")
        if not listing.entries:
            self._say(item.url, f"The {_CALLED[listing.kind]} names no address.", "Check it, or name the pages.")

    def _failed(self, item: Item, error: FetchError) -> None:
        if error.kind == "private" and self._alone and len(self._seen) == 1:
            raise SourceError(f"{item.url} is not fetched: {error}", error.hint)
        if error.kind == "unwanted" and not item.named:
            return
        if error.kind == "down":
            errors = self._silent.setdefault(origin(item.url), [])
            errors.append(error)
            if len(errors) > _SHOWN:
                return
        self._failures.append(error.of(item.url))

    def _is_stale(self, page: CachedPage) -> None:
        server = origin(page.url)
        self._stale[server] = self._stale.get(server, 0) + 1
        if self._stale[server] <= _SHOWN:
            error = f"{page.error} The copy of {page.fetched[:10]} is used."
            self._say(page.url, error, "Index again when the server is well.")

    def _say(self, url: str, error: str, hint: str) -> None:
        self._failures.append(Failure(url, error, hint))


_CALLED = {"index": "sitemap of sitemaps", "sitemap": "sitemap", "feed": "feed", "list": "list of addresses"}
