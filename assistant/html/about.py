"""The line that describes a document on a page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from assistant.answer.links import safe_link
from assistant.html.strings import Strings, date_words, language_name
from assistant.records import Document


@dataclass(frozen=True, slots=True)
class About:
    """Site or publisher, date as stated and in words, language and page in words; None where unknown."""

    site: str | None
    published: str | None
    date: str | None
    language: str | None
    page: str | None


def about(document: Document, strings: Strings, at: int | None = None) -> About:
    """Return the description of `document`, with the page of the character `at` where it has pages."""
    address = safe_link(document.url)
    page = None if at is None else document.page_at(at)
    return About(
        document.publisher or (urlsplit(address).hostname if address else None),
        document.published,
        date_words(document.published, strings) if document.published else None,
        language_name(document.language, strings),
        strings.page.format(number=page) if page else None,
    )
