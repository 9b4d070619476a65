"""The real model and a real index of seeds/, made once for all tests."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from assistant.ask import Assistant
from assistant.build import BuildReport, build_index
from assistant.evaluate.cases import read_cases
from assistant.evaluate.run import Run, describe, run_cases
from assistant.factory import ModelFactory, make_encoder, open_assistant
from assistant.index.store import Generation, open_generation
from assistant.protocols import LayeredEncoder
from assistant.settings import Settings, load_settings
from tests.real_model import real_model_server as real_model_server

SEEDS = Path(__file__).parents[1] / "seeds"
OWN_SET = Path(__file__).parents[1] / "eval" / "cases"

# A shared machine is slow at times; how long an example takes says nothing about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the developer's own leaks into a test: neither variables nor an assistant.toml."""
    for name in [name for name in os.environ if name.upper().startswith("ASSISTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the internet fails."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"tests may not connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def encoder() -> LayeredEncoder:
    """The bundled model."""
    return make_encoder(load_settings())


@pytest.fixture(scope="session")
def models(encoder: LayeredEncoder) -> ModelFactory:
    """Makes the models that settings name, on the encoder that is loaded already."""
    return ModelFactory(lambda _settings: encoder)


@pytest.fixture(scope="session")
def seed_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that name seeds/ and a store of this test run."""
    return load_settings(sources=(str(SEEDS),), store=tmp_path_factory.mktemp("seeds") / "store")


@pytest.fixture(scope="session")
def seed_report(seed_settings: Settings, models: ModelFactory) -> BuildReport:
    """What building the index of seeds/ reported."""
    return build_index(seed_settings, models=models)


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
