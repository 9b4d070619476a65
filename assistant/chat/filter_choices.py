"""The choices of the chat's filter: the languages, sites and dates in which the documents differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.filter import Facets, Filter
from assistant.html.strings import Strings, language_name

MOST_SITES = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """Languages and sites, most frequent first, empty where there is only one; `dates` offers a filter by date."""

    languages: tuple[str, ...]
    sites: tuple[str, ...]
    dates: bool

    def __bool__(self) -> bool:
        return bool(self.languages or self.sites or self.dates)

    def named_languages(self, strings: Strings) -> list[tuple[str, str]]:
        """Return (name, code) of each language."""
        return [(language_name(code, strings) or code, code) for code in self.languages]


def choices(facets: Sequence[Facets]) -> Choices:
    """Return the choices for documents with these facets."""
    languages = Counter(f.language for f in facets)
    sites = Counter(f.site for f in facets)
    return Choices(
        tuple(code for code, _ in languages.most_common()) if len(languages) > 1 else (),
        tuple(site for site, _ in sites.most_common(MOST_SITES) if site) if len(sites) > 1 else (),
        len({f.published for f in facets}) > 1,
    )


def chosen(
    languages: Sequence[str] | None, sites: Sequence[str] | None, since: str | None, until: str | None
) -> Filter | None:
    """Return the filter that the reader set, None where it is empty. Raises QuestionError when a date is invalid."""
    only = Filter(
        tuple(languages or ()), tuple(sites or ()), (since or "").strip() or None, (until or "").strip() or None
    )
    return only if only != Filter() else None
