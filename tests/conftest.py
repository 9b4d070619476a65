"""The real model and a real index of seeds/, made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest

from assistant.ask import Assistant
from assistant.build import BuildReport
from assistant.evaluate.cases import read_cases
from assistant.evaluate.run import Run, describe, run_cases
from assistant.factory import ModelFactory, open_assistant
from assistant.index.store import Generation, open_generation
from assistant.settings import Settings
from testkit.fixtures import clean_environment as clean_environment
from testkit.fixtures import encoder as encoder
from testkit.fixtures import languages as languages
from testkit.fixtures import loopback_only as loopback_only
from testkit.fixtures import models as models
from testkit.fixtures import seed_report as seed_report
from testkit.fixtures import seed_settings as seed_settings
from testkit.markers import pytest_collection_modifyitems as pytest_collection_modifyitems
from tests.real_model import real_model_server as real_model_server

OWN_SET = Path(__file__).parents[1] / "eval" / "cases"

# A shared machine is slow at times; how long an example takes says nothing about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def generation(seed_settings: Settings, seed_report: BuildReport) -> Iterator[Generation]:
    """The index of seeds/, opened."""
    del seed_report
    with closing(open_generation(seed_settings.store)) as opened:
        yield opened


@pytest.fixture(scope="session")
def assistant(seed_settings: Settings, seed_report: BuildReport, models: ModelFactory) -> Iterator[Assistant]:
    """An assistant that has read seeds/."""
    del seed_report
    opened = open_assistant(seed_settings, models=models)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def own_run(assistant: Assistant, seed_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What the assistant makes of the project's own set."""
    cases = read_cases([OWN_SET])
    about = describe(assistant, cases, seed_settings, "extractive")
    return run_cases(assistant, cases, about, tmp_path_factory.mktemp("own-set"))
