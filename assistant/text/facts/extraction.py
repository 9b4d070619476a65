"""The facts of a text that can be compared in every language: its numbers, dates and names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from assistant.text.facts.dates import DateMention, blank, date_mentions
from assistant.text.facts.lexicon import RANGE
from assistant.text.facts.names import Name, Word, names_of, stands_in, words_of
from assistant.text.facts.numbers import Number, numbers_of
from assistant.text.fold import strip_accents

FactKind = Literal["number", "date", "name"]

# A name with a number in it ("COVID-19", "H5N1"): its letters, and the rest.
_CODE = re.compile(r"(?<![\w-])(?=\w*[^\W\d_a-z])([^\W\d_]+)-?(\d\w*)(?!\w)")
_PLAIN = 4  # letters from which such a name may stand without the number; chosen by hand
_THING = 3  # letters at least of a countable noun; chosen by hand: shorter words are mostly particles
_TOGETHER = 3  # distance, in numbers, between the ends of a range at most; chosen by hand
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Code:
    """A name of letters and digits, as a pattern of its spellings without accents."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, a date, a range of either, or a name, as the text writes it; `end` is its end in the text."""

    kind: FactKind
    written: str
    end: int
    content: tuple[Number | DateMention, ...] | Name | Code
    counted: Word | None = None
    """The word after a number."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that a text states, and all that can be read from it; offsets are in `text`, its white space single."""

    text: str
    stated: tuple[Fact, ...]
    numbers: tuple[Number, ...]
    dates: tuple[DateMention, ...]
    words: tuple[Word, ...]

    def hold(self, fact: Fact) -> bool:
        """Return whether the text states `fact` too, in any format; the ends of a range must stand together."""
        if isinstance(fact.content, Name):
            return stands_in(fact.content, self.words)
        if isinstance(fact.content, Code):
            return bool(fact.content.pattern.search(strip_accents(self.text)))
        places = self._places(fact.content[0])
        for end in fact.content[1:]:
            places = [n for n in self._places(end) if any(0 < n - before <= _TOGETHER for before in places)]
        return bool(places)

    def miscounts(self, fact: Fact) -> bool:
        """Return whether the text, in the language of `fact`, counts the same things but only with other numbers."""
        if fact.counted is None:
            return False
        after = _by_start(self.words)
        counts = [n for n in self.numbers if (word := after.get(n.end + 1)) and word.same(fact.counted)]
        return (
            bool(counts)
            and isinstance(fact.content, tuple)
            and not any(isinstance(item, Number) and item.means(number) for item in fact.content for number in counts)
        )

    def _places(self, item: Number | DateMention) -> list[int]:
        if isinstance(item, Number):
            return [n for n, own in enumerate(self.numbers) if item.means(own)]
        return [n for n, own in enumerate(self.dates) if own.states(item)]


@lru_cache(maxsize=4096)
def facts_of(text: str, language: str) -> Facts:
    """Return the facts of `text`; number words and capitals are read as those of `language`.

    >>> [fact.written for fact in facts_of("In 2020-2025, 95% of Hanoi's 12 hospitals did.", "en").stated]
    ['2020-2025', '95%', '12', 'Hanoi']
    """
    text = " ".join(text.split())
    dates = date_mentions(text)
    numbers = numbers_of(blank(text, dates), language)
    words = words_of(text)
    after = _by_start(words)
    stated = _ranges("date", text, dates)
    for fact in _ranges("number", text, [number for number in numbers if number.sure]):
        stated.append(replace(fact, counted=after.get(fact.end + 1)))
    codes = [match for match in _CODE.finditer(text) if not _YEAR.fullmatch(match[2])]
    stated += [Fact("name", match[0], match.end(), _code(*match.groups())) for match in codes]
    spans = [(d.start, d.end) for d in dates] + [(n.start, n.end) for n in numbers] + [m.span() for m in codes]
    taken = {place for start, end in spans for place in range(start, end)}
    for name in names_of(text, words, language):
        start, end = name.words[0].start, name.words[-1].end
        if end - start > 1 and start not in taken:
            stated.append(Fact("name", text[start:end], end, name))
    return Facts(text, tuple(stated), (*numbers, *_as_numbers(dates)), (*dates, *_as_years(numbers)), words)


def _as_numbers(dates: Sequence[DateMention]) -> list[Number]:
    """Years that may be a number of things: "2000 people"."""
    years = [(date, date.readings[0][0]) for date in dates if date.readings[0][1:] == (None, None)]
    return [Number(d.start, d.end, frozenset({Decimal(year or 0)}), False, False) for d, year in years]


def _as_years(numbers: Sequence[Number]) -> list[DateMention]:
    """Numbers that may be a year."""
    plain = [number for number in numbers if not number.percent and not number.values.isdisjoint(_YEARS)]
    return [DateMention(n.start, n.end, tuple((int(value), None, None) for value in n.values)) for n in plain]


def _by_start(words: Sequence[Word]) -> dict[int, Word]:
    """Those that are long enough to be what is counted."""
    return {word.start: word for word in words if len(word.sound) >= _THING}


def _code(letters: str, rest: str) -> Code:
    letters, rest = re.escape(strip_accents(letters)), re.escape(strip_accents(rest))
    alone = r"|(?![-\s]?\d)" if len(letters) >= _PLAIN else ""
    return Code(re.compile(rf"(?<!\w){letters}(?:[-‑–\s]?{rest}(?!\w){alone})"))


def _ranges(kind: FactKind, text: str, items: Sequence[Number] | Sequence[DateMention]) -> list[Fact]:
    """One fact for each of `items`, and one for all those that are ends of one range."""
    groups: list[list[Number | DateMention]] = []
    for item in items:
        gap = text[groups[-1][-1].end : item.start].casefold() if groups else ""
        # "group 4 – 12 units": between numbers a dash with spaces may be a pause.
        if gap.strip() in RANGE and (kind == "date" or gap.strip().isalpha() or " " not in gap):
            groups[-1].append(item)
        else:
            groups.append([item])
    return [Fact(kind, text[group[0].start : group[-1].end], group[-1].end, tuple(group)) for group in groups]
