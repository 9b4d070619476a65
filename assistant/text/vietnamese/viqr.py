"""VIQR (RFC 1456): Vietnamese in ASCII, each accent as a sign after its letter: "Vie^.t Nam", "ddu+o+.c".

The signs are marks of punctuation too. RFC 1456 puts a backslash before those that are, but few writers do: at the end
of a word, ".", "?" and "'" are accents if the accented word is likelier than the bare one, or if the sentence goes on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_SHAPES = {"^": "\u0302", "(": "\u0306", "+": "\u031b", "*": "\u031b"}
_TONES = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_TAKES = {"^": "aeo", "(": "a", "+": "ou", "*": "ou"}  # the letters of each shape
_LETTER = re.compile(r"\\([\\'`?~.^(+*dD])|(?<![a-z])(dd)|([aeo]\^|a\(|[ou][+*]|[aeiouy])(['`?~.]?)", re.I)
_STRONG = re.compile(r"(?i:[aeo]\^|a\(|[ou][+*]|^[^a-z]*dd[aeiou])|(?i:[aeiouy])[`~](?!$)|(?i:[aeiouy])['?.](?=[a-z])")
_WORD = re.compile(r"\S+")
_ADDRESS = re.compile(r"@|://|www\.|\.(?:vn|com|org|net|edu|gov)\b", re.I)
_UNCERTAIN = re.compile(r"(?i:[aeiouy])[\^(+*]?([.?'])(?=[\"”’»)\]},;:!?.']*$)")
_PUNCTUATION = {".": 3.0, "?": 0.3, "'": 0.1}  # how much rather it ends the sentence than it is an accent; by hand
_EDGES = ".?\"'“”‘’«»()[]{}<>,;:!…-–/"


def is_strong(word: str) -> bool:
    """Return whether `word` has a sign inside, or of a kind, that no punctuation of other languages puts there.

    >>> is_strong("Vie^.t"), is_strong("la?"), is_strong("(e.g.)")
    (True, False, True)
    """
    return _STRONG.search(word) is not None and not _ADDRESS.search(word)


def read_word(word: str) -> str:
    """Return a word with all its signs read as accents.

    >>> read_word("Nguye^~n"), read_word("ddu+o+.c"), read_word("ba\\\\.")
    ('Nguyễn', 'được', 'ba.')
    """
    return _LETTER.sub(_letter, word)


def read_viqr(text: str, share: Callable[[str], float]) -> str:
    """Return VIQR text in Unicode (NFC); addresses stay. `share` tells how frequent a Vietnamese word is, 0 if unknown.

    >>> read_viqr("Ddo^' ai bie^'t? Dda'p a'n la` gi`.", {"gì": 0.1, "biết": 0.1}.get)
    'Đố ai biết? Đáp án là gì.'
    """
    escaped = "\\." in text or "\\?" in text
    parts: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word, after = match[0], text[match.end() : match.end() + 8]
        parts += (text[end : match.start()], read_word(word) if escaped else _read(word, after, share))
        end = match.end()
    return "".join(parts) + text[end:]


def _read(word: str, after: str, share: Callable[[str], float]) -> str:
    """Return a word in Unicode; the sign at its end is an accent if that is likelier, before the text `after`."""
    if _ADDRESS.search(word):
        return word
    if word.endswith("..."):
        return read_word(word.rstrip(".")) + "." * (len(word) - len(word.rstrip(".")))
    uncertain = _UNCERTAIN.search(word)
    if uncertain is None:
        return read_word(word)
    place = uncertain.start(1)
    accented, plain = read_word(word), read_word(word[:place]) + word[place:]
    likely, likely_plain = share(accented.strip(_EDGES)) or 0.0, share(plain.strip(_EDGES)) or 0.0
    # A sentence that goes on has no full stop before; a sign after the sign makes the first one an accent.
    goes_on = after.lstrip()[:1].islower() or word[place + 1 : place + 2] in tuple(".?!,;:")
    if not likely and not likely_plain:
        return accented if goes_on else plain
    doubt = 0.0 if goes_on else _PUNCTUATION[word[place]]
    return accented if likely > doubt * likely_plain else plain


def _letter(match: re.Match[str]) -> str:
    escaped, d, vowel, tone = match.groups()
    if escaped:
        return str(escaped)
    if d:
        return "Đ" if d[0] == "D" else "đ"
    shape = _SHAPES.get(vowel[1:], "")
    return unicodedata.normalize("NFC", vowel[0] + shape + _TONES.get(tone, ""))
