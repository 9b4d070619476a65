"""Whatever reads text from outside takes no more than n log n time.

`python -m benchmarks.doubling` lets many more inputs grow.
"""

from __future__ import annotations

import re
import time

import pytest

from testkit.growth import LIMIT_S, Growth, makers, measure
from testkit.growth_targets import TARGETS


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_eight_times_the_input_takes_about_eight_times_the_time(name: str) -> None:
    target = TARGETS[name]
    found = {what: measure(target.run, make, target.size) for what, make in makers(target.tokens, drawn=1).items()}
    assert {what: growth.seconds for what, growth in found.items() if not growth.holds} == {}


@pytest.mark.slow
def test_quadratic_time_is_found() -> None:
    pattern = re.compile(r"\S+@")
    assert not measure(pattern.search, makers(["a"], 0)["'a' repeated"], 2_000).holds


@pytest.mark.slow
def test_linear_time_is_not_mistaken() -> None:
    pattern = re.compile(r"a@")
    assert measure(pattern.search, makers(["a"], 0)["'a' repeated"], 200_000).holds


@pytest.mark.slow
def test_what_does_not_end_is_stopped() -> None:
    def endless(text: str) -> None:
        while text:
            pass

    started = time.process_time()
    assert not measure(endless, lambda size: "a" * size, 1).holds
    assert time.process_time() - started < 2 * LIMIT_S


def test_a_short_time_is_no_evidence() -> None:
    assert Growth((1e-6, 1e-5, 1e-4, 1e-3)).holds
