"""The map: how settings become objects, how documents become an index, how a question becomes a reply.

build_index      sources → load → chunk → embed → store
open_assistant   store → Assistant (ask.py: question → standalone query → search → answer or abstention)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import platformdirs

from assistant.answer.generate import Limits as ServerLimits
from assistant.answer.generate import ModelServer
from assistant.answer.reader import SpanReader
from assistant.answer.responses import KeptResponses
from assistant.ask import Assistant, ConfiguredModel
from assistant.errors import ModelError, SourceError, StoreError, StoreMismatchError
from assistant.index import bundled, onnx_engine
from assistant.index.embed import SentenceEncoder
from assistant.index.onnx_engine import OnnxEncoder
from assistant.index.reuse import embed_new, embedded_before
from assistant.index.store import Contents, Generation, build_lock, open_generation, write_generation
from assistant.ingest.chunk import Limits, chunk_document, document_sentences
from assistant.ingest.load import load_documents
from assistant.records import (
    Chunk,
    Document,
    Encoder,
    Failure,
    LayeredEncoder,
    Manifest,
    Reader,
    Sentence,
    Writer,
)
from assistant.settings import Settings
from assistant.text.terms import about
from assistant.text.tokens import TokenCounter

OnProgress = Callable[[str, int, int], None]
"""Called with the stage ("read" or "embed"), what is done, and what there is to do."""

_PACKAGES = ("document-assistant", "sentence-transformers", "faiss-cpu", "bm25s", "tiktoken", "torch", "onnxruntime")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `generation` is unchanged when nothing else did; `note` says why all was built anew."""

    documents: int
    chunks: int
    added: int
    updated: int
    unchanged: int
    removed: int
    failed: tuple[Failure, ...]
    seconds: float
    generation: int
    manifest: Manifest
    note: str | None


def cache_folder(settings: Settings) -> Path:
    """Where unpacked model files are kept."""
    return settings.cache or Path(platformdirs.user_cache_dir("document-assistant", appauthor=False))


def make_encoder(settings: Settings) -> LayeredEncoder:
    """The configured encoder. Raises ModelError when it cannot be loaded."""
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
    """What computes `model`, which is "bundled" or another's name."""
    engine = settings.embedding.engine
    if engine == "auto":
        return "onnx" if model == bundled.NAME and onnx_engine.available() else "torch"
    return engine


def bundled_fingerprint(settings: Settings) -> str:
    """The fingerprint of the bundled model as these settings run it."""
    return onnx_engine.fingerprint() if engine_of(settings, bundled.NAME) == "onnx" else bundled.fingerprint()


def make_reader(settings: Settings, encoder: LayeredEncoder) -> Reader | None:
    """The reader, on the bundled encoder's layers whatever `encoder` embeds with; None when it is switched off.

    Raises ModelError when the bundled encoder cannot be loaded.
    """
    if not settings.answer.read:
        return None
    if encoder.name != bundled.NAME:
        try:
            encoder = _encoder(settings, bundled.NAME)
        except ModelError as error:
            raise ModelError(
                f"The reader needs the bundled model. {error}", f"Set ASSISTANT_ANSWER__READ=0, or: {error.hint}"
            ) from None
    return SpanReader(encoder.changed, encoder.tokenizer)


