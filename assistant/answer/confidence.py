"""Whether the evidence is good enough to answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assistant.records import AbstentionReason


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a quote.

    `cosine` between question and quote; `overlap`: the share of the question's terms (by idf) in the quote's
    passage and in what its document says of itself; `cross_lingual`: whether question and quote are in different
    languages, which lowers what cosine can be expected; `log_odds`: the reader's for the best
    answer in any passage against none in it, None when nothing was read; `alignment`: how well a quote in another
    language meets the question's words, 0 where they were not compared.
    """

    cosine: float
    overlap: float
    cross_lingual: bool
    log_odds: float | None = None
    alignment: float = 0.0


# Logistic regressions over `features`: intercept and weights, with and without a reader. Fitted by
# benchmarks/tune/confidence.py to questions in three languages on documents in three languages, with and without the
# document that answers, and to questions that only look answerable (docs/experiments/confidence.md).
_READ = (-19.927, (21.734, 2.424, -0.830, 0.244, 7.810))
_UNREAD = (-32.862, (36.784, 3.371, 3.015))
# The reader's log-odds are clipped here. Chosen by hand: outliers must not outweigh the other features.
_SUREST = 12.0
# Below this probability the reason of an abstention is "no evidence". Chosen by hand: it changes nothing else.
_NO_EVIDENCE = 0.1


def features(evidence: Evidence) -> tuple[float, ...]:
    """What confidence is made of."""
    plain = (evidence.cosine, evidence.overlap, float(evidence.cross_lingual))
    if evidence.log_odds is None:
        return plain
    return (*plain, max(-_SUREST, min(evidence.log_odds, _SUREST)), evidence.alignment)


def confidence(evidence: Evidence | None) -> float:
    """Probability, in 0..1, that the best quote answers; 0 without any."""
    if evidence is None:
        return 0.0
    intercept, weights = _UNREAD if evidence.log_odds is None else _READ
    logit = intercept + sum(w * x for w, x in zip(weights, features(evidence), strict=True))
    return 1 / (1 + math.exp(-logit))


def abstention_reason(probability: float, min_confidence: float) -> AbstentionReason | None:
    """Why not to answer; None when the evidence is good enough."""
    if probability >= min_confidence:
        return None
    return "no_evidence" if probability < _NO_EVIDENCE else "weak_evidence"
