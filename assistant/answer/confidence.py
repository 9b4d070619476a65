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
    the words of the question, 0 when they were not compared. `absent` is the number of facts of the question that
    neither the quote nor what it stands under has, `otherwise` of those that the quote has otherwise, and `no_kind` is
    true when it has nothing of the kind that is asked for; `unlike` is the number of names of which a passage in
    another language has no word; `kind_met` is true when it has the kind that is asked for and lacks nothing
    (verify/requested_facts.py).
    """

    cosine: float
    overlap: float
    cross_lingual: bool
    log_odds: float | None = None
    alignment: float = 0.0
    absent: int = 0
    otherwise: int = 0
    no_kind: bool = False
    unlike: int = 0
    kind_met: bool = False


# Logistic regressions over `features`: intercept and weights, with and without a reader. Fitted by
# benchmarks/tune/confidence.py to questions in three languages on documents in three languages, with and without the
# document that answers, and to questions that only look answerable (docs/experiments/confidence.md).
_READ = (-19.927, (21.734, 2.424, -0.830, 0.244, 7.810))
_UNREAD = (-32.862, (36.784, 3.371, 3.015))
# Weights of `lacking`, added to either regression. Fitted by benchmarks/tune/confidence.py to the same questions and to
# those with a name, number or year swapped; an answer to a question without one costs three answers not given.
_LACKING = (-0.88, -1.33, -1.07, -0.80)
# `_KIND_MET` is added when the quote has the kind of thing that is asked for and lacks nothing. Chosen by hand between
# what the same fit gives (0.1) and what keeps as many questions of the own set answered as before.
_KIND_MET = 0.25
_MOST_LACKING = 2  # things of a kind that lack and count; chosen by hand, as more say no more
# Of many sentences that do not answer, the best is nearer to a question than of few: the fewer chunks an index has
# below MANY, the more the same evidence says, by this weight of their ratio's logarithm. Fitted by
# benchmarks/tune/index_size.py to indexes of one document, which give about twice the weight; halved by hand, as a
# wrong answer costs more than none. MANY is chosen by hand: no set has indexes of a few dozen chunks.
_FEW = 0.18
MANY = 40
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


def lacking(evidence: Evidence) -> tuple[float, ...]:
    """Return the four features of what the quote lacks of the question."""
    counts = (evidence.absent, evidence.otherwise, int(evidence.no_kind), evidence.unlike)
    return tuple(float(min(count, _MOST_LACKING)) for count in counts)


def confidence(evidence: Evidence | None, chunks: int = MANY) -> float:
    """Return the probability, 0 to 1, that the best quote answers the question; 0 without a quote.

    `chunks` is the number of chunks in the index.
    """
    return 0.0 if evidence is None else 1 / (1 + math.exp(-logit(evidence) - few(chunks)))


def few(chunks: int) -> float:
    """Return what is added to the logit in an index of so many chunks.

    >>> few(40), round(few(4), 2)
    (0.0, 0.41)
    """
    return _FEW * math.log(MANY / max(1, chunks)) if chunks < MANY else 0.0


def logit(evidence: Evidence) -> float:
    """Return the logit of the confidence in a large index."""
    intercept, weights = _UNREAD if evidence.log_odds is None else _READ
    total = intercept + sum(w * x for w, x in zip(weights, features(evidence), strict=True))
    return total + sum(w * x for w, x in zip(_LACKING, lacking(evidence), strict=True)) + _KIND_MET * evidence.kind_met


def abstention_reason(probability: float, min_confidence: float) -> AbstentionReason | None:
    """Return why to abstain, or None when the `probability` is at least `min_confidence`."""
    if probability >= min_confidence:
        return None
    return "no_evidence" if probability < _NO_EVIDENCE else "weak_evidence"
