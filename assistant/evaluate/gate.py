"""The gate: floors that the figures of a run must reach, in a file that cannot be lowered by accident.

    {"floors": {"answer.hit": 0.87, …}, "ceilings": {"abstention.false_answer_rate": 0.08, …}, "margin": 0.02,
     "n": 95, "corpus_sha256", "cases_sha256", "settings"}

A floor is the value in the run that set it minus the margin, which allows for rounding differences between machines. A
ceiling, for figures that are better when lower, is that value plus the margin.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, EvaluationError
from assistant.evaluate.figures import GROUPS, LOWER_IS_BETTER, Json
from assistant.storage.atomic_file import write_file

MARGIN = 0.02  # room below a measured figure; chosen by hand: two or three cases of the project's own set
_NOT_GATED = frozenset({"exact_match"})  # a quoted sentence is almost never the bare answer
_SAME_SET = ("corpus_sha256", "cases_sha256")
_DIGITS = 4


def read_baseline(path: Path) -> Json:
    """Return the baseline in the file `path`. Raises EvaluationError when it cannot be read or is not a baseline."""
    try:
        baseline = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"The baseline {path} cannot be read: {error}.", "Create one with `assistant eval --update-baseline`."
        ) from None
    tables = [baseline.get(name) for name in ("floors", "ceilings")] if isinstance(baseline, dict) else [None]
    if not all(isinstance(table, dict) and all(_is_number(v) for v in table.values()) for table in tables):
        raise EvaluationError(f'{path}: "floors" and "ceilings" must be objects of numbers.', "Restore the file.")
    return dict(baseline)


def check(evaluation: Json, baseline: Json) -> list[str]:
    """Return a sentence for each figure below its floor; an empty list means that the run passes.

    A figure that is no longer defined does not pass, nor does a run of other cases or another corpus: its figures
    cannot be compared with the floors.
    """
    problems = [
        f"{name} differs from the baseline: the floors were set on another set (--update-baseline --new-set)."
        for name in _SAME_SET
        if evaluation[name] != baseline.get(name)
    ]
    for path, floor in baseline["floors"].items():
        value = _value(evaluation, path)
        if value is None or value < floor:
            problems.append(f"{path} is {_shown(value)}, below its floor {floor:.4f}.")
    for path, ceiling in baseline["ceilings"].items():
        value = _value(evaluation, path)
        if value is None or value > ceiling:
            problems.append(f"{path} is {_shown(value)}, above its ceiling {ceiling:.4f}.")
    return problems


def updated(evaluation: Json, baseline: Json | None, *, allow_lower: bool = False, new_set: bool = False) -> Json:
    """Return the baseline that `evaluation` sets; a stricter old floor stays.

    Raises AssistantError when the run is below an old floor, unless `allow_lower` is set, in which case floors may
    fall. Also raises it when the corpus or the cases differ, unless `new_set` is set.
    """
    margin = float(baseline.get("margin", MARGIN)) if baseline else MARGIN
    fresh = _limits(evaluation, margin)
    if baseline is not None:
        other = [name for name in _SAME_SET if evaluation[name] != baseline.get(name)]
        if other and not new_set:
            raise AssistantError(
                f"{' and '.join(other)} changed since the floors were set.",
                "If the new set replaces the old one, add --new-set.",
            )
        if not allow_lower:
            comparable = baseline if not other else {**baseline, **{name: evaluation[name] for name in _SAME_SET}}
            short = check(evaluation, comparable)
            if short:
                raise AssistantError(
                    f"A floor would be lowered: {' '.join(short)}",
                    "Fix the regression; or lower the floor with --allow-lower, and give the reason in the commit.",
                )
            fresh["floors"] = _strictest(baseline["floors"], fresh["floors"], max)
            fresh["ceilings"] = _strictest(baseline["ceilings"], fresh["ceilings"], min)
    about = {name: evaluation[name] for name in ("n", *_SAME_SET, "settings")}
    return {**fresh, "margin": margin, **about}


def write_baseline(path: Path, baseline: Json) -> None:
    """Write the baseline to the file `path`, completely or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps(baseline, indent=2, sort_keys=True) + "\n")


def _limits(evaluation: Json, margin: float) -> Json:
    floors: dict[str, float] = {}
    ceilings: dict[str, float] = {}
    for group, names in GROUPS.items():
        for name in names:
            value = evaluation[group][name]
            if value is None or name in _NOT_GATED:
                continue
            if name in LOWER_IS_BETTER:
                ceilings[f"{group}.{name}"] = round(min(1.0, value + margin), _DIGITS)
            else:
                floors[f"{group}.{name}"] = round(max(0.0, value - margin), _DIGITS)
    return {"floors": floors, "ceilings": ceilings}


def _strictest(old: dict[str, float], new: dict[str, float], pick: Callable[..., float]) -> dict[str, float]:
    return {path: pick(limits[path] for limits in (old, new) if path in limits) for path in {**old, **new}}


def _value(evaluation: Json, path: str) -> float | None:
    value: Any = evaluation
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if _is_number(value) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4f}"
