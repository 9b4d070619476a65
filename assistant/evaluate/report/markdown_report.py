"""The report as one Markdown page: figures with interval and n, figures by language, and the wrong cases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.evaluate.figures import ABSTENTION, ANSWER, GROUPS, RETRIEVAL, SENTENCES, Json
from assistant.evaluate.report.report_escape import markdown_cell

_SHOWN = ("recall@1", "recall@5", "hit@1", "hit", "coverage", "false_answer_rate", "auroc")


def markdown_page(evaluation: Json, cases: Sequence[Json]) -> str:
    """Return the evaluation JSON and its "cases" as a Markdown page."""
    lines = ["# Evaluation", "", f"{evaluation['n']} cases. Each figure: value [95% interval], n.", ""]
    for group in GROUPS:
        lines += [f"## {group.capitalize()}", "", "| figure | value | n |", "|---|---|---|"]
        for name, (value, n) in rows(evaluation, group).items():
            lines.append(f"| {name} | {value} | {n} |")
        lines.append("")
    lines += _by_language(evaluation)
    lines += _other(evaluation)
    lines += _wrong(cases)
    return "\n".join(lines) + "\n"


def rows(evaluation: Json, group: str) -> dict[str, tuple[str, int]]:
    """Return each figure of `group` as text with its interval, and its n."""
    names = {"retrieval": RETRIEVAL, "answer": ANSWER, "abstention": ABSTENTION}[group]
    between = evaluation["intervals"][group]
    return {name: (in_words(evaluation[group][name], between[name]), between[name]["n"]) for name in names}


def in_words(value: float | None, between: Mapping[str, Any]) -> str:
    """Return ".852 [.810, .893]", or a dash where the figure is not defined."""
    if value is None:
        return "–"
    if between["low"] is None:
        return short(value)
    return f"{short(value)} [{short(between['low'])}, {short(between['high'])}]"


def short(value: float) -> str:
    """Return `value` with three decimals and without a leading zero.

    >>> short(0.8524), short(1.0), short(-0.02)
    ('.852', '1.000', '-.020')
    """
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.3f}")


def _by_language(evaluation: Json) -> list[str]:
    lines = ["## By language", "", f"| language | n | {' | '.join(_SHOWN)} |", "|---" * (len(_SHOWN) + 2) + "|"]
    for lang, part in evaluation["by_language"].items():
        cells = []
        for name in _SHOWN:
            group = next(group for group in GROUPS if name in part[group])
            cells.append(in_words(part[group][name], part["intervals"][group][name]))
        lines.append(f"| {markdown_cell(lang)} | {part['n']} | {' | '.join(cells)} |")
    return [*lines, ""]


def _other(evaluation: Json) -> list[str]:
    counts, latency, settings = evaluation["verification"], evaluation["latency_ms"], evaluation["settings"]
    return [
        "## Verification, latency, settings",
        "",
        f"- {counts['quotes_exact']} of {counts['quotes']} quotes are in their documents character by character.",
        f"- {counts['links_known']} of {counts['links']} links lead to their documents.",
        *_model_lines(counts),
        f"- Milliseconds from question to reply: p50 {_ms(latency['p50'])}, p95 {_ms(latency['p95'])}.",
        f"- Answerer: {markdown_cell(str(settings.get('answerer')))}; corpus {str(evaluation['corpus_sha256'])[:12]}, "
        f"generation {evaluation.get('generation')}.",
        "",
    ]


def _model_lines(counts: Mapping[str, int]) -> list[str]:
    if not counts["by_model"]:
        return []
    sentences = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in SENTENCES)
    return [f"- The model wrote {counts['by_model']} replies. Their sentences: {sentences}."]


def _wrong(cases: Sequence[Json]) -> list[str]:
    wrong = [case for case in cases if case["verdict"] != "right"]
    lines = [f"## Not right: {len(wrong)} of {len(cases)}", ""]
    if wrong:
        lines += ["| case | question | expected | got | verdict | confidence |", "|---|---|---|---|---|---|"]
    for case in wrong:
        expected = " / ".join(case["answers"]) or "no answer"
        got = case["error"] or case["text"]
        cells = (case["id"], case["question"], expected, got, case["verdict"])
        lines.append(f"| {' | '.join(markdown_cell(cell) for cell in cells)} | {case['confidence']:.2f} |")
    return lines


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
