"""Fixtures for tests and for the tests of benchmarks: a clean environment, the real model, an index of seeds/."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from assistant.build import BuildReport, build_index
from assistant.factory import ModelFactory, make_encoder
from assistant.ingest.formats.image.language_data import language_folder
from assistant.protocols import LayeredEncoder
from assistant.settings import Settings, load_settings

SEEDS = Path(__file__).parents[1] / "seeds"


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
def languages() -> Path:
    """The folder with the language data of Tesseract; the test is skipped without them."""
    folder = language_folder()
    if folder is not None and all((folder / f"{name}.traineddata").exists() for name in ("eng", "pol", "vie", "osd")):
        return folder
    reason = "needs text recognition: apt install tesseract-ocr tesseract-ocr-pol tesseract-ocr-vie"
    if os.environ.get("REQUIRE_RECOGNITION") == "1":
        pytest.fail(f"REQUIRE_RECOGNITION=1 {reason}")
    pytest.skip(reason)


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
