"""Words of dates: names of months and weekdays, and the patterns of dates in words, in all languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError

from assistant.text.language_tables import (
    LANGUAGES,
    Table,
    any_word,
    language_table,
    other_tables,
    split_words,
    words_of_all,
)

_SHORTEST_NAME = 3  # letters of a month or weekday


@dataclass(frozen=True, slots=True)
class DateWords:
    """Names of months and weekdays, January and Monday being 1, and patterns that use them."""

    months: Mapping[str, int]
    spoken_months: Mapping[str, int]
    """Those of the languages with a file: in running text a short name of another is some other word."""
    weekdays: Mapping[str, int]
    weekday: re.Pattern[str]
    written: re.Pattern[str]
    """A date that names its month, up to the end of its year; groups d1, m1, y1 or m2, d2, y2."""
    numbered: re.Pattern[str]
    """A day, the word for a month with its number, and a year, in this order."""
    month_name: re.Pattern[str]
    day_month: re.Pattern[str]
    """The word for a day, and the numbers of a day and its month."""
    # What stands around a month's name in a part of a date
    day_before: re.Pattern[str]
    day_after: re.Pattern[str]
    year_after: re.Pattern[str]


@cache
def date_words() -> DateWords:
    """The words of dates in all languages."""
    spoken = {language: language_table(language) for language in LANGUAGES}
    others = {language: table for language, table in other_tables().items() if "dates" in table}
    months = _names("months", [*spoken.items(), *others.items()])
    spoken_months = _names("months", spoken.items())
    weekdays = _names("weekdays", [*spoken.items(), *others.items()])
    day, month, year, joiner, ending = (_any(key) for key in ("day", "month", "year", "joiners", "endings"))
    name, any_joiner = any_word(list(months)), _any("joiners", others=True)
    # Names in several words ("tháng mười một"): how they begin, and how those of more than two go on
    parts = [name.split(" ", 1) for name in spoken_months if " " in name]
    begin, rest = any_word(sorted({first for first, _ in parts})), any_word([end for _, end in parts if " " in end])
    return DateWords(
        months=months,
        spoken_months=spoken_months,
        weekdays=weekdays,
        weekday=_pattern(rf"(?<!\w)(?:{any_word(list(weekdays))})(?!\w)"),
        written=_pattern(
            rf"(?<!\w)(?:(?P<d1>\d{{1,2}})(?:\.|{_any('endings', others=True)})?\s+(?:(?:{any_joiner})\s+)?"
            rf"(?P<m1>{name})\.?,?\s+(?:(?:{any_joiner})\s+)?(?P<y1>\d{{4}})"
            rf"|(?P<m2>{name})\.?\s+(?P<d2>\d{{1,2}})(?:{ending})?,?\s+(?P<y2>\d{{4}}))\Z"
        ),
        numbered=_pattern(
            rf"(?:(?:{day})\s+)?(\d{{1,2}})\s+(?:{month})\s+(\d{{1,2}})(?:\s+(?:{year})\s+|\s*[,/]\s*|\s+)(\d{{4}})"
        ),
        month_name=_pattern(
            rf"(?<!\w)(?:(?:{begin})\s(?:\d{{1,2}}(?!\d|\s?[%-])|{rest}|[^\W\d_]+)|[^\W\d_]{{3,}}(?!\w))"
        ),
        day_month=_pattern(rf"(?<!\w)(?:{day})\s(\d{{1,2}})\s?[/-]\s?(\d{{1,2}})(?![\w/]|[.,]\d)"),
        day_before=_pattern(rf"(?<![\w.,/-])(\d{{1,2}})(?:\.|{ending})?\s(?:(?:{joiner})\s)?$"),
        day_after=_pattern(rf"\s(\d{{1,2}})(?:{ending})?(?![\w%]|[.,/]\d|\s?%)"),
        year_after=_pattern(rf"(?:\.?,?\s(?:(?:{joiner}|{year})\s)?|\s?/\s?)((?:19|20)\d\d)(?!\w|[.,/]\d)"),
    )


def _any(key: str, *, others: bool = False) -> str:
    return any_word(words_of_all("dates", key, others=others))


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


def _names(kind: Literal["months", "weekdays"], tables: Iterable[tuple[str, Table]]) -> dict[str, int]:
    """Name → its number, from CLDR and the tables of the languages. A name with two meanings is left out."""
    meanings: dict[str, set[int]] = {}
    for language, table in tables:
        named = _cldr_names(kind, language)
        for number, names in table["dates"].get(kind, {}).items():
            named += [(name, int(number)) for name in split_words(names)]
        for name, number in named:
            plain = name.casefold().rstrip(".")
            if len(plain) >= _SHORTEST_NAME:
                meanings.setdefault(plain, set()).add(number)
    return {name: min(numbers) for name, numbers in meanings.items() if len(numbers) == 1}


def _cldr_names(kind: Literal["months", "weekdays"], language: str) -> list[tuple[str, int]]:
    """Those of the Unicode Common Locale Data Repository; none where it lacks the language."""
    try:
        locale = Locale.parse(language)
    except UnknownLocaleError:
        return []
    contexts = (locale.months if kind == "months" else locale.days).values()
    widths = [width for context in contexts for width in context.values()]
    return [(name, key + (kind == "weekdays")) for width in widths for key, name in width.items()]