def make_model_server(settings: Settings) -> ModelServer | None:
    """The server of the model that writes answers; None where none is configured. It is not asked anything yet."""
    model = settings.model
    if model.base_url is None or model.name is None:
        return None
    return ModelServer(
        model.base_url,
        model.name,
        model.api_key.get_secret_value() if model.api_key else "",
        temperature=model.temperature,
        limits=ServerLimits(
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
    """The model that writes answers, None where none is configured; with `responses`, its replies are kept there."""
    writer: Writer | None = make_model_server(settings)
    if writer is None:
        return None
    if responses is not None:
        about = settings.model.model_dump(mode="json", include={"base_url", "temperature", "max_tokens"})
        writer = KeptResponses(writer, responses, about)
    return ConfiguredModel(writer, TokenCounter(cache_folder(settings) / "tiktoken").count)


def open_assistant(settings: Settings, *, responses: Path | None = None) -> Assistant:
    """Open the index in `settings.store`; with `responses`, what a model answers is kept there and not asked again.

    Raises StoreMissingError, StoreDamagedError, StoreMismatchError (another format or model), ModelError.
    """
    generation = open_generation(settings.store)
    try:
        encoder = make_encoder(settings)
        _require_same_model(settings.store, generation.manifest, encoder)
        return Assistant(settings, encoder, make_reader(settings, encoder), generation, make_model(settings, responses))
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


def build_index(settings: Settings, on_progress: OnProgress | None = None) -> BuildReport:
    """Bring the index in `settings.store` up to date with `settings.sources`.

    What did not change is not embedded again, and when nothing changed the live generation stays. Raises
    SourceError when nothing could be read, StoreBusyError, StoreError (the live generation then stays as it was),
    ModelError.
    """
    started = time.perf_counter()
    report = on_progress or (lambda _stage, _done, _total: None)
    with build_lock(settings.store):
        loaded = load_documents(
            settings.sources,
            leave_out=settings.store,
            on_progress=lambda done, total: report("read", done, total),
        )
        if not loaded.documents:
            raise _nothing_read(settings.sources, loaded.failures)
        encoder = make_encoder(settings)
        before, note = _usable_generation(settings, encoder)
        try:
            changes = _changes(loaded.documents, before)
            if before is not None and not (changes["added"] or changes["updated"] or changes["removed"]):
                manifest = before.manifest
            else:
                contents = _contents(settings, encoder, loaded.documents, before, report)
                manifest = write_generation(
                    settings.store,
                    contents,
                    model=encoder.name,
                    model_fingerprint=encoder.fingerprint,
                    settings=build_settings(settings),
                    versions=_versions(),
                )
        finally:
            if before is not None:
                before.close()
    return BuildReport(
        documents=manifest.documents,
        chunks=manifest.chunks,
        failed=loaded.failures,
        seconds=round(time.perf_counter() - started, 2),
        generation=manifest.generation,
        manifest=manifest,
        note=note,
        **changes,
    )


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):  # there is no onnxruntime for some platforms
            found[package] = version(package)
    return found


def _nothing_read(sources: Sequence[str], failures: Sequence[Failure]) -> SourceError:
    if not failures:
        return SourceError(
            f"There is no document in {', '.join(sources)}.", "Put .html, .pdf, .docx, .txt or .md files there."
        )
    first = failures[0]
    return SourceError(
        f"None of {len(failures)} sources could be read; the first is {first.source}: {first.error}", first.hint
    )


def build_settings(settings: Settings) -> dict[str, int | float | str]:
    """The settings that decide what is in an index."""
    return {"chunk.tokens": settings.chunk.tokens, "chunk.overlap_sentences": settings.chunk.overlap_sentences}


def _usable_generation(settings: Settings, encoder: Encoder) -> tuple[Generation | None, str | None]:
    """The live generation if a build can start from it; else None, and why in words."""
    if not (settings.store / "CURRENT").exists():
        return None, None
    try:
        generation = open_generation(settings.store)
    except StoreError as error:
        return None, f"{error} Everything is built anew."
    manifest = generation.manifest
    if manifest.model_fingerprint != encoder.fingerprint:
        generation.close()
        if manifest.model == encoder.name:
            return None, f"The embedding model {encoder.name!r} has another version or engine: all is embedded anew."
        return None, f"The embedding model changed from {manifest.model!r} to {encoder.name!r}: all is embedded anew."
    if manifest.settings != build_settings(settings):
        generation.close()
        return None, "The chunk settings changed: everything is built anew."
    return generation, None


def _changes(documents: Sequence[Document], before: Generation | None) -> dict[str, int]:
    old = {d.doc_id: d for d in before.tables.documents()} if before else {}
    new = {d.doc_id: d for d in documents}
    both = old.keys() & new.keys()
    unchanged = sum(old[doc_id] == new[doc_id] for doc_id in both)
    return {
        "added": len(new.keys() - both),
        "updated": len(both) - unchanged,
        "unchanged": unchanged,
        "removed": len(old.keys() - both),
    }


def _contents(
    settings: Settings,
    encoder: Encoder,
    documents: Sequence[Document],
    before: Generation | None,
    report: OnProgress,
) -> Contents:
    limits = Limits(
        settings.chunk.tokens,
        settings.chunk.overlap_sentences,
        TokenCounter(cache_folder(settings) / "tiktoken").count,
        lambda text: encoder.count_tokens([text])[0] <= encoder.window_tokens,
    )
    chunks: list[Chunk] = []
    sentences: list[Sentence] = []
    for document in documents:
        chunks += chunk_document(document, limits)
        sentences += document_sentences(document, limits)
    by_id = {document.doc_id: document for document in documents}
    passages = [chunk.text for chunk in chunks]
    quotes = [by_id[s.doc_id].text[s.start : s.end] for s in sentences]
    known = embedded_before(before) if before is not None else {}
    vectors = embed_new(encoder, passages + quotes, known, lambda done, total: report("embed", done, total))
    return Contents(
        documents=documents,
        chunks=chunks,
        passages=passages,
        words=["\n".join([about(by_id[chunk.doc_id]), *chunk.headings, chunk.text]) for chunk in chunks],
        vectors=vectors[: len(passages)],
        sentences=sentences,
        sentence_vectors=vectors[len(passages) :],
    )
