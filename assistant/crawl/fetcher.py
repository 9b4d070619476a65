"""The fetcher: gets one address, with robots.txt, rate limit, retries, redirects, conditional requests and the
cache.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_cache import CachedPage, HttpCache
from assistant.crawl.http_client import HttpClient, HttpResponse
from assistant.crawl.rate_limit import RateLimiter
from assistant.crawl.robots import Robots
from assistant.crawl.urls import normalise_url, origin

MAX_REDIRECTS = 10
MAX_WAIT_S = 60.0
"""Longest a server's Retry-After is waited for."""
_RETRIES = 2
_GIVEN_UP = 3
"""Times in a row that a server may not answer; then its other pages are not asked for."""
_BUSY = (429, 503)


class Fetcher:
    """Fetches pages and stores them in `cache`; threads may share it.

    `delay_s` is the pause between two requests to a server, in seconds.
    """

    def __init__(self, client: HttpClient, rate_limiter: RateLimiter, cache: HttpCache, *, delay_s: float) -> None:
        self._client = client
        self._rate_limiter = rate_limiter
        self._cache = cache
        self._delay_s = delay_s
        self._robots = Robots(lambda url: self._fetch_with_retries(url, {}, self._delay_s))
        self._lock = threading.Lock()
        self._silent: dict[str, int] = {}

    def fetch(self, url: str) -> CachedPage:
        """Return the page at a normalised URL.

        If its server is down, the copy of an earlier build is returned, with `error` set. Raises FetchError, and
        deletes the cached page where the error is lasting; StoreError if the cache cannot be read or written.
        """
        known = self._cache.get(url)
        if known is not None and self._cache.is_fresh(url):
            return known
        try:
            return self._fetch_anew(url, known)
        except FetchError as error:
            if error.kind == "stopped":
                raise
            if error.lasting:
                if known is not None:
                    self._cache.forget(url)
                raise
            if known is None:
                raise
            self._cache.spare(url, error.error)
            return replace(known, error=error.error)

    def given_up(self, url: str) -> bool:
        """Return whether the server of `url` failed so often that no more requests go to it."""
        with self._lock:
            return self._silent.get(origin(url), 0) >= _GIVEN_UP

    def _fetch_anew(self, url: str, known: CachedPage | None) -> CachedPage:
        at, passed = url, [url]
        while True:
            conditions = _conditions(known) if known is not None and known.final == at else {}
            try:
                response = self._fetch_if_allowed(at, conditions)
            except FetchError as error:
                if error.kind == "private" and at != url:
                    raise FetchError("refused", f"It redirects to {at}. {error}", error.hint) from None
                raise
            now = datetime.now(UTC).isoformat(timespec="seconds")
            if response.status == 304 and known is not None and conditions:
                redirects = tuple(passed[1:])
                page = replace(known, redirects=redirects, status=304, fetched=now, error=None)
                if known.redirects == redirects:
                    self._cache.touch(url, 304, now)
                else:
                    self._cache.put(page)
                return page
            if response.status == 200:
                page = _page(url, tuple(passed[1:]), response, now)
                self._cache.put(page)
                return page
            if not (300 <= response.status < 400 and "location" in response.headers):
                raise _refusal(response.status)
            target = normalise_url(response.headers["location"], at)
            if target is None:
                raise FetchError("refused", "It redirects to what is no web address.", "Name the page's own address.")
            if target in passed or len(passed) > MAX_REDIRECTS:
                what = "in a circle" if target in passed else f"more than {MAX_REDIRECTS} times"
                raise FetchError("refused", f"It redirects {what}.", "Name the page's own address, or tell the site.")
            passed.append(target)
            at = target

    def _fetch_if_allowed(self, url: str, headers: dict[str, str]) -> HttpResponse:
        if self.given_up(url):
            raise FetchError("down", "The server did not answer before, and is not asked again.", "Index again later.")
        rules = self._robots.rules(url)
        if not rules.allow(url):
            raise FetchError(
                "unwanted",
                f"The robots.txt of {origin(url)} asks not to fetch this.",
                "Ask the site to allow it, or leave it out.",
            )
        return self._fetch_with_retries(url, headers, max(self._delay_s, rules.delay_s))

    def _fetch_with_retries(self, url: str, headers: dict[str, str], delay_s: float) -> HttpResponse:
        """Return the response of a server, waiting and asking again while it is busy. Raises FetchError."""
        server = origin(url)
        for tried in range(_RETRIES + 1):
            with self._rate_limiter.slot(server, delay_s):
                try:
                    response = self._client.get(url, headers)
                except FetchError as error:
                    self._note(server, answered=error.kind != "down")
                    raise
            if response.status not in _BUSY:
                break
            wait_s = _retry_after(response.headers.get("retry-after"), 2.0**tried)
            if tried == _RETRIES or wait_s > MAX_WAIT_S:
                self._note(server, answered=False)
                raise FetchError("down", f"The server is busy (status {response.status}).", "Index again later.")
            self._rate_limiter.pause(server, wait_s)
        self._note(server, answered=True)
        return response

    def _note(self, server: str, *, answered: bool) -> None:
        with self._lock:
            self._silent[server] = 0 if answered else self._silent.get(server, 0) + 1


def _conditions(known: CachedPage) -> dict[str, str]:
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()}


def _page(url: str, redirects: tuple[str, ...], response: HttpResponse, now: str) -> CachedPage:
    headers = response.headers
    return CachedPage(
        url=url,
        final=redirects[-1] if redirects else url,
        redirects=redirects,
        etag=headers.get("etag"),
        modified=headers.get("last-modified"),
        type=headers.get("content-type", ""),
        robots=headers.get("x-robots-tag", ""),
        status=response.status,
        fetched=now,
        error=None,
        body=response.body,
    )


def _refusal(status: int) -> FetchError:
    if status in (404, 410):
        return FetchError("gone", f"There is no such page (status {status}).", "Correct the address, or leave it out.")
    if status in (401, 403, 407, 451):
        return FetchError(
            "gone", f"The server does not show it to us (status {status}).", "Save it as a file, and index that."
        )
    if 400 <= status < 500 and status not in (408, 425):
        return FetchError("gone", f"The server refuses it (status {status}).", "Correct the address, or leave it out.")
    return FetchError("broken", f"The server failed (status {status}).", "Index again; if it stays, tell the site.")


def _retry_after(value: str | None, otherwise: float) -> float:
    """Return the seconds that a Retry-After header asks for, as a number or as a date; `otherwise` if it is
    malformed.
    """
    if not value:
        return otherwise
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return otherwise
