"""The facts of a text that can be compared whatever its language: its numbers, dates and names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from assistant.text.dates import DateMention, PartialDate, blank, date_mentions
from assistant.text.names import Name, Word, names_of, stands_in, words_of
from assistant.text.numbers import Number, numbers_of

FactKind = Literal["number", "date", "name"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, a date or a name, in the words of the text that states it."""

    kind: FactKind
    written: str
    content: Number | DateMention | Name


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text states, and all that it may be understood to state."""

    stated: tuple[Fact, ...]
    numbers: tuple[Number, ...]
    dates: frozenset[PartialDate]
    words: tuple[Word, ...]

    def hold(self, fact: Fact) -> bool:
        """Whether the text holds `fact` too, in any format."""
        content = fact.content
        if isinstance(content, Number):
            return any(content.means(number) for number in self.numbers)
        if isinstance(content, Name):
            return stands_in(content, self.words)
        return any(_states(date, wanted) for wanted in content.readings for date in self.dates)


@lru_cache(maxsize=4096)
def facts_of(text: str, language: str) -> Facts:
    """The facts of `text`; number words and capitals are read as those of `language`.

    >>> [fact.written for fact in facts_of("In May 2020, 95% of Hanoi's 12 hospitals did.", "en").stated]
    ['May 2020', '95%', '12', 'Hanoi']
    """
    text = " ".join(text.split())
    dates = date_mentions(text)
    numbers = numbers_of(blank(text, dates), language)
    words = words_of(text)
    spans = [(item.start, item.end) for item in (*dates, *numbers)]
    stated = [Fact("date", text[date.start : date.end], date) for date in dates]
    stated += [Fact("number", text[n.start : n.end], n) for n in numbers if n.sure]
    for name in names_of(text, words, language):
        start, end = name.words[0].start, name.words[-1].end
        if end - start > 1 and not any(first <= start < last for first, last in spans):
            stated.append(Fact("name", text[start:end], name))
    # "2000 people": four digits alone may be a year or not.
    years = {date[0] for mention in dates for date in mention.readings if date[0] and not date[1]}
    bare = [Number(0, 0, frozenset({Decimal(year)}), False, False) for year in sorted(years)]
    possible = {(int(value), None, None) for n in numbers if not n.percent for value in n.values if value == int(value)}
    return Facts(
        tuple(stated), (*numbers, *bare), frozenset(r for date in dates for r in date.readings) | possible, words
    )


def _states(date: PartialDate, wanted: PartialDate) -> bool:
    return all(part is None or part == stated for part, stated in zip(wanted, date, strict=True))
