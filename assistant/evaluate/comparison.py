"""Comparison of two runs of the same cases: differences of figures, and the cases that became right or wrong.

Both runs are evaluated on the same draws of the shared cases (the paired bootstrap), so that the difficulty of the
cases in a draw does not widen the interval of a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.errors import EvaluationError
from assistant.evaluate.bootstrap import Floats, Statistic, auroc, interval, ratios, resample, values
from assistant.evaluate.figures import (
    ANSWER,
    DECIMALS,
    GROUPS,
    LOWER_IS_BETTER,
    OF_ANSWERABLE,
    OF_UNANSWERABLE,
    RETRIEVAL,
    Json,
)

_GOLD = ("question", "answerable", "answers", "doc_ids")
_BETTER, _WORSE, _SAME = "better", "worse", "no difference shown"


def compare_reports(a: Json, b: Json) -> Json:
    """Return the JSON of `assistant compare --json`: each figure of both runs over the cases they share, and b − a.

    "regressions" lists the figures whose interval lies wholly on the worse side of 0. Raises EvaluationError when
    the runs share no case.
    """
    before, after = ({case["id"]: case for case in report["cases"]} for report in (a, b))
    shared = [id_ for id_ in before if id_ in after and _gold(before[id_]) == _gold(after[id_])]
    if not shared:
        raise EvaluationError("The two runs share no case.", "Compare runs of the same case files.")
    pairs = [(before[id_], after[id_]) for id_ in shared]
    found = _differences([p for p in pairs if p[0]["answerable"]], RETRIEVAL + ANSWER + OF_ANSWERABLE)
    found |= _differences([p for p in pairs if not p[0]["answerable"]], OF_UNANSWERABLE)
    found["auroc"] = _difference("auroc", _auroc([p[0] for p in pairs]), _auroc([p[1] for p in pairs]), len(pairs))
    metrics = {group: {name: found[name] for name in names} for group, names in GROUPS.items()}
    return {
        "shared": len(shared),
        "only_a": len(before) - len(shared),
        "only_b": len(after) - len(shared),
        "same_corpus": a.get("corpus_sha256") == b.get("corpus_sha256"),
        "metrics": metrics,
        "gained": [_change(x, y) for x, y in pairs if x["verdict"] != "right" and y["verdict"] == "right"],
        "lost": [_change(x, y) for x, y in pairs if x["verdict"] == "right" and y["verdict"] != "right"],
        "regressions": [f"{g}.{name}" for g, m in metrics.items() for name, d in m.items() if d["verdict"] == _WORSE],
    }


def _gold(case: Json) -> list[Any]:
    return [case.get(name) for name in _GOLD]


def _change(a: Json, b: Json) -> Json:
    return {"id": a["id"], "question": a["question"], "a": a["verdict"], "b": b["verdict"]}


def _differences(pairs: Sequence[tuple[Json, Json]], names: Sequence[str]) -> dict[str, Json]:
    return {
        name: _difference(name, _ratio([p[0] for p in pairs], name), _ratio([p[1] for p in pairs], name), len(pairs))
        for name in names
    }


def _ratio(cases: Sequence[Json], name: str) -> Statistic:
    cells = np.array([case["scores"].get(name, (0.0, 0)) for case in cases], np.float64).reshape(-1, 2)
    return ratios(cells[:, :1], cells[:, 1:])


def _auroc(cases: Sequence[Json]) -> Statistic:
    return auroc(
        np.array([case["confidence"] for case in cases], np.float64),
        np.array([case["answerable"] for case in cases], bool),
    )


def _difference(name: str, a: Statistic, b: Statistic, n: int) -> Json:
    nothing: Json = {"a": None, "b": None, "difference": None, "low": None, "high": None, "n": n, "verdict": _SAME}
    if n == 0:
        return nothing
    first, second = float(values(a, n)[0]), float(values(b, n)[0])
    nothing |= {"a": _rounded(first), "b": _rounded(second)}
    if np.isnan(first) or np.isnan(second):
        return nothing

    def difference(counts: Floats) -> Floats:
        return b(counts) - a(counts)

    low, high = interval(resample(difference, n)[:, 0]) or (np.nan, np.nan)
    verdict = _SAME
    if low > 0 or high < 0:
        verdict = _BETTER if (low > 0) != (name in LOWER_IS_BETTER) else _WORSE
    between = {"difference": _rounded(second - first), "low": _rounded(low), "high": _rounded(high)}
    return nothing | between | {"verdict": verdict}


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, DECIMALS)
