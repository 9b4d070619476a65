"""The word lists of one language, as `languages/*.toml` holds them; en.toml explains each key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from assistant.text.language_files import checked, one_for_each

NEVER = r"(?!)"  # the regular expression that matches nothing

Kind = Literal[
    "hospital", "clinic", "centre", "department", "ministry", "university", "province", "district", "city"
]  # fmt: skip
Contrast = Literal["extreme", "trend", "size", "quality", "length", "permission", "judgement"]


def _cased_words(text: object) -> tuple[str, ...]:
    if not isinstance(text, str):
        raise ValueError("a list of words is a text with white space between the words")
    return tuple(text.split())


def _words(text: object) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _cased_words(text))


def _expression(alternatives: object) -> str:
    if not (isinstance(alternatives, list) and all(isinstance(item, str) and item for item in alternatives)):
        raise ValueError("regular expressions are a list of texts")
    return alternation(alternatives)


def alternation(expressions: Sequence[str]) -> str:
    """Return the regular expression that matches where one of `expressions` does.

    Raises ValueError if one is malformed.
    """
    joined = "|".join(expressions) or NEVER
    try:
        re.compile(joined.replace("<documents>", ""))
    except re.error as error:
        raise ValueError(f"{joined!r} is no regular expression: {error}") from error
    return joined


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
CasedWords = Annotated[tuple[str, ...], BeforeValidator(_cased_words)]
Expression = Annotated[str, BeforeValidator(_expression)]


@checked
@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers in words."""

    joiners: Words
    inside: Words
    multiple: Words
    half: Words
    doubled: Words
    tripled: Words
    percent: Words
    percent_pairs: tuple[Words, ...]
    range: Words
    list: Words
    at_least: Expression
    at_most: Expression
    ordinal_endings: Words
    ordinal_stems: dict[int, Words]
    certain: dict[int, Words]
    possible: dict[int, Words]
    magnitudes: dict[int, Words]


@checked
@dataclass(frozen=True, slots=True)
class Names:
    """Words that are not part of the names beside them."""

    match: Literal["words", "stems", "syllables"]
    offices: Words
    openers: Words


@checked
@dataclass(frozen=True, slots=True)
class Negation:
    """Words that negate."""

    denials: Words
    absences: Words
    exceptions: Expression
    parts: Expression


@checked
@dataclass(frozen=True, slots=True)
class Sweeping:
    """Words of a claim without exception, and words that support such a claim."""

    claims: Expression
    support: Expression


@checked
@dataclass(frozen=True, slots=True)
class SweepingWords:
    """Words of claims without exception: superlatives and universals."""

    superlatives: Sweeping
    universals: Sweeping


@checked
@dataclass(frozen=True, slots=True)
class Replies:
    """Words in the replies of models."""

    talk: Words
    documents: Expression
    silence: Expression
    yes_no: Words
    conjunctions: Words
    passages: Expression
    marker_joiners: Words
    question_labels: Expression
    chatter: Expression


@checked
@dataclass(frozen=True, slots=True)
class FollowUps:
    """Words of questions that follow an earlier one, without accents."""

    pointers: Words
    openings: Expression


@checked
@dataclass(frozen=True, slots=True)
class Questions:
    """Words of questions, without accents: those that tell the language, what is asked for, and times."""

    function_words: CasedWords
    number: Expression
    date: Expression
    person: Expression
    place: Expression
    times: Words


@checked
@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Words written with a full stop; read without this schema by `abbreviations.py`."""

    prefix: CasedWords
    number: CasedWords
    either: CasedWords
    unit: CasedWords
    date: CasedWords
    word: CasedWords
    openers: CasedWords


@checked
@dataclass(frozen=True, slots=True)
class Dates:
    """Words of dates; read without this schema by `facts/date_words.py`."""

    day: Words
    month: Words
    year: Words
    joiners: Words
    endings: Words
    months: dict[Annotated[int, Field(ge=1, le=12)], Words]
    weekdays: dict[Annotated[int, Field(ge=1, le=7)], Words]


@checked
@dataclass(frozen=True, slots=True)
class Labels:
    """Labels in documents; read without this schema by `ingest/formats/text`."""

    source: Words
    date: Words


@checked
@dataclass(frozen=True, slots=True)
class Offers:
    """Words of lines that are no part of an article; read without this schema by `html_offers.py`."""

    newsletter: Words
    sign_up: Words
    log_in: Words
    comments: Words
    see_also: Words
    reading_time: Words
    credit: Words
    byline: Words


@checked
@dataclass(frozen=True, slots=True)
class WordLists:
    """The word lists of one language; `language` is its ISO 639-1 code."""

    language: str
    numbers: Numbers
    names: Names
    kinds: Annotated[dict[Kind, Expression], one_for_each(Kind)]
    negation: Negation
    opposites: Annotated[dict[Contrast, tuple[Expression, Expression]], one_for_each(Contrast)]
    sweeping: SweepingWords
    replies: Replies
    questions: Questions
    follow_ups: FollowUps
    abbreviations: Abbreviations
    dates: Dates
    labels: Labels
    offers: Offers
