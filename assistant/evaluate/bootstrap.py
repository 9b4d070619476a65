"""Figures with 95% intervals, by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13).

Each draw takes as many cases as the run has, with replacement. The figures are computed for each draw, and the interval
is the middle 95% of them. A draw is a row of counts, how often it contains each case, so that a figure that is a ratio
of sums is one matrix product over all draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEED = 20261122
RESAMPLES = 2000
_TAILS = (0.025, 0.975)
_AT_A_TIME = 250

Statistic = Callable[[Floats], Floats]
"""Counts, shape (draws, cases) → figures, shape (draws, figures), NaN where a figure is not defined."""


def values(statistic: Statistic, cases: int) -> Floats:
    """Return `statistic` of the cases themselves, shape (figures,)."""
    figures: Floats = statistic(np.ones((1, cases)))[0]
    return figures


def resample(statistic: Statistic, cases: int, *, seed: int = SEED, resamples: int = RESAMPLES) -> Floats:
    """Return `statistic` of each draw, shape (resamples, figures). The same seed gives the same draws."""
    rng = np.random.default_rng(seed)
    even = np.full(cases, 1 / cases)
    sizes = [min(_AT_A_TIME, resamples - first) for first in range(0, resamples, _AT_A_TIME)]
    return np.concatenate([statistic(rng.multinomial(cases, even, size=size).astype(np.float64)) for size in sizes])


def interval(column: Floats) -> tuple[float, float] | None:
    """Return the middle 95% of the defined values of one figure, shape (draws,); None when no value is defined."""
    defined = column[~np.isnan(column)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, _TAILS)
    return float(low), float(high)


def ratios(numerators: Floats, denominators: Floats) -> Statistic:
    """Return the statistic `Σ numerators / Σ denominators` over the cases of a draw; both of shape (cases, figures)."""

    def statistic(counts: Floats) -> Floats:
        below = counts @ denominators
        figures: Floats = np.divide(counts @ numerators, below, out=np.full(below.shape, np.nan), where=below > 0)
        return figures

    return statistic


def auroc(confidences: Floats, positive: npt.NDArray[np.bool_]) -> Statistic:
    """Return the area under the ROC curve in its Mann-Whitney form (Hanley and McNeil 1982).

    It is the probability that a positive case has a higher confidence than a negative one; a tie counts one half. Both
    arrays have the shape (cases,).
    """
    order = np.argsort(confidences, kind="stable")
    labels = positive[order].astype(np.float64)
    ties = np.flatnonzero(np.diff(confidences[order], prepend=np.nan) != 0)

    def statistic(counts: Floats) -> Floats:
        drawn = counts[:, order]
        yes = np.add.reduceat(drawn * labels, ties, axis=1)
        no = np.add.reduceat(drawn * (1 - labels), ties, axis=1)
        won = (yes * (np.cumsum(no, axis=1) - no / 2)).sum(axis=1)
        pairs = yes.sum(axis=1) * no.sum(axis=1)
        figures: Floats = np.divide(won, pairs, out=np.full(len(counts), np.nan), where=pairs > 0)[:, None]
        return figures

    return statistic


def percentiles(measured: Floats, shares: Sequence[float]) -> Statistic:
    """Return the percentiles of `measured`, shape (cases,).

    A percentile is the smallest value that at least the given share of a draw's values do not exceed.
    """
    order = np.argsort(measured, kind="stable")

    def statistic(counts: Floats) -> Floats:
        reached = np.cumsum(counts[:, order], axis=1)
        # Sums of whole numbers are exact; their products with a share are not.
        first = [(reached >= share * reached[:, -1:] - 1e-9).argmax(axis=1) for share in shares]
        figures: Floats = measured[order][np.stack(first, axis=1)]
        return figures

    return statistic
