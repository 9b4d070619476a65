"""Filters that limit a search to documents of some languages, sites or dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from assistant.errors import QuestionError

DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_DAY = re.compile(DAY)


@dataclass(frozen=True, slots=True)
class Facets:
    """The filterable fields of a document: its language, the host of its address, and its date (ISO)."""

    language: str
    site: str | None
    published: str | None

    @classmethod
    def of(cls, language: str, url: str | None, published: str | None) -> Facets:
        """Return the facets of a document with these fields; "www." is removed from the host."""
        try:
            host = urlsplit(url).hostname if url else None
        except ValueError:  # documents say what they like
            host = None
        day = published[:10] if published and _DAY.match(published) else None
        return cls(language, host.removeprefix("www.") if host else None, day)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that a document must meet to be searched; an empty field is no condition.

    `since` and `until` are ISO dates (YYYY-MM-DD), both inclusive; a document without a date does not meet them.
    Raises QuestionError when one of them is not a date.
    """

    languages: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        for day in (self.since, self.until):
            if day is not None and not _DAY.fullmatch(day):
                raise QuestionError(f"{day!r} is no date.", "Write it as 2024-05-31.")

    def admits(self, facets: Facets) -> bool:
        """Return whether a document with these `facets` meets all conditions."""
        dated = self.since is None and self.until is None
        if not dated and facets.published:
            dated = (self.since or "") <= facets.published <= (self.until or "9999-12-31")
        return (
            dated
            and (not self.languages or facets.language in self.languages)
            and (not self.sites or facets.site in self.sites)
        )
