"""How much of what a question says is in a quote: words that carry meaning, whatever their accents and endings."""

from __future__ import annotations

from assistant.text.facts.lexicon import FUNCTION_WORDS
from assistant.text.fold import strip_accents, words

_STEM = 5  # letters that inflected forms of a word share; chosen by hand, as in text/terms.py


def covered_share(question: str, quote: str) -> float:
    """Return the share of the words of `question` that are in `quote`, from 0 to 1; 1 for a question without any.

    Function words of all languages do not count. A long word is found by its first letters.

    >>> covered_share("What does a garage cost per month?", "Storage: Garage | Monthly cost: 120")
    1.0
    >>> covered_share("Who is head of neurology?", "Department: Radiology | Head: Mr. Birch")
    0.5
    """
    wanted = [word for word in _plain(question) if word not in _NO_MEANING]
    if not wanted:
        return 1.0
    held = _plain(quote)
    exact, stems = set(held), {word[:_STEM] for word in held if len(word) >= _STEM}
    found = sum(word in exact or (len(word) >= _STEM and word[:_STEM] in stems) for word in wanted)
    return found / len(wanted)


def _plain(text: str) -> list[str]:
    return [strip_accents(word) for word in words(text)]


_NO_MEANING = frozenset(strip_accents(word) for listed in FUNCTION_WORDS.values() for word in listed)
