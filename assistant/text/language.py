"""Language detection; vietnamese/syllables.py has a rule of our own for Vietnamese without accents."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from assistant.text.vietnamese.syllables import is_vietnamese

UNKNOWN = "und"
SAMPLE_CHARS = 5_000
"""Characters of a document from which its language is detected; a limit of time."""
# Pseudo-count of the prior: a language with few chunks is pulled towards the mean over all languages, because a few
# chunks say more about their topic than about their language. Fitted by benchmarks/tune/retrieval.py.
PRIOR_CHUNKS = 8

_WORD = re.compile(r"[^\W\d_]+")


def detect_language(text: str, among: tuple[str, ...] = ()) -> str:
    """Return the ISO 639-1 code of the language of `text`, or "und" if it has too few letters to tell.

    `among` limits the choice for short texts, where it is otherwise a lottery; it is ignored for text that is not in
    Latin script.

    >>> detect_language("Benh vien nao o Hai Phong?")
    'vi'
    """
    typed = _WORD.findall(unicodedata.normalize("NFC", text))
    words = [word.casefold() for word in typed]
    letters = "".join(words)
    if len(letters) < 2:
        return UNKNOWN
    if is_vietnamese(typed):
        return "vi"
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters)
    language, _ = _identifier(among if latin * 2 > len(letters) else ()).classify(" ".join(words))
    return str(language)


def language_shares(text: str, among: tuple[str, ...]) -> dict[str, float]:
    """Return the probability of each language of `among` for a case-folded `text`; empty if it has under two letters.

    Languages that the identifier does not know are left out.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    if sum(map(len, words)) < 2:
        return {}
    return {str(language): float(share) for language, share in _identifier(among).rank(" ".join(words))}


@cache
def _identifier(among: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = sorted({*among} & {*identifier.labels})  # a document may claim any language
    if known:
        identifier.set_languages(known)
    return identifier
