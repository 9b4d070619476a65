"""Puts accents back into a Vietnamese question as the passages that share its words have them.

A model of the language guesses the accents of a short question wrongly as often as not (docs/accents.md); the documents
that the question is about say how its words are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from assistant.text.facts.lexicon import FUNCTION_WORDS
from assistant.text.fold import strip_accents
from assistant.text.vietnamese.accents import has_accents

_FUNCTIONAL = FUNCTION_WORDS["vi"]  # they stand beside every word, so they tell nothing at either end of a run
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 4  # syllables that are looked for together
_SHORTEST = 2  # a syllable alone is written in too many ways


def accented_as_found(typed: str, restored: str, passages: Iterable[str]) -> str:
    """Return `restored` with the accents of `passages` where they have at least two of its syllables side by side.

    `restored` is `typed`, which has no accents, with accents put back by a guess. The longest match decides, then the
    most frequent one. The time grows linearly with the passages.

    >>> accented_as_found("gio kham", "gió khâm", ["Giờ khám: từ 7 giờ."])
    'giờ khám'
    """
    plain = [(match.start(), match.end()) for match in _WORD.finditer(typed)]
    wanted = [strip_accents(typed[start:end]) for start, end in plain]
    if len(typed) != len(restored) or len(wanted) < _SHORTEST:
        return restored
    found = _written(wanted, passages)
    out = list(restored)
    taken = [False] * len(wanted)
    for count in range(min(_LONGEST, len(wanted)), _SHORTEST - 1, -1):
        for first in range(len(wanted) - count + 1):
            if any(taken[first : first + count]) or not (forms := found.get(tuple(wanted[first : first + count]))):
                continue
            (best, _), *_ = forms.most_common(1)
            for n, syllable in enumerate(best, first):
                start, end = plain[n]
                taken[n] = True
                if not has_accents(typed[start:end]):
                    out[start:end] = _with_case(syllable, typed[start:end])
    return "".join(out)


def _written(wanted: Sequence[str], passages: Iterable[str]) -> dict[tuple[str, ...], Counter[tuple[str, ...]]]:
    """Return how `passages` write each run of `wanted` syllables, with the number of times."""
    runs = {
        tuple(wanted[first : first + count])
        for count in range(_SHORTEST, _LONGEST + 1)
        for first in range(len(wanted) - count + 1)
        if not _FUNCTIONAL.intersection((wanted[first], wanted[first + count - 1]))
    }
    known = frozenset(wanted)
    found: dict[tuple[str, ...], Counter[tuple[str, ...]]] = {}
    for passage in passages:
        words = [match[0].lower() for match in _WORD.finditer(unicodedata.normalize("NFC", passage))]
        plain = [strip_accents(word) for word in words]
        for first in range(len(words)):
            if plain[first] not in known:
                continue
            for count in range(_SHORTEST, _LONGEST + 1):
                run = tuple(plain[first : first + count])
                if run in runs and has_accents("".join(words[first : first + count])):
                    found.setdefault(run, Counter())[tuple(words[first : first + count])] += 1
    return found


def _with_case(syllable: str, typed: str) -> str:
    return "".join(new.upper() if old.isupper() else new for new, old in zip(syllable, typed, strict=True))
