"""Makes the models that the settings name, and opens the assistant on an index.

open_assistant   opens an index as an Assistant (ask.py: question → standalone query → search → answer or abstention)
open_live        opens an index as a Live (live.py: the Assistant of the current generation, for a service)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from assistant.ask import Assistant
from assistant.errors import ModelError, StoreMismatchError
from assistant.index.store import Generation, current_generation, open_generation
from assistant.live import Live
from assistant.llm.client import Limits, ModelServer
from assistant.llm.response_cache import ResponseCache
from assistant.model_set import ConfiguredModel, Models
from assistant.models import bundled, onnx_encoder
from assistant.models.aligner import TokenAligner
from assistant.models.onnx_encoder import OnnxEncoder
from assistant.models.reader import SpanReader
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.protocols import Aligner, Encoder, LayeredEncoder, Reader, Writer
from assistant.records import Manifest
from assistant.settings import Settings
from assistant.text.tokens import TokenCounter


def cache_folder(settings: Settings) -> Path:
    """Return the folder for unpacked model files and caches."""
    return settings.cache or Path(platformdirs.user_cache_dir("document-assistant", appauthor=False))


def make_encoder(settings: Settings) -> LayeredEncoder:
    """Return the configured encoder. Raises ModelError when it cannot be loaded."""
    return _encoder(settings, settings.embedding.model)


def _encoder(settings: Settings, model: str) -> LayeredEncoder:
    embedding = settings.embedding
    if embedding.engine == "onnx" and model != bundled.NAME:
        raise ModelError(
            f"The engine onnx runs the bundled model, not {model!r}.",
            "Set ASSISTANT_EMBEDDING__ENGINE to torch or auto.",
        )
    if engine_of(settings, model) == "onnx":
        return OnnxEncoder(cache_folder(settings), threads=embedding.threads, batch_size=embedding.batch_size)
    return SentenceEncoder(model, cache_folder(settings), threads=embedding.threads, batch_size=embedding.batch_size)


def engine_of(settings: Settings, model: str) -> Literal["onnx", "torch"]:
    """Return the engine that runs `model`, which is "bundled" or the name of another encoder."""
    engine = settings.embedding.engine
    if engine == "auto":
        return "onnx" if model == bundled.NAME and onnx_encoder.available() else "torch"
    return engine


def bundled_fingerprint(settings: Settings) -> str:
    """Return the fingerprint of the bundled model with the engine of these settings."""
    return onnx_encoder.fingerprint() if engine_of(settings, bundled.NAME) == "onnx" else bundled.fingerprint()


def make_readers(settings: Settings, encoder: LayeredEncoder) -> tuple[Reader | None, Aligner | None]:
    """Return the reader and the aligner; None for both when reading is switched off.

    Both run on the layers of the bundled encoder, also when `encoder` is another one.

    Raises ModelError when the bundled encoder cannot be loaded.
    """
    if not settings.answer.read:
        return None, None
    if encoder.name != bundled.NAME:
        try:
            encoder = _encoder(settings, bundled.NAME)
        except ModelError as error:
            raise ModelError(
                f"The reader needs the bundled model. {error}", f"Set ASSISTANT_ANSWER__READ=0, or: {error.hint}"
            ) from None
    return SpanReader(encoder.adapted, encoder.tokenizer), TokenAligner(encoder.adapted, encoder.tokenizer)


def make_model_server(settings: Settings) -> ModelServer | None:
    """Return the client of the configured model server, None if none is configured. Sends nothing yet."""
    model = settings.model
    if model.base_url is None or model.name is None:
        return None
    return ModelServer(
        model.base_url,
        model.name,
        model.api_key.get_secret_value() if model.api_key else "",
        temperature=model.temperature,
        limits=Limits(
            connect_s=model.connect_s,
            first_token_s=model.first_token_s,
            between_tokens_s=model.between_tokens_s,
            total_s=model.total_s,
            retries=model.retries,
            max_tokens=model.max_tokens,
        ),
        headers={name: value.get_secret_value() for name, value in model.headers.items()},
    )


def make_model(settings: Settings, responses: Path | None = None) -> ConfiguredModel | None:
    """Return the model that writes answers, None if none is configured.

    With `responses`, its replies are cached in that folder.
    """
    writer: Writer | None = make_model_server(settings)
    if writer is None:
        return None
    if responses is not None:
        about = settings.model.model_dump(mode="json", include={"base_url", "temperature", "max_tokens"})
        writer = ResponseCache(writer, responses, about)
    return ConfiguredModel(writer, TokenCounter().count)


@dataclass(frozen=True, slots=True)
class ModelFactory:
    """Makes the models that settings name.

    `encoder` makes the encoder; a function that returns one loaded before lets several indexes share it.
    """

    encoder: Callable[[Settings], LayeredEncoder] = make_encoder

    def models(self, settings: Settings, responses: Path | None = None) -> Models:
        """Return all models that answer questions; see `make_model` for `responses`. Raises ModelError."""
        encoder = self.encoder(settings)
        reader, aligner = make_readers(settings, encoder)
        return Models(encoder, reader, make_model(settings, responses), aligner)


def open_assistant(
    settings: Settings, *, responses: Path | None = None, models: ModelFactory | None = None
) -> Assistant:
    """Open the index in `settings.store`.

    With `responses`, the model's replies are cached in that folder. `models` makes the models, by default those that
    the settings name.

    Raises StoreMissingError, StoreDamagedError, StoreMismatchError (another format or model), ModelError.
    """
    generation = open_generation(settings.store)
    factory = models or ModelFactory()
    return _assistant(settings, generation, lambda: factory.models(settings, responses))


def open_live(settings: Settings, *, models: ModelFactory | None = None) -> Live:
    """Open the index in `settings.store` for a service, which switches to later generations with `Live.refresh`.

    `models` and the errors raised are those of `open_assistant`.
    """
    factory = models or ModelFactory()
    made = functools.cache(lambda: factory.models(settings))  # they stay when the generation goes
    return Live(
        lambda: current_generation(settings.store),
        lambda: _assistant(settings, open_generation(settings.store), made),
    )


def _assistant(settings: Settings, generation: Generation, models: Callable[[], Models]) -> Assistant:
    try:
        loaded = models()
        _require_same_model(settings.store, generation.manifest, loaded.encoder)
        return Assistant(settings, loaded, generation)
    except BaseException:
        generation.close()
        raise


def _require_same_model(store: Path, built_with: Manifest, encoder: Encoder) -> None:
    if built_with.model_fingerprint == encoder.fingerprint:
        return
    if built_with.model == encoder.name:
        raise StoreMismatchError(
            f"The index in {store} was built with another version of the embedding model {encoder.name!r} or engine.",
            "Build it again with `assistant index`, or set the engine back.",
        )
    raise StoreMismatchError(
        f"The index in {store} was built with the embedding model {built_with.model!r}; "
        f"the settings name {encoder.name!r}.",
        "Build it again with `assistant index`, or set the model back.",
    )
