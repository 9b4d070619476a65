"""The commands `eval` and `compare`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.cli.console import opened, path_option, print_json, progress, say, settings_for, show
from assistant.cli.options import StoreOption
from assistant.errors import AssistantError, EvaluationError, UsageError

if TYPE_CHECKING:
    from assistant.evaluate.cases import Case
    from assistant.evaluate.run import Run
    from assistant.factory import ModelFactory
    from assistant.records import Answerer
    from assistant.settings import Settings

RUNS = Path("eval/runs")
BASELINE = Path("eval/baseline.json")
RESPONSES = RUNS / "responses"
"""The model's responses, so that a run can be repeated exactly; delete the folder to ask the model again."""

CasesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Case files, or folders of them.", show_default="eval/cases", metavar="CASES.jsonl"),
]
AnswererOption = Annotated[Literal["extractive", "model"], typer.Option("--answerer", help="Who writes the reply.")]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        help="Folder of the report; an unfinished run in it is continued.",
        show_default="a folder in eval/runs",
        metavar="DIR",
    ),
]
CheckOption = Annotated[
    Path | None, typer.Option("--check", help="Exit 1 when a figure is below its floor in FILE.", metavar="FILE")
]
UpdateOption = Annotated[
    bool,
    typer.Option("--update-baseline", help="Raise the floors (in eval/baseline.json, or the --check FILE)."),
]
LowerOption = Annotated[bool, typer.Option("--allow-lower", help="Let --update-baseline lower a floor.")]
NewSetOption = Annotated[
    bool, typer.Option("--new-set", help="Let --update-baseline set floors on other cases or documents.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(name="eval")(evaluate)
    app.command()(compare)


def evaluate(
    context: typer.Context,
    cases: CasesArgument = None,
    store: StoreOption = None,
    answerer: AnswererOption = "extractive",
    out: OutOption = None,
    check: CheckOption = None,
    update_baseline: UpdateOption = False,
    allow_lower: LowerOption = False,
    new_set: NewSetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the questions of an evaluation set and score the replies.

    Writes report.json, report.md and report.html. The exit code is 1 when a quote is not in its document, when a link
    does not lead to it, or when a figure is below its floor.
    """
    if (allow_lower or new_set) and not update_baseline:
        raise UsageError("--allow-lower and --new-set need --update-baseline.", "Add --update-baseline.")
    from assistant.evaluate.cases import read_cases
    from assistant.evaluate.gate import read_baseline
    from assistant.evaluate.report.run_report import check_verification, write_report

    settings = settings_for(store)
    if answerer == "model":
        settings.model.require()
    asked = read_cases(cases or ())
    floors = check or BASELINE
    gated = check is not None or (update_baseline and floors.exists())
    baseline = read_baseline(floors) if gated and not (update_baseline and not floors.exists()) else None
    run, folder = _run(asked, settings, context.obj, answerer, out)
    evaluation = write_report(run, folder)
    if as_json:
        print_json(evaluation)
    else:
        _show_figures(evaluation)
    say(f"The report is in {folder} (report.html, report.md, report.json).")
    check_verification(evaluation, list(zip(run.cases, run.outcomes, strict=True)))
    if len(evaluation["failed"]) == len(asked):
        raise AssistantError(
            f"Every case failed. The first error is: {evaluation['failed'][0]['error']}", "Run `assistant doctor`."
        )
    if update_baseline:
        from assistant.evaluate.gate import updated, write_baseline

        write_baseline(floors, updated(evaluation, baseline, allow_lower=allow_lower, new_set=new_set))
        say(f"The floors are in {floors}.")
    elif baseline is not None:
        _gate(evaluation, baseline, floors)


def compare(
    run_a: Annotated[Path, typer.Argument(help="Folder or report.json of the earlier run.", metavar="RUN_A")],
    run_b: Annotated[Path, typer.Argument(help="Folder or report.json of the later run.", metavar="RUN_B")],
    as_json: JsonOption = False,
) -> None:
    """Compare two evaluation runs case by case.

    Each difference (B - A) has a 95% interval, from the paired bootstrap over the shared cases. The exit code is 1 when
    a figure is significantly worse.
    """
    from assistant.evaluate.comparison import compare_reports
    from assistant.evaluate.report.run_report import read_report

    comparison = compare_reports(read_report(run_a), read_report(run_b))
    if as_json:
        print_json(comparison)
    else:
        _show_comparison(comparison)
    if comparison["regressions"]:
        say(f"Significantly worse: {', '.join(comparison['regressions'])}.")
        raise typer.Exit(1)


def _run(
    cases: tuple[Case, ...], settings: Settings, models: ModelFactory | None, answerer: Answerer, out: str | None
) -> tuple[Run, Path]:
    from assistant.evaluate.run import describe, run_cases

    with opened(settings, models, responses=RESPONSES) as assistant, progress({"ask": "Asking"}) as on_progress:
        about = describe(assistant, cases, settings, answerer)
        folder = _own_folder(cases, about) if out is None else Path(path_option("--out", out))
        if folder.exists() and not folder.is_dir():
            raise EvaluationError(f"--out {folder} is a file.", "Name a folder.")

        def on_open(state: str, done: int) -> None:
            if state == "resumed":
                say(f"Continuing the run in {folder}: {done} of {len(cases)} cases are done.")
            elif state == "other":
                say(f"The run in {folder} has other cases, documents, settings or code; starting a new one.")

        try:
            report = None if on_progress is None else lambda done, total: on_progress("ask", done, total)
            run = run_cases(
                assistant,
                cases,
                about,
                folder,
                answerer=answerer,
                concurrency=settings.model.concurrency if answerer == "model" else 1,
                on_progress=report,
                on_open=on_open,
            )
        except KeyboardInterrupt:
            say(f"The finished cases are in {folder}; run the same command again to continue.")
            raise
    return run, folder


def _own_folder(cases: tuple[Case, ...], about: Mapping[str, Any]) -> Path:
    """Return a folder for this run; runs of other cases, documents, settings or code have other folders."""
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:10]
    first = Path(cases[0].place.rpartition(":")[0])
    return RUNS / f"{first.parent.name or 'cases'}-{key}"


def _gate(evaluation: Mapping[str, Any], baseline: dict[str, Any], path: Path) -> None:
    from assistant.evaluate.gate import check

    problems = check(dict(evaluation), baseline)
    for problem in problems:
        say(problem)
    if problems:
        raise AssistantError(
            f"{len(problems)} figures do not reach the floors in {path}.",
            "Use `assistant compare` with an earlier run to find the cases.",
        )
    say(f"All figures are at or above their floors in {path}.")


def _show_figures(evaluation: dict[str, Any]) -> None:
    from assistant.evaluate.figures import GROUPS, SENTENCES
    from assistant.evaluate.report.markdown_report import rows

    show(f"{evaluation['n']} cases, {len(evaluation['failed'])} failed. Value [95% interval], n.")
    for group in GROUPS:
        show(f"\n{group}")
        for name, (value, n) in rows(evaluation, group).items():
            show(f"  {name:<22} {value:<24} {n:>5}")
    counts, latency = evaluation["verification"], evaluation["latency_ms"]
    if counts["by_model"]:
        show("\nsentences of the model")
        for name in ("by_model", *SENTENCES):
            show(f"  {name:<22} {counts[name]:>5}")
    show(f"\n{counts['quotes_exact']} of {counts['quotes']} quotes exact, {counts['links_known']} links known.")
    if latency["p50"] is not None:
        show(f"{latency['p50']:.0f} ms p50, {latency['p95']:.0f} ms p95.")
    for failure in evaluation["failed"]:
        show(f"Failed: {failure['id']}: {failure['error']}")


def _show_comparison(comparison: dict[str, Any]) -> None:
    from assistant.evaluate.report.markdown_report import in_words, short

    show(f"{comparison['shared']} shared cases; {comparison['only_a']} only in A, {comparison['only_b']} only in B.")
    if not comparison["same_corpus"]:
        show("The two runs read different documents.")
    for group, metrics in comparison["metrics"].items():
        show(f"\n{group}")
        for name, found in metrics.items():
            if found["difference"] is None:
                show(f"  {name:<22} –")
                continue
            sides = f"{short(found['a'])} → {short(found['b'])}"
            show(f"  {name:<22} {sides:<16} {in_words(found['difference'], found):<26} {found['verdict']}")
    for side in ("gained", "lost"):
        show(f"\n{side}: {len(comparison[side])}")
        for case in comparison[side]:
            show(f"  {case['id']}: {case['a']} → {case['b']}: {case['question']}")
