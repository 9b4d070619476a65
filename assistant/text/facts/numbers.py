"""Numbers in a text, in digits or words, in every notation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from assistant.text.facts.lexicon import (
    AT_LEAST,
    AT_MOST,
    INNER_MAGNITUDES,
    LIST,
    MAGNITUDES,
    MAYBE_NUMBER_WORDS,
    MULTIPLES,
    NUMBER_JOINERS,
    NUMBER_WORDS,
    PERCENT,
    PERCENT_PAIRS,
    RANGE,
    SHARES,
)
from assistant.text.language import UNKNOWN

_TOKEN = re.compile(
    r"(?P<digits>\d{1,3}(?P<group>[.,' ])\d{3}(?:(?P=group)\d{3})*(?!\d)(?:[.,]\d+(?!\d))?|\d+(?:[.,]\d+)?)"
    r"|(?P<word>[^\W\d_]+)|(?P<mark>\S)"
)
_ROMAN = re.compile(r"(?=[IVXL])X{0,3}L?X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50}
_BOUNDS = {
    language: (
        (-1, re.compile(rf"(?<!\w)(?:{AT_MOST[language]})(?:\s\w+)?\s$", re.IGNORECASE)),
        (1, re.compile(rf"(?<!\w)(?<!\d\s)(?:{AT_LEAST[language]})(?:\s\w+)?\s$", re.IGNORECASE)),
    )
    for language in AT_LEAST
}
_BOUND_BEFORE = 30  # characters before a number that are searched for "at least" and the like; chosen by hand
_LARGEST = 10**30  # value of a number in words; a limit of time
_GAP = 8  # characters between two numbers from which they are no range or list; chosen by hand


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, `text[start:end]`, and its possible values.

    `percent` is None if the text leaves open whether it is a percentage ("60 or 70%"). `sure` is False if it may be no
    number at all ("second", "V", digits in a name). `bound` is 1 for "more than", -1 for "less than", else 0.
    """

    start: int
    end: int
    values: frozenset[Decimal]
    percent: bool | None
    sure: bool
    bound: int = 0

    def means(self, other: Number) -> bool:
        """Return whether both may be the same number, and not bounds in opposite directions."""
        alike = self.percent == other.percent or None in (self.percent, other.percent)
        return alike and self.bound * other.bound >= 0 and not self.values.isdisjoint(other.values)


def numbers_of(text: str, language: str) -> list[Number]:
    """Return every number in `text`, in order; number words are those of `language`.

    If notations differ ("1.234"), both values are given. The white space of `text` must be single spaces.

    >>> [sorted(n.values) for n in numbers_of("1,250 or two million", "en")]
    [[Decimal('1.250'), Decimal('1250')], [Decimal('2000000')]]
    """
    tokens = list(_TOKEN.finditer(text))
    found: list[Number] = []
    position = 0
    while position < len(tokens):
        number, position = _number_at(text, tokens, position, language)
        if number:
            found += number
    return _with_shared_units(text, found)


def _number_at(text: str, tokens: Sequence[re.Match[str]], first: int, language: str) -> tuple[list[Number], int]:
    """The number that begins with the token `first`, if one does, and the token after it."""
    token = tokens[first]
    if token["digits"]:
        values, after = _readings(token["digits"]), first + 1
        before = text[max(0, token.start() - 2) : token.start()]
        sure = not (before[-1:].isalpha() or (before[-1:] == "-" and before[:1].isalpha()))
    elif (shares := SHARES.get(token[0].casefold())) is not None:
        return [Number(token.start(), token.end(), frozenset(map(Decimal, shares)), None, True)], first + 1
    elif token["word"]:
        value, after, sure = _in_words(tokens, first, language)
        if value is None:
            return _roman(token), first + 1
        values = frozenset({value})
    else:
        return [], first + 1
    magnitudes = MAGNITUDES.get(language, MAGNITUDES[UNKNOWN])
    while after < len(tokens) and (factor := magnitudes.get(tokens[after][0].casefold())):
        values = frozenset(value * factor for value in values)
        after += 1 + (tokens[after + 1 : after + 2] != [] and tokens[after + 1][0] == "." and factor > 100)
    percent = _percent_at(tokens, after)
    before = text[max(0, token.start() - _BOUND_BEFORE) : token.start()]
    bound = next((side for side, pattern in _BOUNDS.get(language, ()) if pattern.search(before)), 0)
    number = Number(token.start(), tokens[after + percent - 1].end(), values, percent > 0, sure, bound)
    return [number, *_grouped_by_spaces(token)], after + percent


