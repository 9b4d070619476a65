"""Dates in lines and texts, in every order of their numbers; a date that is not certain is not returned."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.text.facts.date_words import date_words

_NUMERIC = re.compile(
    r"(?<![\d/.-])(?:(?P<y1>\d{4})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y2>\d{4}))(?![\d/]|[.-]\d|[^\W\d_T])"
)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_TIME = re.compile(
    r"\b\d{1,2}\s*[:h.]\s*\d{2}(?:\s*[:.]\s*\d{2})?(?:\s*[ap]\.?m\.?)?|\b\d{1,2}\s*[ap]\.?m\.?"
    r"|\(?\b(?:GMT|UTC|CE[S]?T|ICT)\b\s*(?:[+-]\d{1,2}(?::?\d{2})?)?\)?",
    re.IGNORECASE,
)
_WRITTEN_YEAR = re.compile(r"(?<=\s)\d{4}(?!\w)")
_LONGEST_DATE = 60  # characters of a date in words before its year at most; a limit of time
_MONTH_YEAR = re.compile(r"(?<![\w.,/-])(0?[1-9]|1[0-2])[/.]((?:19|20)\d\d)(?![\w/]|[.,-]\d)")
_YEAR = re.compile(r"(?<!\d)(?<!\d[.,])((?:19|20)\d\d)(?!\d|[.,]\d|\s?%)")
# Chosen by hand: letters from which the name of a month is no other word ("may", "mar", "lis" are shorter).
_ALONE = 5

PartialDate = tuple[int | None, int | None, int | None]
"""Year, month, day; None for what is not stated."""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date or a part of one, `text[start:end]`, and its possible meanings, likeliest first."""

    start: int
    end: int
    readings: tuple[PartialDate, ...]

    def states(self, other: DateMention) -> bool:
        """Return whether this mention includes all of the other date, in a reading of each."""
        return any(
            all(part is None or part == own for own, part in zip(mine, wanted, strict=True))
            for mine in self.readings
            for wanted in other.readings
        )


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date found in a line: the ISO `date`, whether a weekday confirms it, and the rest of the line."""

    date: str
    confirmed: bool
    rest: str


def find_date(line: str) -> StatedDate | None:
    """Return the only full date in a short line; None if there is none, an impossible one or several.

    The day stands before the month unless a weekday or the numbers say otherwise.

    >>> find_date("Monday - 10/08/2020 09:51").date
    '2020-08-10'
    >>> find_date("period 2020-2025") is None
    True
    """
    if len(line) > 300:
        return None
    found = _matches(line)
    weekday = _weekday(line)
    dates = {date for _, options in found for date in [_choose(options, weekday)] if date is not None}
    if len(dates) != 1:
        return None
    date = dates.pop()
    rest = line
    for (start, end), _ in reversed(found):
        rest = rest[:start] + " " + rest[end:]
    rest = date_words().weekday.sub(" ", _TIME.sub(" ", rest))
    return StatedDate(date.isoformat(), date.weekday() == weekday, " ".join(rest.split()).strip(" -–—|,;•·()/"))


def iso_date(value: str) -> str | None:
    """Return the ISO date of a timestamp ("2024-03-05T10:00:00+07:00") or of a written date, None if there is none."""
    value = value.strip()
    match = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", value)
    if match:
        date = _date(int(match[1]), int(match[2]), int(match[3]))
        return date.isoformat() if date else None
    stated = find_date(value)
    return stated.date if stated else None


def date_mentions(text: str) -> list[DateMention]:
    """Return every date in `text` and every part of one (month and year, day and month, year), in order.

    The white space of `text` must be single spaces.

    >>> [(m.start, m.readings) for m in date_mentions("from May 2020 to 21/6/2021")]
    [(5, ((2020, 5, None),)), (17, ((2021, 6, 21),))]
    """
    found = [
        DateMention(*span, tuple((day.year, day.month, day.day) for day in options))
        for span, options in _matches(text)
        if options
    ]
    for finder in (_named_months, _numbered_months, _years):
        found += finder(blank(text, found))
    return sorted(found, key=lambda mention: mention.start)


def blank(text: str, mentions: Iterable[DateMention]) -> str:
    """Return `text` with line ends, over which no pattern reads, in place of the `mentions`; the length stays."""
    pieces, position = [], 0
    for mention in sorted(mentions, key=lambda mention: mention.start):
        start = max(mention.start, position)
        pieces += [text[position:start], "\n" * (mention.end - start)]
        position = max(mention.end, position)
    return "".join(pieces) + text[position:]


def _named_months(text: str) -> list[DateMention]:
    found: list[DateMention] = []
    words = date_words()
    for match in words.month_name.finditer(text):
        month = words.spoken_months.get(match[0].casefold())
        if month is None:
            continue
        start, end = match.span()
        before = words.day_before.search(text[max(0, start - 8) : start])
        year = words.year_after.match(text[end : end + 16])
        after = None if before or year else words.day_after.match(text[end : end + 8])
        day = before or after
        if not (day or year or len(match[0]) >= _ALONE):
            continue
        start -= len(before[0]) if before else 0
        end += sum(part.end() for part in (year, after) if part)
        reading = (int(year[1]) if year else None, month, int(day[1]) if day else None)
        found.append(DateMention(start, end, (reading,)))
    return found


def _numbered_months(text: str) -> list[DateMention]:
    found = [DateMention(*m.span(), ((int(m[2]), int(m[1]), None),)) for m in _MONTH_YEAR.finditer(text)]
    for m in date_words().day_month.finditer(text):
        if 1 <= int(m[2]) <= 12:
            found.append(DateMention(*m.span(), ((None, int(m[2]), int(m[1])),)))
    return found


def _years(text: str) -> list[DateMention]:
    return [DateMention(*m.span(), ((int(m[1]), None, None),)) for m in _YEAR.finditer(text)]


def _matches(line: str) -> list[tuple[tuple[int, int], list[datetime.date]]]:
    """Each date in `line` with its span and possible readings, likeliest first."""
    found: list[tuple[tuple[int, int], list[datetime.date]]] = []
    for match in _NUMERIC.finditer(line):
        if match["y1"]:
            readings = [_date(int(match["y1"]), int(match["m1"]), int(match["d1"]))]
        else:
            year, a, b = int(match["y2"]), int(match["a"]), int(match["b"])
            readings = [_date(year, b, a), _date(year, a, b)]
        found.append((match.span(), _valid(readings)))
    for match in _CJK.finditer(line):
        found.append((match.span(), _valid([_date(*map(int, match.groups()))])))
    words = date_words()
    for match in words.numbered.finditer(line):
        day, month, year = map(int, match.groups())
        found.append((match.span(), _valid([_date(year, month, day)])))
    for year_at in _WRITTEN_YEAR.finditer(line):
        written = words.written.search(line, max(0, year_at.start() - _LONGEST_DATE), year_at.end())
        if written is None:
            continue
        name = (written["m1"] or written["m2"]).casefold()
        day, year = int(written["d1"] or written["d2"]), int(written["y1"] or written["y2"])
        found.append((written.span(), _valid([_date(year, words.months[name], day)])))
    found.sort(key=lambda item: item[0])
    return found


def _choose(options: list[datetime.date], weekday: int | None) -> datetime.date | None:
    agreeing = [date for date in options if date.weekday() == weekday]
    return next(iter(agreeing or options), None)


def _valid(dates: Iterable[datetime.date | None]) -> list[datetime.date]:
    return [date for date in dates if date is not None]


def _date(year: int, month: int, day: int) -> datetime.date | None:
    if not 1900 <= year <= 2100:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _weekday(line: str) -> int | None:
    match = date_words().weekday.search(line)
    return date_words().weekdays[match[0].casefold()] - 1 if match else None
