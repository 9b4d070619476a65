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
    languages, which lowers what cosine can be expected.
    """

    cosine: float
    overlap: float
    cross_lingual: bool


# Logistic regression over questions of three languages on documents of three languages: with their document in
# the index against without it (docs/experiments.md).
_INTERCEPT = -33.25
_COSINE = 37.06
_OVERLAP = 4.93
_CROSS_LINGUAL = 3.26
_NO_EVIDENCE = 0.1


def confidence(evidence: Evidence | None) -> float:
    """Probability, in 0..1, that the best quote answers; 0 without any."""
    if evidence is None:
        return 0.0
    logit = (
        _INTERCEPT + _COSINE * evidence.cosine + _OVERLAP * evidence.overlap + _CROSS_LINGUAL * evidence.cross_lingual
    )
    return 1 / (1 + math.exp(-logit))


def abstention_reason(probability: float, min_confidence: float) -> AbstentionReason | None:
    """Why not to answer; None when the evidence is good enough."""
    if probability >= min_confidence:
        return None
    return "no_evidence" if probability < _NO_EVIDENCE else "weak_evidence"
