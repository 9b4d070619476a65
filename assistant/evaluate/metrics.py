"""Metrics of one case: of the documents found, the quotes cited and the words of the answer.

Scores are numbers in 0..1; figures.py combines them to the figures of a run.
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from assistant.text.fold import casefold

_ASCII_PUNCTUATION = frozenset(string.punctuation)
_MARKER = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_ARTICLES = frozenset({"a", "an", "the"})


def fold_hits(doc_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the documents in the order of their first hit.

    >>> fold_hits(["a", "b", "a", "c"])
    ('a', 'b', 'c')
    """
    return tuple(dict.fromkeys(doc_ids))


def recall_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """Return `|gold ∩ first k| / |gold|`; `ranked` are distinct documents, best first."""
    gold = frozenset(gold)
    return len(gold.intersection(ranked[:k])) / len(gold)


def mrr_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """Return `1 / rank` of the first gold document among the first k, else 0 (Voorhees, TREC-8 1999)."""
    return next((1 / rank for rank, doc_id in enumerate(ranked[:k], start=1) if doc_id in gold), 0.0)


def ndcg_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """Return `Σ 1 / log2(1 + rank)` over the gold documents among the first k, divided by that of a perfect ranking.

    Järvelin and Kekäläinen, TOIS 2002, with gains 0 and 1.
    """
    gold = frozenset(gold)
    gained = sum(1 / math.log2(1 + rank) for rank, doc_id in enumerate(ranked[:k], start=1) if doc_id in gold)
    return gained / sum(1 / math.log2(1 + rank) for rank in range(1, min(k, len(gold)) + 1))


def normalise(text: str) -> str:
    """Return `text` in NFKC, case-folded, without punctuation and double spaces; accents stay.

    >>> normalise("Tỷ lệ:  3.57%, THẤP nhất")
    'tỷ lệ 357 thấp nhất'
    """
    kept = (char for char in casefold(text) if char not in _ASCII_PUNCTUATION and unicodedata.category(char)[0] != "P")
    return " ".join("".join(kept).split())


def holds_answer(quote: str, answers: Iterable[str]) -> bool:
    """Return whether `quote` contains one of `answers`, both normalised.

    An answer of punctuation only, such as "+", is not normalised.
    """
    plain = normalise(quote)
    return any(normalise(answer) in plain if normalise(answer) else answer in quote for answer in answers)


def without_markers(text: str) -> str:
    """Return the text of a reply without its markers `[n]`.

    >>> without_markers("It opened in 1998. [1] It is long. [2, 3]")
    'It opened in 1998. It is long.'
    """
    return _MARKER.sub("", text).strip()


def f1(text: str, answers: Iterable[str]) -> float:
    """Return the best token F1 of `text` against an answer, as SQuAD defines it (Rajpurkar et al., EMNLP 2016).

    With c common tokens, counted with repetitions, it is `2 c / (tokens of text + tokens of answer)`.
    """
    return max((_token_f1(_squad_tokens(text), _squad_tokens(answer)) for answer in answers), default=0.0)


def exact_match(text: str, answers: Iterable[str]) -> float:
    """Return 1 when `text` has the same tokens as an answer, else 0, as SQuAD defines it."""
    tokens = _squad_tokens(text)
    return float(any(tokens == _squad_tokens(answer) for answer in answers))


def _squad_tokens(text: str) -> list[str]:
    # SQuAD's script drops English articles in every language.
    return [token for token in normalise(text).split() if token not in _ARTICLES]


def _token_f1(ours: list[str], gold: list[str]) -> float:
    if not ours or not gold:
        return float(ours == gold)
    common = sum((Counter(ours) & Counter(gold)).values())
    return 2 * common / (len(ours) + len(gold))
