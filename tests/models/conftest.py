from __future__ import annotations

import pytest

from assistant.factory import cache_folder
from assistant.models import bundled
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings


@pytest.fixture(scope="package")
def torch_encoder() -> SentenceEncoder:
    """The bundled model on torch."""
    return SentenceEncoder(bundled.NAME, cache_folder(load_settings()))


@pytest.fixture(scope="package", params=["onnx", "torch"])
def on(request: pytest.FixtureRequest, encoder: LayeredEncoder, torch_encoder: SentenceEncoder) -> LayeredEncoder:
    """The bundled model on each engine."""
    return encoder if request.param == "onnx" else torch_encoder
