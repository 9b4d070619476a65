"""The report as one HTML page that needs no server and no internet."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.evaluate.figures import GROUPS, Json
from assistant.evaluate.report.charts import Bar, Picture, bars, curve, histogram
from assistant.evaluate.report.markdown_report import rows, short
from assistant.templates import html_environment
from assistant.text.control_characters import replace_nonprinting

ENVIRONMENT = html_environment("assistant.evaluate.report", replace_nonprinting)
_BY_LANGUAGE = (("retrieval", "recall@5"), ("answer", "hit"), ("abstention", "coverage"))
_SETTINGS = ("settings", "corpus_sha256", "cases_sha256", "generation")


def html_page(evaluation: Json, cases: Sequence[Json]) -> str:
    """Return the evaluation JSON and its "cases" as an HTML page."""
    latency = evaluation["latency_ms"]
    return ENVIRONMENT.get_template("report.html").render(
        n=evaluation["n"],
        failed=len(evaluation["failed"]),
        counts=evaluation["verification"],
        latency=None if latency["p50"] is None else {name: f"{latency[name]:.0f}" for name in ("p50", "p95")},
        pictures=_pictures(evaluation, cases),
        tables=[(group.capitalize(), rows(evaluation, group)) for group in GROUPS],
        wrong=[_row(case) for case in cases if case["verdict"] != "right"],
        cases=len(cases),
        settings=_flat({name: evaluation.get(name) for name in _SETTINGS}),
    )


def risk_coverage(cases: Sequence[Json]) -> list[tuple[float, float]]:
    """Return the risk-coverage curve: (share of cases answered, share of those that are wrong).

    The threshold of confidence falls from point to point; cases of equal confidence are answered together. A case is
    wrong when its best quote does not contain a gold answer.
    """
    ordered = sorted(cases, key=lambda case: -case["confidence"])
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for done, case in enumerate(ordered, start=1):
        wrong += 1 - case["scores"].get("hit@1_forced", (0.0, 1))[0]
        if done == len(ordered) or ordered[done]["confidence"] != case["confidence"]:
            points.append((done / len(ordered), wrong / done))
    return points


def _pictures(evaluation: Json, cases: Sequence[Json]) -> list[Picture]:
    points = risk_coverage(cases)
    ends = ", ".join(f"{x:.0%} answered: {y:.0%} wrong" for x, y in points[:: max(1, len(points) // 5)])
    groups = [
        (f"{lang} ({part['n']})", [_bar(part, group, name) for group, name in _BY_LANGUAGE])
        for lang, part in evaluation["by_language"].items()
    ]
    names = [name for _, name in _BY_LANGUAGE]
    said = "; ".join(
        f"{lang}: " + ", ".join(f"{bar.label} {'–' if bar.value is None else short(bar.value)}" for bar in members)
        for lang, members in groups
    )
    latencies = [case["latency_ms"] for case in cases if case["latency_ms"] is not None]
    by_language = f"By language: {names[0]} (first), {names[1]} (second), {names[2]} (third)"
    return [
        curve("risk", "Risk and coverage", ends, "cases answered", "wrong among them", points),
        bars("lang", by_language, said, "score", groups),
        histogram("ms", "Time from question to reply", f"{len(latencies)} cases", "milliseconds", latencies),
    ]


def _bar(part: Json, group: str, name: str) -> Bar:
    between = part["intervals"][group][name]
    return Bar(name, part[group][name], between["low"], between["high"], between["n"])


def _row(case: Json) -> tuple[tuple[str, ...], str]:
    """Return a row of the table of wrong cases: its texts, and the confidence."""
    expected = " / ".join(case["answers"]) or "no answer"
    got = case["error"] or case["text"]
    return (case["id"], case["question"], expected, got, case["verdict"]), f"{case['confidence']:.2f}"


def _flat(value: Json, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {f"{prefix}{name}": str(item)}
    return flat
