"""The figures of a run, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.evaluate.figures import GROUPS, SENTENCES, by_language, figures
from assistant.evaluate.outcome import Outcome, failed, scores
from tests.evaluate.samples import case, no_case, outcome, quote

RIGHT = quote("The bridge opened in 1998.")
BESIDE = quote("It is 320 m long.")
ELSEWHERE = quote("In 1998 there was a fair.", "town.txt")

PAIRS = [
    (case("right first"), outcome("right first", "answer", RIGHT, BESIDE, confidence=0.9)),
    (case("right second"), outcome("right second", "answer", ELSEWHERE, RIGHT, confidence=0.8)),
    (case("right document"), outcome("right document", "answer", BESIDE, confidence=0.7)),
    (case("unsure", lang="vi"), outcome("unsure", "abstention", RIGHT, confidence=0.4)),
    (case("crash", lang="vi"), failed(case("crash"), RuntimeError("x"))),
    (no_case("quiet"), outcome("quiet", "abstention", confidence=0.1)),
    (no_case("talks"), outcome("talks", "answer", ELSEWHERE, confidence=0.75)),
]


def test_every_figure_is_as_worked_out_by_hand() -> None:
    found = figures(PAIRS)
    assert found["n"] == 7
    assert found["retrieval"] == {"n": 5, "recall@1": 0.8, "recall@5": 0.8, "mrr@10": 0.8, "ndcg@10": 0.8}
    answer = found["answer"]
    assert answer["n"] == 5
    assert (answer["hit@1"], answer["hit@1_forced"], answer["hit"]) == (0.2, 0.4, 0.4)
    assert answer["citation_precision"] == 0.8  # of five cited quotes of answerable cases four are from gold
    assert answer["citation_recall"] == 0.6
    # Of the first two answers, each of nine words without articles, one word is the answer "1998".
    assert answer["f1"] == pytest.approx((2 / (9 + 1) + 2 / (9 + 1)) / 5, abs=1e-6)
    assert answer["exact_match"] == 0.0
    assert found["abstention"] == {
        "n": 7,
        "auroc": pytest.approx((2 + 2 + 1 + 1 + 0) / 10),
        "coverage": 0.6,
        "selective_accuracy": pytest.approx(2 / 3, abs=1e-6),
        "false_answer_rate": 0.5,
        "false_abstention_rate": 0.4,
    }
    assert found["verification"] == {
        **{"quotes": 6, "quotes_exact": 6, "links": 6, "links_known": 6},
        **dict.fromkeys(("by_model", *SENTENCES), 0),
    }
    assert found["latency_ms"] == {"n": 6, "p50": 50.0, "p95": 50.0}


def test_each_figure_has_its_own_n_and_an_interval_around_it() -> None:
    found = figures(PAIRS)
    ns = {name: found["intervals"][group][name]["n"] for group, names in GROUPS.items() for name in names}
    assert ns == {
        **dict.fromkeys(GROUPS["retrieval"] + GROUPS["answer"], 5),
        **{"citation_precision": 5, "selective_accuracy": 3, "false_answer_rate": 2, "auroc": 7},
        **{"coverage": 5, "false_abstention_rate": 5},
    }
    for group, names in GROUPS.items():
        for name in names:
            between = found["intervals"][group][name]
            assert 0 <= between["low"] <= found[group][name] <= between["high"] <= 1, name


def test_figures_over_nothing_are_none() -> None:
    found = figures([])
    plain = [found[group][name] for group, names in GROUPS.items() for name in names]
    assert set(plain) == {None}
    assert found["latency_ms"] == {"n": 0, "p50": None, "p95": None}
    assert found["intervals"]["answer"]["hit"] == {"n": 0, "low": None, "high": None}


def test_without_unanswerable_cases_their_figures_are_none() -> None:
    found = figures(PAIRS[:1])["abstention"]
    assert (found["auroc"], found["false_answer_rate"], found["coverage"]) == (None, None, 1.0)


def test_without_answerable_cases_theirs_are_none() -> None:
    found = figures(PAIRS[5:])
    assert found["retrieval"] == {"n": 0, "recall@1": None, "recall@5": None, "mrr@10": None, "ndcg@10": None}
    assert found["answer"]["hit"] is found["abstention"]["coverage"] is found["abstention"]["auroc"] is None
    assert found["abstention"]["false_answer_rate"] == 0.5


def test_accuracy_where_nothing_is_answered_is_none() -> None:
    found = figures(PAIRS[3:4])
    assert found["abstention"]["selective_accuracy"] is None
    assert found["answer"]["citation_precision"] is None
    assert found["answer"]["citation_recall"] == 0.0


def test_languages_are_counted_apart() -> None:
    found = by_language(PAIRS)
    assert list(found) == ["en", "vi"]
    assert (found["en"]["n"], found["vi"]["n"]) == (5, 2)
    assert found["vi"]["answer"]["hit"] == 0.0
    assert found["vi"]["abstention"]["auroc"] is None


@pytest.mark.parametrize("answerable", [True, False])
def test_a_failed_case_takes_the_worst_place(answerable: bool) -> None:
    asked = case("a") if answerable else no_case("a")
    found = scores(asked, failed(asked, RuntimeError("x")))
    worst = {"false_abstention_rate": 1.0} if answerable else {"false_answer_rate": 1.0}
    assert {name: score for name, (score, _) in found.items() if score} == worst
    everywhere = figures([*PAIRS, (asked, failed(asked, RuntimeError("x")))])
    for group, names in GROUPS.items():
        for name in names:
            better = everywhere[group][name] - figures(PAIRS)[group][name]
            assert better >= 0 if name.startswith("false") else better <= 0, name


def test_two_gold_documents_are_both_wanted() -> None:
    asked = case("a", answers=("1998", "4,000"), doc_ids=("bridge.txt", "other.txt"))
    found = scores(asked, outcome("a", "answer", RIGHT))
    assert found["recall@5"] == (0.5, 1)
    assert found["hit"] == (1.0, 1)


def test_an_outcome_survives_being_written() -> None:
    for _, written in PAIRS:
        fields: dict[str, Any] = written.to_json()
        assert Outcome.from_json(fields) == written
