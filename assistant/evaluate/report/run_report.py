"""A Run → the evaluation JSON, and the folder of the report.

The folder contains report.json (the evaluation JSON, with the outcome of each case under "cases"), report.md,
report.html and results.jsonl.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, EvaluationError
from assistant.evaluate.cases import Case
from assistant.evaluate.figures import DECIMALS, Json, by_language, figures
from assistant.evaluate.outcome import Outcome, scores
from assistant.evaluate.run import Run
from assistant.storage.atomic_file import write_file

FILE_NAME = "report.json"

RIGHT = "right"
_VERDICTS_WITH_GOLD = {"answer": "wrong", "abstention": "not answered", "failed": "failed"}
_VERDICTS_WITHOUT = {"answer": "false answer", "abstention": RIGHT, "failed": "failed"}


def evaluation_json(run: Run) -> Json:
    """Return the JSON of `assistant eval --json`: the figures, and their intervals under "intervals"."""
    pairs = list(zip(run.cases, run.outcomes, strict=True))
    return {
        **figures(pairs),
        "by_language": by_language(pairs),
        "failed": [
            {"id": case.id, "question": case.question, "error": outcome.error}
            for case, outcome in pairs
            if outcome.kind == "failed"
        ],
        **run.about,
    }


def case_json(case: Case, outcome: Outcome) -> Json:
    """Return one entry of "cases" in report.json."""
    return {
        "id": case.id,
        "lang": case.lang,
        "question": case.question,
        "query": outcome.query,
        "answerable": case.answerable,
        "answers": list(case.answers),
        "doc_ids": list(case.doc_ids),
        "kind": outcome.kind,
        "verdict": verdict(case, outcome),
        "text": outcome.text,
        "quotes": [{"doc_id": quote.doc_id, "quote": quote.quote, "link": quote.link} for quote in outcome.quotes],
        "documents": list(outcome.documents[:10]),
        "confidence": round(outcome.confidence, DECIMALS),
        "latency_ms": outcome.latency_ms,
        "error": outcome.error,
        "scores": {name: [round(score, DECIMALS), n] for name, (score, n) in scores(case, outcome).items()},
        "extra": dict(case.extra),
    }


def verdict(case: Case, outcome: Outcome) -> str:
    """Return a reader's verdict on the reply: "right", "wrong", "not answered", "false answer" or "failed"."""
    if not case.answerable:
        return _VERDICTS_WITHOUT[outcome.kind]
    if scores(case, outcome)["hit"][0]:
        return RIGHT
    return _VERDICTS_WITH_GOLD[outcome.kind]


def write_report(run: Run, folder: Path) -> Json:
    """Write report.json, report.md and report.html to `folder`, and return the evaluation JSON."""
    from assistant.evaluate.report.html_report import html_page
    from assistant.evaluate.report.markdown_report import markdown_page

    evaluation = evaluation_json(run)
    cases = [case_json(case, outcome) for case, outcome in zip(run.cases, run.outcomes, strict=True)]
    whole = {**evaluation, "cases": cases}
    pages = {
        FILE_NAME: json.dumps(whole, indent=1),
        "report.md": markdown_page(evaluation, cases),
        "report.html": html_page(evaluation, cases),
    }
    for name, text in pages.items():
        write_file(folder / name, text.encode("utf-8", "replace"))  # a question may hold half an emoji
    return evaluation


def read_report(path: Path) -> Json:
    """Return the report of a run from its folder or its report.json. Raises EvaluationError."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        report = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"The run {path} cannot be read: {error}.", "Name the --out folder of a run.") from None
    cases = report.get("cases") if isinstance(report, dict) else None
    if not isinstance(cases, list) or not all(isinstance(case, dict) and "scores" in case for case in cases):
        raise EvaluationError(
            f"{file} contains no results of cases.", f"Name the --out folder of a run, or the {FILE_NAME} in it."
        )
    return dict(report)


def check_verification(evaluation: Mapping[str, Any], pairs: Sequence[tuple[Case, Outcome]]) -> None:
    """Check all quotes and links. Raises AssistantError when a quote or a link is not true to its document."""
    counts = evaluation["verification"]
    if counts["quotes_exact"] == counts["quotes"] and counts["links_known"] == counts["links"]:
        return
    case, quote = next((c, q) for c, o in pairs for q in o.cited if not (q.exact and q.known))
    what = f"the quote {quote.quote!r} is not in" if not quote.exact else f"the link {quote.link!r} does not lead to"
    raise AssistantError(
        f"{counts['quotes'] - counts['quotes_exact']} of {counts['quotes']} quotes and "
        f"{counts['links'] - counts['links_known']} of {counts['links']} links are not true to their documents. "
        f"The first is in the case {case.id!r}: {what} {quote.doc_id!r}.",
        "This is a bug of the program, not of the cases; report it with report.json.",
    )
