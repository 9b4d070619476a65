"""The word lists of every language that has a file in `languages`, compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar, get_args

from assistant.text.language import UNKNOWN
from assistant.text.language_files import read_languages
from assistant.text.language_tables import FOLDER
from assistant.text.word_lists import Contrast, Kind, WordLists, alternation

_LISTS = read_languages(FOLDER, WordLists)
LANGUAGES = tuple(_LISTS)
"""ISO 639-1 codes of the languages with word lists, sorted."""

_Value = TypeVar("_Value")


def _by_language(value: Callable[[WordLists], _Value]) -> Mapping[str, _Value]:
    return MappingProxyType({language: value(lists) for language, lists in _LISTS.items()})


def _in_all(words: Callable[[WordLists], tuple[str, ...]], *signs: str) -> frozenset[str]:
    """The words of all languages, and `signs`."""
    return frozenset(signs).union(*map(words, _LISTS.values()))


def _any(words: Callable[[WordLists], tuple[str, ...]]) -> str:
    """A regular expression for the words of all languages."""
    return alternation([re.escape(word) for lists in _LISTS.values() for word in words(lists)])


def _any_expression(expression: Callable[[WordLists], str]) -> str:
    return alternation([expression(lists) for lists in _LISTS.values()])


def _numbered(words: Mapping[int, tuple[str, ...]]) -> dict[str, int]:
    return {word: number for number, forms in words.items() for word in forms}


def _possible(lists: WordLists) -> dict[str, int]:
    stems, endings = _numbered(lists.numbers.ordinal_stems), lists.numbers.ordinal_endings
    ordinals = {stem + ending: number for stem, number in stems.items() for ending in endings}
    return ordinals | _numbered(lists.numbers.possible)


def _magnitudes() -> Iterator[tuple[str, Mapping[str, int]]]:
    """Those of all languages for each; where two differ, its own hold ("billion")."""
    own = {language: _numbered(lists.numbers.magnitudes) for language, lists in _LISTS.items()}
    shared = {word: factor for words in own.values() for word, factor in words.items()}
    yield UNKNOWN, shared
    for language, words in own.items():
        yield language, shared | words


def _shares() -> Iterator[tuple[str, tuple[str, ...]]]:
    for lists in _LISTS.values():
        yield from dict.fromkeys(lists.numbers.half, ("0.5", "50")).items()
        yield from dict.fromkeys(lists.numbers.doubled, ("2", "100", "200")).items()
        yield from dict.fromkeys(lists.numbers.tripled, ("3", "200", "300")).items()


def _silence(lists: WordLists) -> str:
    return lists.replies.silence.replace("<documents>", f"(?:{lists.replies.documents})")


# Numbers: words that mean a number, and those that may mean one.
NUMBER_WORDS = _by_language(lambda lists: _numbered(lists.numbers.certain))
MAYBE_NUMBER_WORDS = _by_language(_possible)
MAGNITUDES = MappingProxyType(dict(_magnitudes()))
INNER_MAGNITUDES = _in_all(lambda lists: lists.numbers.inside)
NUMBER_JOINERS = _in_all(lambda lists: lists.numbers.joiners, "-")
MULTIPLES = _in_all(lambda lists: lists.numbers.multiple)
# Shares and multiples in one word, as numbers and as percentages.
SHARES = MappingProxyType(dict(_shares()))
PERCENT = _in_all(lambda lists: lists.numbers.percent)
PERCENT_PAIRS = frozenset(pair for lists in _LISTS.values() for pair in lists.numbers.percent_pairs)
RANGE = _in_all(lambda lists: lists.numbers.range, *"-–—−")
LIST = _in_all(lambda lists: lists.numbers.list, *",/")
AT_LEAST = _by_language(lambda lists: lists.numbers.at_least)
AT_MOST = _by_language(lambda lists: lists.numbers.at_most)

# Names: offices and how they are compared with a word, words before names, kinds of what is named.
OFFICES = _by_language(lambda lists: frozenset(lists.names.offices))
OFFICE_MATCH = _by_language(lambda lists: lists.names.match)
OPENERS = _by_language(lambda lists: frozenset(lists.names.openers))
KINDS = _by_language(lambda lists: tuple(lists.kinds[kind] for kind in get_args(Kind)))

# Yes and no: the same place in OPPOSITES and SWEEPING is the same opposite and the same sort in each language.
DENIALS = _by_language(lambda lists: frozenset(lists.negation.denials))
ABSENCES = _by_language(lambda lists: frozenset(lists.negation.absences))
NO_NEGATIONS = _by_language(lambda lists: lists.negation.exceptions)
NEGATIVE_WORDS = _by_language(lambda lists: lists.negation.parts)
OPPOSITES = _by_language(lambda lists: tuple(lists.opposites[contrast] for contrast in get_args(Contrast)))
SWEEPING = _by_language(
    lambda lists: tuple(
        (sort.claims, sort.support) for sort in (lists.sweeping.superlatives, lists.sweeping.universals)
    )
)

# Replies of models.
TALK = _by_language(lambda lists: frozenset(lists.replies.talk))
SILENCE = _by_language(_silence)
YES_NO = _any(lambda lists: lists.replies.yes_no)
CONJUNCTIONS = _any(lambda lists: lists.replies.conjunctions)
PASSAGES = _any_expression(lambda lists: lists.replies.passages)
MARKER_JOINERS = _any(lambda lists: lists.replies.marker_joiners)
QUESTION_LABELS = _any_expression(lambda lists: lists.replies.question_labels)
CHATTER = _any_expression(lambda lists: lists.replies.chatter)

# Questions, without accents: words that tell the language, and expressions by what is asked for, of all languages.
FUNCTION_WORDS = _by_language(lambda lists: frozenset(lists.questions.function_words))
TIMES = _by_language(lambda lists: frozenset(lists.questions.times))
ASKED_FOR = _by_language(
    lambda lists: {
        "number": lists.questions.number,
        "date": lists.questions.date,
        "person": lists.questions.person,
        "place": lists.questions.place,
    }
)

# Follow-up questions, without accents.
POINTERS = _by_language(lambda lists: frozenset(lists.follow_ups.pointers))
OPENINGS = _any_expression(lambda lists: lists.follow_ups.openings)
