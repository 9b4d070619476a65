"""What tests of the command line share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.build import BuildReport
from assistant.factory import ModelFactory
from assistant.settings import Settings
from tests.command import Command, in_process

BRIDGE = "The bridge of Alda was opened in 1998.\n\nIt was built by the town council in nine years.\n"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], models: ModelFactory) -> Command:
    """The command line in this process, whose model is loaded already. Whatever `main` lets through fails the test."""
    return in_process(monkeypatch, capsys, models)


@pytest.fixture
def store(seed_settings: Settings, seed_report: BuildReport) -> Path:
    """The index of seeds/; to be read only."""
    del seed_report
    return seed_settings.store


@pytest.fixture
def own_store(store: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(store, tmp_path / "own"))


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    """A folder with one small document."""
    folder = tmp_path / "bridge"
    folder.mkdir()
    (folder / "bridge.txt").write_text(BRIDGE, "utf-8")
    return folder
