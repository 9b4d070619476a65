"""The fuzzer in short: some changed samples of each format."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.fuzz import Fuzzer, blind_inputs
from benchmarks.fuzz_checks import READERS
from testkit.growth_targets import LIMITS

INPUTS = 25


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(READERS))
def test_changed_samples_give_a_document_or_a_reason(target: str, tmp_path: Path) -> None:
    fuzzer = Fuzzer(target, tmp_path, math.inf, LIMITS)
    for data in islice(blind_inputs(target, 1), INPUTS):
        fuzzer.run(data)
    assert (fuzzer.runs, fuzzer.found) == (INPUTS, {})


@pytest.mark.slow
def test_findings_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> list[object]:
        raise KeyError("row")

    monkeypatch.setitem(READERS, "text", broken)
    fuzzer = Fuzzer("text", tmp_path, math.inf, LIMITS)
    for data in (b"longer", b"short", b"longest"):
        fuzzer.run(data)
    assert len(fuzzer.found) == 1
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"short"]
