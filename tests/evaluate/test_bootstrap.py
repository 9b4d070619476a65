"""Figures over draws of cases, against scikit-learn and against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assistant.evaluate.bootstrap import auroc, interval, percentiles, ratios, resample, values

labelled = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9, 1.0]), st.booleans()), min_size=2, max_size=30)


@given(labelled)
def test_auroc_is_that_of_scikit_learn(cases: list[tuple[float, bool]]) -> None:
    scores = np.array([score for score, _ in cases])
    positive = np.array([label for _, label in cases])
    ours = values(auroc(scores, positive), len(cases))[0]
    if positive.all() or not positive.any():
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(roc_auc_score(positive, scores))


@given(labelled, st.integers(0, 10))
def test_auroc_of_a_draw_is_that_of_its_cases_repeated(cases: list[tuple[float, bool]], seed: int) -> None:
    scores = np.array([score for score, _ in cases])
    positive = np.array([label for _, label in cases])
    counts = np.random.default_rng(seed).multinomial(len(cases), np.full(len(cases), 1 / len(cases)))
    drawn = np.repeat(positive, counts)
    ours = auroc(scores, positive)(counts[None, :].astype(np.float64))[0, 0]
    if drawn.all() or not drawn.any():
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(roc_auc_score(drawn, np.repeat(scores, counts)))


def test_a_ratio_is_of_the_sums() -> None:
    statistic = ratios(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 0.0], [3.0, 0.0]]))
    assert values(statistic, 2)[0] == pytest.approx(3 / 4)
    assert np.isnan(values(statistic, 2)[1])
    assert statistic(np.array([[0.0, 2.0]]))[0, 0] == pytest.approx(2 / 3)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.sampled_from([0.5, 0.95]))
def test_percentiles_are_numpys_by_inverted_cdf(measured: list[float], share: float) -> None:
    ours = values(percentiles(np.array(measured), [share]), len(measured))[0]
    assert ours == np.quantile(measured, share, method="inverted_cdf")


def test_the_same_seed_gives_the_same_draws() -> None:
    statistic = ratios(np.arange(10.0)[:, None], np.ones((10, 1)))
    assert np.array_equal(resample(statistic, 10), resample(statistic, 10))
    assert not np.array_equal(resample(statistic, 10), resample(statistic, 10, seed=1))
    assert resample(statistic, 10, resamples=600).shape == (600, 1)


def test_a_figure_that_no_draw_defines_has_no_interval() -> None:
    assert interval(np.array([np.nan, np.nan])) is None
    assert interval(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)


def test_the_interval_covers_a_known_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(300):
        seen = (rng.random(80) < 0.7).astype(np.float64)[:, None]
        low, high = interval(resample(ratios(seen, np.ones_like(seen)), 80, seed=seed, resamples=500)[:, 0]) or (1, 0)
        covered += low <= 0.7 <= high
    assert 0.90 <= covered / 300 <= 0.98


def test_the_interval_is_that_of_plain_resampling() -> None:
    rng = np.random.default_rng(3)
    seen = rng.random(60)
    ours = interval(resample(ratios(seen[:, None], np.ones((60, 1))), 60)[:, 0])
    plain = np.quantile(rng.choice(seen, (4000, 60)).mean(axis=1), [0.025, 0.975])
    assert ours == pytest.approx(tuple(plain), abs=0.01)
