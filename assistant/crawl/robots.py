"""The robots.txt of a server, as RFC 9309 defines it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.http_client import AGENT, HttpResponse
from assistant.crawl.urls import normalise_url, origin

MAX_DELAY_S = 10.0
"""Longest pause that a robots.txt gets: one of an hour would mean not to read the site at all."""
_MAX_BYTES = 500_000
_MAX_REDIRECTS = 5
# Each rule is kept for each name above it, so a small file could fill the memory.
_MAX_PRODUCT = 1_000_000
_NAME = re.compile(r"(?:^|[\r\n])[^\S\r\n]*user.?agent", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one server; `parsed` is None where everything is allowed."""

    parsed: Protego | None

    def allow(self, url: str) -> bool:
        """Return whether `url` may be fetched."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, AGENT))

    @property
    def delay_s(self) -> float:
        """The pause between two requests that the file asks for, in seconds, at most MAX_DELAY_S; 0 where it asks for
        none.
        """
        delay = self.parsed.crawl_delay(AGENT) if self.parsed else None
        return min(MAX_DELAY_S, float(delay or 0))


class Robots:
    """The rules of all servers, each fetched once with `fetch`, which takes a URL; threads may share it."""

    def __init__(self, fetch: Callable[[str], HttpResponse]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._known: dict[str, Rules | FetchError] = {}

    def rules(self, url: str) -> Rules:
        """Return the rules for `url`. Raises FetchError if its server does not respond: then nothing may be fetched."""
        server = origin(url)
        with self._lock:
            lock = self._locks.setdefault(server, threading.Lock())
        with lock:
            if server not in self._known:
                try:
                    self._known[server] = self._read(server)
                except FetchError as error:
                    if error.kind == "stopped":
                        raise
                    self._known[server] = error
        known = self._known[server]
        if isinstance(known, FetchError):
            raise known
        return known

    def _read(self, server: str) -> Rules:
        at = f"{server}/robots.txt"
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                response = self._fetch(at)
            except FetchError as error:
                if error.kind in ("refused", "unwanted"):  # larger than any robots.txt, or a picture
                    return Rules(None)
                if error.kind == "private" and at != f"{server}/robots.txt":
                    raise FetchError(
                        "refused", f"The server's robots.txt leads astray: {error}", "Tell the site."
                    ) from None
                raise
            target = normalise_url(response.headers.get("location", ""), at) if 300 <= response.status < 400 else None
            if target is None:
                break
            at = target
        if response.status >= 500 or response.status == 429:
            raise FetchError(
                "down",
                f"The server answers {response.status} for its robots.txt, so nothing may be fetched.",
                "Index again when it is well, or tell the site.",
            )
        if response.status != 200:
            return Rules(None)
        text = response.body[:_MAX_BYTES].decode("utf-8", "replace")
        names = len(_NAME.findall(text))
        if names * (text.count("\n") + text.count("\r") + 1 - names) > _MAX_PRODUCT:
            raise FetchError("refused", "The server's robots.txt is too large to be followed.", "Tell the site.")
        return Rules(Protego.parse(text))