def _readings(digits: str) -> frozenset[Decimal]:
    separators = re.sub(r"\d", "", digits)
    plain = digits.replace(" ", "").replace("'", "")
    marks = separators.strip(" '")
    if not marks:
        return frozenset({Decimal(plain)})
    head, _, tail = plain.replace(",", ".").rpartition(".")
    decimal = Decimal(f"{head.replace('.', '')}.{tail}")
    whole = Decimal(re.sub(r"[.,]", "", plain))
    if len(set(separators)) > 1:  # 1.234,5 or 1 234,5
        return frozenset({decimal})
    if len(marks) > 1:  # 1.234.567
        return frozenset({whole})
    grouped = len(plain.partition(marks)[2]) == 3 and 0 < len(plain.partition(marks)[0]) <= 3 and plain[0] != "0"
    return frozenset({decimal, whole}) if grouped else frozenset({decimal})


def _grouped_by_spaces(token: re.Match[str]) -> list[Number]:
    """The parts of "1 234", which may be two numbers side by side."""
    if not token["digits"] or token["group"] != " ":
        return []
    parts = re.finditer(r"[\d.,]+", token["digits"])
    return [Number(token.start() + p.start(), token.start() + p.end(), _readings(p[0]), None, False) for p in parts]


def _in_words(tokens: Sequence[re.Match[str]], first: int, language: str) -> tuple[Decimal | None, int, bool]:
    """The value of the number words from `first` on (None where there are none), the token after, and whether sure."""
    sure_words, maybe = NUMBER_WORDS.get(language, {}), MAYBE_NUMBER_WORDS.get(language, {})
    total, sure, position, after = 0, False, first, first
    while position < len(tokens):
        word = tokens[position][0].casefold()
        value = sure_words.get(word, maybe.get(word))
        if value is not None:
            if after > first and (total % 10 or (total and value >= 10 and total % 100)):
                break
            total += value
            sure = sure or word in sure_words or after > first or (first > 0 and tokens[first - 1][0] in MULTIPLES)
        elif word in INNER_MAGNITUDES and after > first and total < _LARGEST:
            total *= MAGNITUDES.get(language, MAGNITUDES[UNKNOWN])[word]
        elif not (word in NUMBER_JOINERS and after > first):
            break
        else:
            position += 1
            continue
        position += 1
        after = position
    name = tokens[first][0][:1].isupper() and after < len(tokens) and tokens[after][0][:1].isupper()
    if after == first or name:  # "Hai Phong", "Four Seasons"
        return None, first + 1, False
    return Decimal(total), after, sure


def _percent_at(tokens: Sequence[re.Match[str]], at: int) -> int:
    """Return the number of tokens from `at` on that say "per cent"."""
    words = [token[0].casefold() for token in tokens[at : at + 2]]
    if words and (words[0] in ("%", "％") or words[0] in PERCENT):
        return 1
    return 2 if tuple(words) in PERCENT_PAIRS else 0


def _roman(token: re.Match[str]) -> list[Number]:
    if not _ROMAN.fullmatch(token[0]):
        return []
    digits = [_ROMAN_DIGITS[char] for char in token[0]]
    value = sum(-a if a < b else a for a, b in pairwise([*digits, 0]))
    return [Number(token.start(), token.end(), frozenset({Decimal(value)}), False, False)]


def _with_shared_units(text: str, numbers: Sequence[Number]) -> list[Number]:
    """Return the numbers with the unit after a range or list given to all of it: "4-6 million", "60 or 70%"."""
    shared: list[Number] = []
    for number in reversed(numbers):
        last = shared[-1] if shared else None
        gap = text[number.end : last.start].strip() if last and last.start - number.end < _GAP else None
        if last is None or not (gap in RANGE or gap in LIST):
            shared.append(number)
            continue
        unit = max(last.values)
        scale = next((s for s in (10**9, 10**6, 10**3) if unit >= s and unit % s == 0), 1)
        small = max(number.values) < 1000  # else it is written in full: "1,250 or two million"
        raised = {value * scale for value in number.values if small and value * scale < unit}
        percent = (True if gap in RANGE else None) if last.percent and number.percent is False else number.percent
        shared.append(replace(number, values=number.values | raised, percent=percent))
    return shared[::-1]
