"""Cases and their outcomes → the figures of the evaluation JSON, each with its n and interval.

Every figure except AUROC and the latencies is `Σ score / Σ n` over the cases (see outcome.scores). A figure over no
cases is None, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.evaluate.bootstrap import Floats, Statistic, auroc, interval, percentiles, ratios, resample, values
from assistant.evaluate.cases import Case
from assistant.evaluate.outcome import Outcome, scores

Json = dict[str, Any]
Pair = tuple[Case, Outcome]

RETRIEVAL = ("recall@1", "recall@5", "mrr@10", "ndcg@10")
ANSWER = ("hit@1", "hit@1_forced", "hit", "f1", "exact_match", "citation_precision", "citation_recall")
OF_ANSWERABLE = ("coverage", "selective_accuracy", "false_abstention_rate")
OF_UNANSWERABLE = ("false_answer_rate",)
ABSTENTION = ("auroc", "coverage", "selective_accuracy", "false_answer_rate", "false_abstention_rate")
LATENCY = ("p50", "p95")
SENTENCES = ("supported", "unsupported", "uncited", "dropped_markers")
GROUPS = {"retrieval": RETRIEVAL, "answer": ANSWER, "abstention": ABSTENTION}
LOWER_IS_BETTER = frozenset({"false_answer_rate", "false_abstention_rate"})
"""All other figures are better when higher."""

DECIMALS = 6


def figures(pairs: Sequence[Pair]) -> Json:
    """Return the groups of figures over `pairs`; "intervals" has the same keys with n, low and high of each figure."""
    answerable = [pair for pair in pairs if pair[0].answerable]
    unanswerable = [pair for pair in pairs if not pair[0].answerable]
    latencies = [outcome.latency_ms for _, outcome in pairs if outcome.latency_ms is not None]
    found = scored(answerable, RETRIEVAL + ANSWER + OF_ANSWERABLE)
    found |= scored(unanswerable, OF_UNANSWERABLE)
    found["auroc"] = _figure(ranked(pairs), len(pairs), [len(pairs)])[0]
    measured = percentiles(np.array(latencies), (0.5, 0.95))
    latency = dict(zip(LATENCY, _figure(measured, len(latencies), [len(latencies)] * 2), strict=True))
    ns = {"retrieval": len(answerable), "answer": len(answerable), "abstention": len(pairs)}
    return {
        "n": len(pairs),
        **{group: {"n": ns[group], **_plain(found, names)} for group, names in GROUPS.items()},
        "verification": verification(pairs),
        "latency_ms": {"n": len(latencies), **_plain(latency, LATENCY)},
        "intervals": {
            **{group: {name: _interval(found[name]) for name in names} for group, names in GROUPS.items()},
            "latency_ms": {name: _interval(latency[name]) for name in LATENCY},
        },
    }


def by_language(pairs: Sequence[Pair]) -> Json:
    """Return `figures` of the cases of each language, the most frequent language first."""
    languages: dict[str, list[Pair]] = {}
    for case, outcome in pairs:
        languages.setdefault(case.lang, []).append((case, outcome))
    return {lang: figures(languages[lang]) for lang in sorted(languages, key=lambda lang: -len(languages[lang]))}


def verification(pairs: Sequence[Pair]) -> Json:
    """Return counts of cited quotes and links, and of those that are true to their documents.

    Also counts the replies that a model wrote ("by_model") and their sentences by verdict.
    """
    quotes = [quote for _, outcome in pairs for quote in outcome.cited]
    return {
        "quotes": len(quotes),
        "quotes_exact": sum(quote.exact for quote in quotes),
        "links": len(quotes),
        "links_known": sum(quote.known for quote in quotes),
        "by_model": sum(outcome.answerer == "model" for _, outcome in pairs),
        **{name: sum(outcome.sentences.get(name, 0) for _, outcome in pairs) for name in SENTENCES},
    }


def table(pairs: Sequence[Pair], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the scores and their n, each of shape (cases, names); both are 0 where a metric does not apply."""
    rows = [scores(case, outcome) for case, outcome in pairs]
    cells = np.array([[row.get(name, (0.0, 0)) for name in names] for row in rows], np.float64)
    cells = cells.reshape(len(rows), len(names), 2)
    return cells[:, :, 0], cells[:, :, 1]


def ranked(pairs: Sequence[Pair]) -> Statistic:
    """Return the AUROC of the confidence as a classifier of answerable cases."""
    confidences = np.array([outcome.confidence for _, outcome in pairs])
    return auroc(confidences, np.array([case.answerable for case, _ in pairs], bool))


def scored(pairs: Sequence[Pair], names: Sequence[str]) -> dict[str, tuple[float | None, Json]]:
    """Return the value of each metric over `pairs`, with its n, low and high."""
    above, below = table(pairs, names)
    ns = [int(n) for n in below.sum(axis=0)]
    return dict(zip(names, _figure(ratios(above, below), len(pairs), ns), strict=True))


def _figure(statistic: Statistic, cases: int, ns: Sequence[int]) -> list[tuple[float | None, Json]]:
    if cases == 0:
        return [(None, {"n": 0, "low": None, "high": None}) for _ in ns]
    drawn = resample(statistic, cases)
    found = []
    for column, (value, n) in enumerate(zip(values(statistic, cases), ns, strict=True)):
        between = None if np.isnan(value) else interval(drawn[:, column])
        low, high = between or (None, None)
        found.append((_rounded(value), {"n": n, "low": _rounded(low), "high": _rounded(high)}))
    return found


def _plain(found: dict[str, tuple[float | None, Json]], names: Sequence[str]) -> Json:
    return {name: found[name][0] for name in names}


def _interval(figure: tuple[float | None, Json]) -> Json:
    return figure[1]


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), DECIMALS)
