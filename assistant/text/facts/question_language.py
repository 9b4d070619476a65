"""The language of a question, which may be too short to tell: then that of the conversation or the page decides."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from assistant.text.facts.lexicon import FUNCTION_WORDS
from assistant.text.fold import strip_accents
from assistant.text.language import detect_language, language_shares
from assistant.text.vietnamese.syllables import is_vietnamese, is_vietnamese_syllable

_WORD = re.compile(r"[^\W_]+(?:[-/.]\w+)*")
# By so much the language of the conversation or page is likelier than another one. Chosen by hand: it decides between
# languages that are about as likely, as for a word that both have.
_LIKELIER = 3.0


def question_language(question: str, among: tuple[str, ...], likely: Sequence[str] = ()) -> str:
    """Return the ISO 639-1 code of the language of `question`, or "und" if nothing tells it.

    Its function words decide. Codes and names tell nothing; what other words leave open, the first of the `likely`
    languages decides. `among` limits the choice for Latin script.

    >>> question_language("How do I log in?", ("en", "pl", "vi"))
    'en'
    >>> question_language("HX-1294-C", ("en", "pl", "vi"), ("pl", "en"))
    'pl'
    """
    default = next(iter(likely), None)
    if _other_script(question):
        return detect_language(question, among)
    typed = [word for word in _WORD.findall(unicodedata.normalize("NFC", question)) if not _is_code(word)]
    plain = [word for n, word in enumerate(typed) if not _in_name(typed, n)]
    if plain and is_vietnamese(plain):
        return "vi"
    counts = _speaking(typed)
    most = [language for language in among if counts[language] and counts[language] == max(counts.values())]
    if len(most) == 1:
        return most[0]
    if "vi" in (most or [default]) and _is_built_vietnamese(plain):
        return "vi"
    shares = language_shares(" ".join(typed if most else plain).casefold(), tuple(most) or among)
    if not shares:
        return default or detect_language(" ".join(typed), among)
    if default in shares:
        shares[default] *= _LIKELIER
    return max(shares, key=lambda language: shares[language])


def _speaking(typed: Sequence[str]) -> Counter[str]:
    """Return the number of function words by language; capitals other than the first word's may be names."""
    counts: Counter[str] = Counter()
    for n, word in enumerate(typed):
        if n == 0 or not word[:1].isupper() or word.isupper():
            looked_up = word if n > 0 and len(word) == 1 else strip_accents(word)
            counts.update(language for language, words in FUNCTION_WORDS.items() if looked_up in words)
    return counts


def _is_built_vietnamese(words: Sequence[str]) -> bool:
    return len(words) > 1 and all(map(is_vietnamese_syllable, words))


def _is_code(word: str) -> bool:
    return any(char.isdigit() for char in word)


def _in_name(typed: Sequence[str], n: int) -> bool:
    """Return whether a word may be a name: it has a capital and is not the first, or the next has one too."""
    if typed[n].isupper() and all(word.isupper() for word in typed) and len(typed) > 1:
        return False  # a question in capitals
    capital = typed[n][:1].isupper()
    return capital and (n > 0 or (typed[1:2] != [] and typed[1][:1].isupper()))


def _other_script(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return 2 * sum("LATIN" not in unicodedata.name(char, "") for char in letters) > len(letters)
