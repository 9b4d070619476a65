"""The gate itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.errors import AssistantError, EvaluationError
from assistant.evaluate.figures import figures
from assistant.evaluate.gate import MARGIN, check, read_baseline, updated, write_baseline
from tests.evaluate.samples import case, no_case, outcome, quote

RIGHT, WRONG = quote("The bridge opened in 1998."), quote("It is 320 m long.")


def evaluation(right: int = 8, quiet: int = 8, **fields: Any) -> dict[str, Any]:
    """Of ten answerable cases `right` are right, of ten others `quiet` are not answered."""
    pairs = [(case(f"a{i}"), outcome(f"a{i}", "answer", RIGHT if i < right else WRONG)) for i in range(10)]
    pairs += [(no_case(f"n{i}"), outcome(f"n{i}", "abstention" if i < quiet else "answer")) for i in range(10)]
    about = {"corpus_sha256": "c", "cases_sha256": "q", "settings": {"answerer": "extractive"}}
    return figures(pairs) | about | fields


BASELINE = updated(evaluation(), None)


def test_a_floor_is_the_value_less_the_margin_and_a_ceiling_the_value_and_it() -> None:
    assert BASELINE["margin"] == MARGIN
    assert BASELINE["floors"]["answer.hit"] == pytest.approx(0.8 - MARGIN)
    assert BASELINE["ceilings"]["abstention.false_answer_rate"] == pytest.approx(0.2 + MARGIN)
    assert (BASELINE["n"], BASELINE["corpus_sha256"], BASELINE["cases_sha256"]) == (20, "c", "q")
    assert BASELINE["settings"] == {"answerer": "extractive"}


def test_the_run_that_set_the_floors_passes() -> None:
    assert check(evaluation(), BASELINE) == []
    assert check(evaluation(right=9, quiet=9), BASELINE) == []


def test_a_figure_below_its_floor_is_named() -> None:
    problems = check(evaluation(right=7), BASELINE)
    assert "answer.hit is 0.7000, below its floor 0.7800." in problems


def test_a_figure_above_its_ceiling_is_named() -> None:
    problems = check(evaluation(quiet=7), BASELINE)
    assert "abstention.false_answer_rate is 0.3000, above its ceiling 0.2200." in problems


def test_a_figure_that_is_gone_falls_short() -> None:
    gone = evaluation()
    gone["answer"]["hit"] = None
    del gone["abstention"]["false_answer_rate"]
    problems = check(gone, BASELINE)
    assert any(p.startswith("answer.hit is not defined") for p in problems)
    assert any(p.startswith("abstention.false_answer_rate is not defined") for p in problems)


@pytest.mark.parametrize("name", ["corpus_sha256", "cases_sha256"])
def test_another_set_does_not_pass(name: str) -> None:
    assert any(name in problem for problem in check(evaluation() | {name: "x"}, BASELINE))


def test_updating_raises_floors_and_lowers_ceilings() -> None:
    better = updated(evaluation(right=9, quiet=10), BASELINE)
    assert better["floors"]["answer.hit"] == pytest.approx(0.9 - MARGIN)
    assert better["ceilings"]["abstention.false_answer_rate"] == pytest.approx(MARGIN)


def test_updating_never_lowers_a_floor_by_accident() -> None:
    with pytest.raises(AssistantError, match=r"answer\.hit") as raised:
        updated(evaluation(right=7), BASELINE)
    assert "--allow-lower" in raised.value.hint
    with pytest.raises(AssistantError, match="false_answer_rate"):
        updated(evaluation(quiet=7), BASELINE)


def test_a_run_within_the_margin_leaves_the_floor() -> None:
    strict = BASELINE | {"floors": {**BASELINE["floors"], "answer.hit": 0.79}}
    assert updated(evaluation(), strict)["floors"]["answer.hit"] == 0.79


def test_a_floor_is_lowered_where_that_is_said() -> None:
    lower = updated(evaluation(right=7, quiet=7), BASELINE, allow_lower=True)
    assert lower["floors"]["answer.hit"] == pytest.approx(0.7 - MARGIN)
    assert lower["ceilings"]["abstention.false_answer_rate"] == pytest.approx(0.3 + MARGIN)


def test_another_set_needs_its_own_word() -> None:
    other = evaluation(corpus_sha256="x")
    with pytest.raises(AssistantError, match="corpus_sha256") as raised:
        updated(other, BASELINE)
    assert "--new-set" in raised.value.hint
    assert updated(other, BASELINE, new_set=True)["corpus_sha256"] == "x"
    with pytest.raises(AssistantError, match="would be lowered"):
        updated(evaluation(right=1, cases_sha256="x"), BASELINE, new_set=True)
    assert updated(evaluation(right=1, cases_sha256="x"), BASELINE, new_set=True, allow_lower=True)["floors"][
        "answer.hit"
    ] == pytest.approx(0.1 - MARGIN)


def test_the_margin_of_the_file_is_kept() -> None:
    wider = updated(evaluation(right=9), BASELINE | {"margin": 0.05})
    assert wider["margin"] == 0.05
    assert wider["floors"]["answer.hit"] == pytest.approx(0.85)


def test_a_baseline_survives_being_written(tmp_path: Path) -> None:
    path = tmp_path / "eval" / "baseline.json"
    write_baseline(path, BASELINE)
    assert read_baseline(path) == BASELINE
    assert [p.name for p in path.parent.iterdir()] == ["baseline.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"floors": {}, "ceilings": {"a": "b"}}', '{"floors": {"a": true}}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(EvaluationError):
        read_baseline(tmp_path / "b.json")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
