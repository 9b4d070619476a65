"""Whether the evidence is good enough to answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assistant.records import AbstentionReason


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best quote.

    `cosine` between question and quote, `overlap` the share of the question's terms (by idf) in the quote,
    `passage` the fused score of the passage around it.
    """

    cosine: float
    overlap: float
    passage: float


# Logistic regression over questions whose article is in the index against the same questions without it
# (docs/experiments.md).
_WEIGHTS = Evidence(cosine=20.0, overlap=2.0, passage=10.0)
_INTERCEPT = -26.0
_NO_EVIDENCE = 0.1


def confidence(evidence: Evidence | None) -> float:
    """Probability, in 0..1, that the best quote answers; 0 without any."""
    if evidence is None:
        return 0.0
    logit = (
        _INTERCEPT
        + _WEIGHTS.cosine * evidence.cosine
        + _WEIGHTS.overlap * evidence.overlap
        + _WEIGHTS.passage * evidence.passage
    )
    return 1 / (1 + math.exp(-logit))


def abstention_reason(probability: float, min_confidence: float) -> AbstentionReason | None:
    """Why not to answer; None when the evidence is good enough."""
    if probability >= min_confidence:
        return None
    return "no_evidence" if probability < _NO_EVIDENCE else "weak_evidence"
