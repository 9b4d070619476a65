"""What the chat offers to search in: only that in which the documents differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.filter import Facets, Filter
from assistant.html.strings import Strings, language_name

MOST_SITES = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """Languages and sites, the commonest first, none where there is but one; and whether dates can be asked for."""

    languages: tuple[str, ...]
    sites: tuple[str, ...]
    dates: bool

    def __bool__(self) -> bool:
        return bool(self.languages or self.sites or self.dates)

    def named_languages(self, strings: Strings) -> list[tuple[str, str]]:
        """(name, code) of each language."""
        return [(language_name(code, strings) or code, code) for code in self.languages]


def choices(facets: Sequence[Facets]) -> Choices:
    """What documents with these facets differ in."""
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
    """The filter that was set; None where none was. Raises QuestionError when a date is none."""
    only = Filter(
        tuple(languages or ()), tuple(sites or ()), (since or "").strip() or None, (until or "").strip() or None
    )
    return only if only != Filter() else None
