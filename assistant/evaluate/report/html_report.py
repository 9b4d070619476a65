"""The report as one HTML page that opens without a server or the internet."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.evaluate.figures import GROUPS, Json
from assistant.evaluate.report.charts import Bar, bars, curve, histogram
from assistant.evaluate.report.markdown_report import rows, short
from assistant.evaluate.report.report_escape import esc

_BY_LANGUAGE = (("retrieval", "recall@5"), ("answer", "hit"), ("abstention", "coverage"))
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --dim: #59636e; --grid: #d1d9e0;
  --a: #0550ae; --b: #9a6700; --c: #1a7f37; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --dim: #9198a1; --grid: #3d444d; --a: #4493f8; --b: #d29922; --c: #3fb950; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid var(--grid); padding: .3rem .7rem; text-align: start; vertical-align: top;
  overflow-wrap: break-word; }
th { white-space: nowrap; } .scroll table { min-width: 64rem; } .scroll td { min-width: 5rem; }
caption { text-align: start; font-weight: 600; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--dim); }
.scroll { overflow-x: auto; } .dim { color: var(--dim); }
.grid { stroke: var(--grid); } .line { fill: none; stroke: var(--a); stroke-width: 2; }
.bar0 { fill: var(--a); } .bar1 { fill: var(--b); } .bar2 { fill: var(--c); }
.whisker { stroke: var(--ink); stroke-width: 2; }
"""


def html_page(evaluation: Json, cases: Sequence[Json]) -> str:
    """The evaluation JSON and the entries of its "cases" as HTML; every word of them is escaped."""
    tables = "".join(_table(evaluation, group) for group in GROUPS)
    pictures = "".join(f"<figure>{picture}</figure>" for picture in _pictures(evaluation, cases))
    counts, latency = evaluation["verification"], evaluation["latency_ms"]
    took = "" if latency["p50"] is None else f" Replies took {latency['p50']:.0f} ms (p50), {latency['p95']:.0f} (p95)."
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evaluation</title><style>{_STYLE}</style></head><body><main>
<h1>Evaluation</h1>
<p>{evaluation["n"]} cases, {len(evaluation["failed"])} failed. {counts["quotes_exact"]} of {counts["quotes"]} quotes
and {counts["links_known"]} of {counts["links"]} links are true to their documents.{took}</p>
<div class="pictures">{pictures}</div>
<h2>Figures</h2>
<p class="dim">Value [95% interval], n; a dash where there is nothing to measure.</p>
{tables}
{_wrong(cases)}
<h2>Settings</h2>
{_settings(evaluation)}
</main></body></html>
"""


def risk_coverage(cases: Sequence[Json]) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) as the least confidence that is answered falls.

    A case is wrong when its best quote does not hold a gold answer; equal confidences are answered together.
    """
    ordered = sorted(cases, key=lambda case: -case["confidence"])
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for done, case in enumerate(ordered, start=1):
        wrong += 1 - case["scores"].get("hit@1_forced", (0.0, 1))[0]
        if done == len(ordered) or ordered[done]["confidence"] != case["confidence"]:
            points.append((done / len(ordered), wrong / done))
    return points


def _pictures(evaluation: Json, cases: Sequence[Json]) -> list[str]:
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
        _captioned(curve("risk", "Risk and coverage", ends, "cases answered", "wrong among them", points)),
        _captioned(bars("lang", by_language, said, "score", groups)),
        _captioned(
            histogram("ms", "Time from question to reply", f"{len(latencies)} cases", "milliseconds", latencies)
        ),
    ]


def _captioned(picture: str) -> str:
    title = picture.partition("<title")[2].partition(">")[2].partition("</title>")[0]
    return f"{picture}<figcaption>{title}</figcaption>"


def _bar(part: Json, group: str, name: str) -> Bar:
    between = part["intervals"][group][name]
    return Bar(name, part[group][name], between["low"], between["high"], between["n"])


def _table(evaluation: Json, group: str) -> str:
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{esc(value)}</td><td>{n}</td></tr>'
        for name, (value, n) in rows(evaluation, group).items()
    )
    head = '<tr><th scope="col">figure</th><th scope="col">value</th><th scope="col">n</th></tr>'
    return f"<table><caption>{group.capitalize()}</caption><thead>{head}</thead><tbody>{body}</tbody></table>"


def _wrong(cases: Sequence[Json]) -> str:
    wrong = [case for case in cases if case["verdict"] != "right"]
    if not wrong:
        return "<h2>Not right: none</h2>"
    names = ("case", "question", "expected", "got", "verdict", "confidence")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = ""
    for case in wrong:
        expected = " / ".join(case["answers"]) or "no answer"
        cells = (case["id"], case["question"], expected, case["error"] or case["text"], case["verdict"])
        written = "".join(f'<td dir="auto">{esc(cell)}</td>' for cell in cells)
        body += f"<tr>{written}<td>{case['confidence']:.2f}</td></tr>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>Not right: {len(wrong)} of {len(cases)}</h2><div class="scroll">{table}</div>'


def _settings(evaluation: Json) -> str:
    flat = _flat({name: evaluation.get(name) for name in ("settings", "corpus_sha256", "cases_sha256", "generation")})
    body = "".join(f'<tr><th scope="row">{esc(name)}</th><td>{esc(value)}</td></tr>' for name, value in flat.items())
    return f"<table><tbody>{body}</tbody></table>"


def _flat(value: Json, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, item in value.items():
        flat |= _flat(item, f"{prefix}{name}.") if isinstance(item, dict) else {f"{prefix}{name}": str(item)}
    return flat
