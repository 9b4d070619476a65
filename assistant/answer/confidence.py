"""The confidence in an answer, a calibrated probability, and the decision to abstain."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assistant.records import AbstentionReason


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence that a quote answers a question.

    `cosine` is the similarity of question and quote. `overlap` is the share of the question's terms, weighted by idf,
    that are in the passage of the quote or in the metadata of its document. `cross_lingual` is true when question and
    quote are in different languages, where cosines are lower. `log_odds` are the reader's for the best answer in any
    passage against no answer, None when nothing was read. `alignment` is how well a quote in another language matches
    the words of the question, 0 when they were not compared.
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
    """Return the features of the regression: three without a reader, five with one."""
    plain = (evidence.cosine, evidence.overlap, float(evidence.cross_lingual))
    if evidence.log_odds is None:
        return plain
    return (*plain, max(-_SUREST, min(evidence.log_odds, _SUREST)), evidence.alignment)


def confidence(evidence: Evidence | None) -> float:
    """Return the probability, 0 to 1, that the best quote answers the question; 0 without a quote."""
    if evidence is None:
        return 0.0
    intercept, weights = _UNREAD if evidence.log_odds is None else _READ
    logit = intercept + sum(w * x for w, x in zip(weights, features(evidence), strict=True))
    return 1 / (1 + math.exp(-logit))


def abstention_reason(probability: float, min_confidence: float) -> AbstentionReason | None:
    """Return why to abstain, or None when the `probability` is at least `min_confidence`."""
    if probability >= min_confidence:
        return None
    return "no_evidence" if probability < _NO_EVIDENCE else "weak_evidence"
