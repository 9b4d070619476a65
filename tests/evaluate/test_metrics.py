"""Each metric of one case against an implementation of others."""

from __future__ import annotations

import collections
import re
import string
import unicodedata
from collections.abc import Callable, Sequence

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Measure, R, nDCG

from assistant.evaluate.metrics import (
    exact_match,
    f1,
    fold_hits,
    holds_answer,
    mrr_at,
    ndcg_at,
    normalise,
    recall_at,
    without_markers,
)

DOCUMENTS = [f"d{n}" for n in range(15)]
ranked_lists = st.lists(st.sampled_from(DOCUMENTS), unique=True, max_size=15)
gold_sets = st.sets(st.sampled_from(DOCUMENTS), min_size=1, max_size=12)


def of_ir_measures(measure: Measure, ranked: Sequence[str], gold: set[str]) -> float:
    """The measure of one query, by trec_eval."""
    qrels = {"q": dict.fromkeys(gold, 1)}
    run = {"q": {doc_id: float(-rank) for rank, doc_id in enumerate(ranked)}}
    return float(ir_measures.calc_aggregate([measure], qrels, run)[measure]) if ranked else 0.0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda ranked, gold: recall_at(1, ranked, gold), R @ 1),
        (lambda ranked, gold: recall_at(5, ranked, gold), R @ 5),
        (lambda ranked, gold: mrr_at(10, ranked, gold), RR @ 10),
        (lambda ranked, gold: ndcg_at(10, ranked, gold), nDCG @ 10),
    ],
    ids=["recall@1", "recall@5", "mrr@10", "ndcg@10"],
)
@given(ranked=ranked_lists, gold=gold_sets)
def test_ranks_are_scored_as_by_trec_eval(
    ours: Callable[[list[str], set[str]], float], theirs: Measure, ranked: list[str], gold: set[str]
) -> None:
    assert ours(ranked, gold) == pytest.approx(of_ir_measures(theirs, ranked, gold), abs=1e-9)


def test_hits_are_folded_to_the_first_of_each_document() -> None:
    assert fold_hits(["b", "a", "b", "c", "a"]) == ("b", "a", "c")


def squad_normalise(text: str) -> str:
    """As evaluate-v1.1.py of SQuAD: lower, punctuation, articles, spaces."""
    text = "".join(char for char in text.lower() if char not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_f1(prediction: str, truth: str) -> float:
    """As compute_f1 of SQuAD 2.0: where a side has no tokens, 1 if neither has, else 0."""
    ours, gold = squad_normalise(prediction).split(), squad_normalise(truth).split()
    if not ours or not gold:
        return float(ours == gold)
    same = sum((collections.Counter(ours) & collections.Counter(gold)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(ours), same / len(gold)
    return 2 * precision * recall / (precision + recall)


squad_texts = st.lists(
    st.sampled_from(["The", "a", "an", "bridge", "Bridge,", "1998.", "U.S.", "(of)", "-", "iron-clad", "the,", "ANT"]),
    max_size=8,
).map(" ".join)


@given(text=squad_texts, answers=st.lists(squad_texts, min_size=1, max_size=3))
def test_f1_and_exact_match_are_those_of_squad(text: str, answers: list[str]) -> None:
    assert f1(text, answers) == pytest.approx(max(squad_f1(text, answer) for answer in answers))
    assert exact_match(text, answers) == max(squad_normalise(text) == squad_normalise(answer) for answer in answers)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tỷ lệ:  3.57%,\nTHẤP nhất", "tỷ lệ 357 thấp nhất"),
        ("„Wszystko”—dla pacjentów…", "wszystkodla pacjentów"),
        ("ﬁve ½", "five 1⁄2"),
        ("STRASSE straße", "strasse strasse"),
        ("patients’ «satisfaction» 。", "patients satisfaction"),
    ],
)
def test_normalising_keeps_accents_and_drops_punctuation(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text())
def test_normalised_text_has_no_punctuation_and_single_spaces(text: str) -> None:
    plain = normalise(text)
    assert plain == " ".join(plain.split())
    assert not any(unicodedata.category(char).startswith("P") or char in string.punctuation for char in plain)


def test_accents_tell_words_apart() -> None:
    assert holds_answer("Bệnh viện Đồng Nai.", ["bệnh viện"])
    assert not holds_answer("Bệnh viện Đồng Nai.", ["benh vien"])


def test_any_of_the_answers_will_do() -> None:
    assert holds_answer("It opened in 1998.", ["in 2001", "In 1998"])
    assert not holds_answer("It opened in 1998.", [])


def test_an_answer_of_punctuation_alone_is_not_in_every_quote() -> None:
    assert not holds_answer("It opened in 1998.", ["+"])
    assert holds_answer("Addition is written +.", ["+"])


def test_markers_are_no_part_of_the_answer() -> None:
    assert without_markers("It opened in 1998. [1] It is long [2][3]. [2, 4]") == "It opened in 1998. It is long."
    assert f1("In 1998. [1]", ["in 1998"]) < f1(without_markers("In 1998. [1]"), ["in 1998"]) == 1.0
