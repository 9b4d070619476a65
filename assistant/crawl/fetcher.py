"""One address: robots.txt, turns, redirects, conditional requests, and what is kept of it."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_cache import CachedPage, HttpCache
from assistant.crawl.http_client import Client, Reply
from assistant.crawl.rate_limit import RateLimiter
from assistant.crawl.robots import Robots
from assistant.crawl.urls import normal, origin

MAX_REDIRECTS = 10
MAX_WAIT_S = 60.0
"""Longest a server's Retry-After is waited for."""
_RETRIES = 2
_GIVEN_UP = 3
"""Times in a row that a server may not answer; then its other pages are not asked for."""
_BUSY = (429, 503)


class Fetcher:
    """Fetches addresses; safe to share between threads. What it fetched is in `kept`."""

    def __init__(self, client: Client, turns: RateLimiter, kept: HttpCache, *, delay_s: float) -> None:
        self._client = client
        self._turns = turns
        self._kept = kept
        self._delay_s = delay_s
        self._robots = Robots(lambda url: self._asked(url, {}, self._delay_s))
        self._lock = threading.Lock()
        self._silent: dict[str, int] = {}

    def visit(self, url: str) -> CachedPage:
        """What stands at a normal address. Its `error` is set when it is from an earlier day, the server being down.

        Raises FetchError, and forgets the address where that is to last; StoreError.
        """
        known = self._kept.get(url)
        if known is not None and self._kept.is_fresh(url):
            return known
        try:
            return self._fetched(url, known)
        except FetchError as error:
            if error.kind == "stopped":
                raise
            if error.lasting:
                if known is not None:
                    self._kept.forget(url)
                raise
            if known is None:
                raise
            self._kept.spare(url, error.error)
            return replace(known, error=error.error)

    def given_up(self, url: str) -> bool:
        """Whether the server of `url` is no longer asked."""
        with self._lock:
            return self._silent.get(origin(url), 0) >= _GIVEN_UP

    def _fetched(self, url: str, known: CachedPage | None) -> CachedPage:
        at, passed = url, [url]
        while True:
            conditions = _conditions(known) if known is not None and known.final == at else {}
            try:
                reply = self._allowed(at, conditions)
            except FetchError as error:
                if error.kind == "private" and at != url:
                    raise FetchError("refused", f"It redirects to {at}. {error}", error.hint) from None
                raise
            now = datetime.now(UTC).isoformat(timespec="seconds")
            if reply.status == 304 and known is not None and conditions:
                redirects = tuple(passed[1:])
                page = replace(known, redirects=redirects, status=304, fetched=now, error=None)
                if known.redirects == redirects:
                    self._kept.touch(url, 304, now)
                else:
                    self._kept.put(page)
                return page
            if reply.status == 200:
                page = _page(url, tuple(passed[1:]), reply, now)
                self._kept.put(page)
                return page
            if not (300 <= reply.status < 400 and "location" in reply.headers):
                raise _refusal(reply.status)
            target = normal(reply.headers["location"], at)
            if target is None:
                raise FetchError("refused", "It redirects to what is no web address.", "Name the page's own address.")
            if target in passed or len(passed) > MAX_REDIRECTS:
                what = "in a circle" if target in passed else f"more than {MAX_REDIRECTS} times"
                raise FetchError("refused", f"It redirects {what}.", "Name the page's own address, or tell the site.")
            passed.append(target)
            at = target

    def _allowed(self, url: str, headers: dict[str, str]) -> Reply:
        if self.given_up(url):
            raise FetchError("down", "The server did not answer before, and is not asked again.", "Index again later.")
        rules = self._robots.rules(url)
        if not rules.allow(url):
            raise FetchError(
                "unwanted",
                f"The robots.txt of {origin(url)} asks not to fetch this.",
                "Ask the site to allow it, or leave it out.",
            )
        return self._asked(url, headers, max(self._delay_s, rules.delay_s))

    def _asked(self, url: str, headers: dict[str, str], delay_s: float) -> Reply:
        """The answer of a server that may be busy for a while."""
        server = origin(url)
        for tried in range(_RETRIES + 1):
            with self._turns.turn(server, delay_s):
                try:
                    reply = self._client.get(url, headers)
                except FetchError as error:
                    self._note(server, answered=error.kind != "down")
                    raise
            if reply.status not in _BUSY:
                break
            wait_s = _retry_after(reply.headers.get("retry-after"), 2.0**tried)
            if tried == _RETRIES or wait_s > MAX_WAIT_S:
                self._note(server, answered=False)
                raise FetchError("down", f"The server is busy (status {reply.status}).", "Index again later.")
            self._turns.hold(server, wait_s)
        self._note(server, answered=True)
        return reply

    def _note(self, server: str, *, answered: bool) -> None:
        with self._lock:
            self._silent[server] = 0 if answered else self._silent.get(server, 0) + 1


def _conditions(known: CachedPage) -> dict[str, str]:
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in headers.items() if value and value.isascii() and value.isprintable()}


def _page(url: str, redirects: tuple[str, ...], reply: Reply, now: str) -> CachedPage:
    headers = reply.headers
    return CachedPage(
        url=url,
        final=redirects[-1] if redirects else url,
        redirects=redirects,
        etag=headers.get("etag"),
        modified=headers.get("last-modified"),
        type=headers.get("content-type", ""),
        robots=headers.get("x-robots-tag", ""),
        status=reply.status,
        fetched=now,
        error=None,
        body=reply.body,
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
    """Seconds of a Retry-After, which may be a number or a date."""
    if not value:
        return otherwise
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return otherwise
