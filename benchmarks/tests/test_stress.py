"""Many askers at once, in short; `make stress` does it for a minute."""

from __future__ import annotations

import pytest

from assistant.build import BuildReport
from assistant.settings import Settings
from benchmarks.stress import stress


@pytest.mark.slow
def test_many_askers_get_the_answers_of_one_or_are_told_to_come_later(
    seed_settings: Settings, seed_report: BuildReport
) -> None:
    del seed_report
    figures = stress(seed_settings.store, askers=12, seconds=5, settings={"ASSISTANT_SERVE__WAITING": "4"})
    assert figures["wrong"] == []
    assert figures["answered"] > 0
    assert figures["refused"] > 0
