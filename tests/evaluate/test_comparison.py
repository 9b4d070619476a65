"""Two runs compared, on runs made for it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from assistant.errors import EvaluationError
from assistant.evaluate.comparison import compare_reports
from assistant.evaluate.report.run_report import case_json
from tests.evaluate.samples import case, no_case, outcome, quote

RIGHT, WRONG = quote("The bridge opened in 1998."), quote("It is 320 m long.")


def report(right: Sequence[bool], quiet: Sequence[bool] = (), **fields: Any) -> dict[str, Any]:
    """A run in which answerable case i is right where `right[i]`, unanswerable case i abstains where `quiet[i]`."""
    cases = [
        case_json(case(f"a{i}"), outcome(f"a{i}", "answer", RIGHT if is_right else WRONG))
        for i, is_right in enumerate(right)
    ]
    cases += [
        case_json(no_case(f"n{i}"), outcome(f"n{i}", "abstention" if is_quiet else "answer"))
        for i, is_quiet in enumerate(quiet)
    ]
    return {"cases": cases, "corpus_sha256": "c", **fields}


def test_a_clear_loss_is_a_regression() -> None:
    found = compare_reports(report([True] * 40), report([True] * 28 + [False] * 12))
    hit = found["metrics"]["answer"]["hit"]
    assert (hit["a"], hit["b"], hit["difference"], hit["verdict"], hit["n"]) == (1.0, 0.7, -0.3, "worse", 40)
    assert hit["low"] < -0.3 < hit["high"] < 0
    assert "answer.hit" in found["regressions"]
    assert len(found["lost"]) == 12
    assert found["gained"] == []


def test_a_clear_gain_is_none() -> None:
    found = compare_reports(report([True] * 28 + [False] * 12), report([True] * 40))
    assert found["metrics"]["answer"]["hit"]["verdict"] == "better"
    assert found["regressions"] == []
    assert found["gained"][0] == {"id": "a28", "question": "?", "a": "wrong", "b": "right"}


def test_one_case_that_changed_side_proves_nothing() -> None:
    found = compare_reports(report([True] * 40), report([True] * 39 + [False]))
    assert found["metrics"]["answer"]["hit"]["verdict"] == "no difference shown"
    assert found["regressions"] == []
    assert [case["id"] for case in found["lost"]] == ["a39"]


def test_pairing_finds_what_two_separate_intervals_would_not() -> None:
    rng = random.Random(1)
    before = [rng.random() < 0.5 for _ in range(100)]
    after = [was and i % 8 != 0 for i, was in enumerate(before)]
    found = compare_reports(report(before), report(after))["metrics"]["answer"]["hit"]
    assert -0.12 < found["difference"] < 0
    assert found["verdict"] == "worse"


def test_more_false_answers_are_a_regression() -> None:
    found = compare_reports(report([True], [True] * 30), report([True], [True] * 15 + [False] * 15))
    rate = found["metrics"]["abstention"]["false_answer_rate"]
    assert (rate["a"], rate["b"], rate["verdict"]) == (0.0, 0.5, "worse")
    assert "abstention.false_answer_rate" in found["regressions"]
    back = compare_reports(report([True], [True] * 15 + [False] * 15), report([True], [True] * 30))
    assert back["metrics"]["abstention"]["false_answer_rate"]["verdict"] == "better"
    assert back["regressions"] == []


def test_a_run_is_no_worse_than_itself() -> None:
    same = report([True, False] * 10, [True, False] * 5)
    found = compare_reports(same, same)
    assert found["regressions"] == found["gained"] == found["lost"] == []
    differences = {d["difference"] for metrics in found["metrics"].values() for d in metrics.values()}
    assert differences == {0.0}


def test_only_shared_cases_count() -> None:
    found = compare_reports(report([True] * 5), report([True] * 3 + [False] * 7))
    assert (found["shared"], found["only_a"], found["only_b"]) == (5, 0, 5)


def test_a_case_whose_gold_changed_is_not_shared() -> None:
    a, b = report([True, True]), report([True, True])
    b["cases"][0]["answers"] = ["1999"]
    found = compare_reports(a, b)
    assert (found["shared"], found["only_a"], found["only_b"]) == (1, 1, 1)


def test_figures_over_nothing_show_no_difference() -> None:
    found = compare_reports(report([True]), report([True]))["metrics"]["abstention"]
    assert found["false_answer_rate"]["n"] == 0
    assert found["false_answer_rate"]["difference"] is found["auroc"]["difference"] is None


def test_another_corpus_is_said() -> None:
    assert compare_reports(report([True]), report([True]))["same_corpus"]
    assert not compare_reports(report([True]), report([True], corpus_sha256="d"))["same_corpus"]


def test_runs_that_share_nothing_are_refused() -> None:
    with pytest.raises(EvaluationError, match="share no case"):
        compare_reports(report([True]), report([], [True]))
