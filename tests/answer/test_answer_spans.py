from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assistant.answer.answer_spans import best_spans
from assistant.records import SpanScores

TEXT = "It rained. The rate fell to 3.57% in May."
TOKENS = ["It", " rained", ".", " The", " rate", " fell", " to", " 3", ".57%", " in", " May", "."]
ENDS = np.cumsum([len(token) for token in TOKENS])
PLACES = np.stack([ENDS - [len(t.strip()) for t in TOKENS], ENDS], axis=1).astype(np.int32)
SENTENCES = [(0, 10), (11, 41)]


def reading(begins: dict[int, float], ends: dict[int, float]) -> SpanScores:
    """Log-odds of -5 everywhere but at the tokens named."""
    odds = np.full((2, len(TOKENS)), -5, np.float32)
    for row, values in enumerate((begins, ends)):
        for token, value in values.items():
            odds[row, token] = value
    return SpanScores(PLACES, odds[0], odds[1])


def test_the_best_span_of_each_sentence() -> None:
    rain, rate = best_spans(reading({7: 3.0}, {8: 2.0}), SENTENCES)
    assert rain is not None
    assert rate is not None
    assert (TEXT[rate.start : rate.end], rate.log_odds) == ("3.57%", 5.0)
    assert rain.log_odds == -10.0


def test_an_answer_does_not_end_before_it_begins_nor_in_another_sentence() -> None:
    rain, rate = best_spans(reading({1: 4.0, 8: 3.0}, {7: 3.0, 10: 1.0}), SENTENCES)
    assert rain is not None
    assert rate is not None
    assert TEXT[rate.start : rate.end] == ".57% in May"
    assert rain.log_odds == -1.0


def test_what_the_reader_did_not_see_has_no_answer() -> None:
    cut = SpanScores(PLACES[:3], np.zeros(3, np.float32), np.zeros(3, np.float32))
    rain, rate = best_spans(cut, SENTENCES)
    assert rain is not None
    assert rate is None


@given(hnp.arrays(np.float32, (2, len(TOKENS)), elements=st.floats(-20, 20, width=32)))
def test_no_span_inside_the_sentence_is_better(odds: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    for (start, end), span in zip(SENTENCES, best_spans(SpanScores(PLACES, odds[0], odds[1]), SENTENCES), strict=True):
        inside = [i for i, (a, b) in enumerate(PLACES) if a >= start and b <= end]
        best = max(float(odds[0, i] + odds[1, j]) for i in inside for j in inside if i <= j)
        assert span is not None
        assert start <= span.start < span.end <= end
        assert span.log_odds == pytest.approx(best, abs=1e-5)
