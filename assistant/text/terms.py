"""The terms by which lexical search compares questions and passages."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from assistant.records import Document
from assistant.text.fold import strip_accents, words

# Letters of the stem of a longer word. Chosen by hand among the variants in docs/experiments/retrieval.md.
_STEM = 5
_SYLLABLE = 5  # letters of a Vietnamese syllable without accents at most
# Separators, numbers and the file extension of an address.
_NOT_IN_SLUG = re.compile(r"[\W\d_]*\.\w{2,5}$|[\W\d_]+")


_LONGEST_KEPT = 32  # letters; so that a flood of long words does not fill the memory


@lru_cache(maxsize=1 << 16)
def _plain(word: str) -> str:
    return strip_accents(word)


def terms_of(text: str) -> list[str]:
    """Return the terms of `text`: words without accents, stems, and pairs of syllables.

    Words lose their accents, so that a question typed without them matches. Pairs of neighbouring short words give back
    what Vietnamese loses by that (a Vietnamese word is often two syllables); the first letters of long words stand for
    their inflected forms (Polish). docs/experiments/retrieval.md has the figures.

    >>> terms_of("Bệnh viện, szpitalami")
    ['benh', 'vien', 'szpitalami', 'szpit*', 'benh vien']
    """
    plain = [_plain(word) if len(word) <= _LONGEST_KEPT else strip_accents(word) for word in words(text)]
    terms = []
    for word in plain:
        terms.append(word)
        if len(word) > _STEM and word.isalpha():
            terms.append(word[:_STEM] + "*")
    short = [word.isalpha() and len(word) <= _SYLLABLE for word in plain]
    terms += [f"{a} {b}" for (a, b), fits in zip(pairwise(plain), pairwise(short), strict=True) if all(fits)]
    return terms


def about(document: Document) -> str:
    """Return title, publisher and the words of the address of a document, one a line.

    Addresses of news pages spell the original headline, of which the text may be a translation.

    >>> about(Document("d", "Title", "text", "https://site.vn/nganh-y-te-123.html", "page", publisher="Paper"))
    'Title\\nPaper\\nsite.vn nganh y te'
    """
    parts = [document.title, document.publisher or ""]
    if document.url:
        address = urlsplit(document.url)
        slug = _NOT_IN_SLUG.sub(" ", unquote(address.path))
        parts.append(f"{address.netloc} {' '.join(slug.split())}")
    return "\n".join(part for part in parts if part)
