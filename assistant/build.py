"""Builds an index from sources: crawl → load → chunk → embed → store, a window of documents at a time."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.crawl.readers import make_crawler, make_file_servers
from assistant.errors import DocumentNotFoundError, SourceError, StoreError
from assistant.factory import ModelFactory, cache_folder
from assistant.index.embedding_cache import EmbeddingCache
from assistant.index.generation_writer import LARGE_CHUNKS, GenerationWriter, Split
from assistant.index.reuse import PreviousGeneration, VectorSource, embeddings
from assistant.index.rollback import held_by
from assistant.index.store import build_lock, kept_generations
from assistant.index.tombstones import read_removed, write_failures, write_removed
from assistant.ingest.chunk import Limits, split_document
from assistant.ingest.load import Loaded, load_documents
from assistant.ingest.parse_cache import FILE_NAME as PARSED
from assistant.ingest.parse_cache import ParseCache
from assistant.ingest.path_patterns import PathPatterns
from assistant.ingest.sandbox.pool import Workers
from assistant.protocols import Encoder
from assistant.records import Document, Failure, Manifest
from assistant.settings import Settings
from assistant.text.addresses import shown_address
from assistant.text.tokens import TokenCounter

OnProgress = Callable[[str, int, int], None]
"""A function that is called with the stage, the amount done and the total amount.

The unit depends on the stage: pages for "fetch", files and pages for "read", characters for "embed".
"""

_PACKAGES = ("document-assistant", "sentence-transformers", "faiss-cpu", "bm25s", "tiktoken", "torch", "onnxruntime")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build, in numbers of documents.

    `generation` stays the same when no document changed. `note` says why everything was rebuilt, None if it was not.
    """

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


@dataclass(frozen=True, slots=True)
class BuildSizes:
    """The sizes that control how a build works."""

    texts_at_a_time: int = 2_000
    """The number of chunks and sentences that are embedded before they are written."""
    large_chunks: int = LARGE_CHUNKS
    """The number of chunks above which an index is searched by candidates."""


BUILD_SIZES = BuildSizes()


def build_index(
    settings: Settings,
    on_progress: OnProgress | None = None,
    *,
    models: ModelFactory | None = None,
    sizes: BuildSizes = BUILD_SIZES,
) -> BuildReport:
    """Update the index in `settings.store` from `settings.sources` and return a report.

    Unchanged documents are not embedded again; when no document changed, no new generation is written. `models` makes
    the encoder, by default the one that the settings name.

    Raises SourceError when no source can be read, StoreBusyError when another build is running, StoreError, ModelError.
    The live generation does not change then.
    """
    started = time.perf_counter()
    report = on_progress or (lambda _stage, _done, _total: None)
    web = make_crawler(settings, lambda done, known: report("fetch", done, known))
    remote = make_file_servers(settings, lambda done, known: report("fetch", done, known))
    cache = ParseCache(settings.store / PARSED)
    with (
        build_lock(settings.store),
        web,
        remote,
        cache,
        _LoadedBeside(settings, models or ModelFactory()) as encoder,
    ):
        removed = read_removed(settings.store)
        with closing(
            load_documents(
                settings.sources,
                web=web,
                remote=remote,
                cache=cache,
                leave_out=settings.store,
                patterns=PathPatterns(settings.include, settings.exclude),
                removed=removed,
                on_progress=lambda done, total: report("read", done, total),
                make_workers=encoder.workers,
            )
        ) as loaded:
            write_failures(settings.store, loaded.failures)
            documents = loaded.documents.without(removed)
            if not documents:
                raise _nothing_read(settings.sources, loaded)
            return _build(settings, documents, loaded.failures, report, started, encoder.result(), sizes)


class _LoadedBeside:
    """The encoder of a build. It is loaded while the worker processes start, which takes as long.

    Use it in a `with`, whose end waits for the loading.
    """

    def __init__(self, settings: Settings, models: ModelFactory) -> None:
        self._load = partial(models.encoder, settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="load encoder")
        self._loading: Future[Encoder] | None = None

    def __enter__(self) -> _LoadedBeside:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def workers(self) -> Workers:
        """Begin to load the encoder, and return the processes that parse."""
        self._loading = self._thread.submit(self._load)
        return Workers()

    def result(self) -> Encoder:
        """Wait for the encoder. Raises ModelError."""
        return self._loading.result() if self._loading else self._load()


def remove_documents(
    settings: Settings,
    doc_ids: Collection[str],
    on_progress: OnProgress | None = None,
    *,
    models: ModelFactory | None = None,
) -> BuildReport:
    """Remove documents from the index in `settings.store`, for later builds and after a rollback too; the sources are
    not read. The documents may be in an earlier generation only.

    `models` is that of `build_index`. Raises DocumentNotFoundError when an id is in no generation or was removed
    before, StoreError when no document would be left, and the errors of `build_index`.
    """
    started = time.perf_counter()
    with build_lock(settings.store), closing(PreviousGeneration.open(settings.store)) as previous:
        known = set(previous.tables.doc_ids())
        removed = read_removed(settings.store)
        earlier = _in_earlier_generations(settings.store, set(doc_ids) - known - removed)
        for doc_id in doc_ids:
            if doc_id not in known | earlier:
                near = difflib.get_close_matches(doc_id, known, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else "See `assistant documents`."
                raise DocumentNotFoundError(f"There is no document {doc_id!r} in the index.", hint)
        if known <= set(doc_ids):
            raise StoreError("No document would be left in the index.", f"Delete the folder {settings.store} instead.")
        write_removed(settings.store, removed | set(doc_ids))
        left = _Without(previous.tables.documents, set(doc_ids))
        report = on_progress or (lambda _stage, _done, _total: None)
        encoder = (models or ModelFactory()).encoder(settings)
        return _build(settings, left, (), report, started, encoder, BUILD_SIZES)


def _in_earlier_generations(store: Path, doc_ids: Set[str]) -> Set[str]:
    """Return those of `doc_ids` that any generation holds which can be read."""
    found: set[str] = set()
    for number in kept_generations(store) if doc_ids else ():
        with suppress(StoreError):
            found |= held_by(store, number, doc_ids)
    return found


def restore_documents(settings: Settings, doc_ids: Collection[str]) -> None:
    """Include removed documents in later builds again.

    Raises DocumentNotFoundError when a document was not removed, StoreBusyError, StoreError.
    """
    with build_lock(settings.store):
        removed = read_removed(settings.store)
        for doc_id in doc_ids:
            if doc_id not in removed:
                names = ", ".join(sorted(removed)[:10]) or "none"
                raise DocumentNotFoundError(f"{doc_id!r} was not removed.", f"Removed were: {names}.")
        write_removed(settings.store, removed - set(doc_ids))


@dataclass(frozen=True, slots=True)
class _Without:
    """All documents except some; can be iterated repeatedly and keeps one document in memory at a time."""

    documents: Callable[[], Iterable[Document]]
    doc_ids: Set[str]

    def __iter__(self) -> Iterator[Document]:
        for document in self.documents():
            if document.doc_id not in self.doc_ids:
                left = tuple(doc_id for doc_id in document.versions if doc_id not in self.doc_ids)
                yield replace(document, versions=left if len(left) > 1 else ())


def _build(
    settings: Settings,
    documents: Iterable[Document],
    failures: tuple[Failure, ...],
    report: OnProgress,
    started: float,
    encoder: Encoder,
    sizes: BuildSizes,
) -> BuildReport:
    previous, note = _usable_generation(settings, encoder)
    try:
        changes, characters = _changes(documents, previous)
        if previous is not None and not (changes["added"] or changes["updated"] or changes["removed"]):
            manifest = previous.manifest
        else:
            with GenerationWriter(settings.store, encoder.dimension, large_chunks=sizes.large_chunks) as writer:
                known = (writer,) if previous is None else (previous, writer)
                windows = _windows(_split(settings, encoder, documents), sizes.texts_at_a_time)
                _write(settings, encoder, windows, writer, known, lambda done: report("embed", done, characters))
                manifest = writer.finish(
                    model=encoder.name,
                    model_fingerprint=encoder.fingerprint,
                    settings=build_settings(settings),
                    versions=_versions(),
                    kept=settings.generations,
                )
    finally:
        if previous is not None:
            previous.close()
    return BuildReport(
        documents=manifest.documents,
        chunks=manifest.chunks,
        failed=failures,
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


def _nothing_read(sources: Sequence[str], loaded: Loaded) -> SourceError:
    failures = loaded.failures
    sources = [shown_address(source) for source in sources]
    if loaded.documents:
        return SourceError(
            f"All documents of {', '.join(sources)} were removed.", "Let them in: `assistant remove --restore ID`."
        )
    if not failures:
        return SourceError(
            f"There is no document in {', '.join(sources)}.", "Put .html, .pdf, .docx, .txt or .md files there."
        )
    first = failures[0]
    return SourceError(
        f"None of {len(failures)} sources could be read; the first is {first.source}: {first.error}", first.hint
    )


def build_settings(settings: Settings) -> dict[str, int | float | str]:
    """Return the settings that determine the content of an index."""
    return {"chunk.tokens": settings.chunk.tokens, "chunk.overlap_sentences": settings.chunk.overlap_sentences}


def _usable_generation(settings: Settings, encoder: Encoder) -> tuple[PreviousGeneration | None, str | None]:
    """Return the live generation, or None and a note why a build cannot start from it."""
    if not (settings.store / "CURRENT").exists():
        return None, None
    try:
        previous = PreviousGeneration.open(settings.store)
    except StoreError as error:
        return None, f"{error} Everything is built anew."
    manifest = previous.manifest
    if manifest.model_fingerprint != encoder.fingerprint:
        previous.close()
        if manifest.model == encoder.name:
            return None, f"The embedding model {encoder.name!r} has another version or engine: all is embedded anew."
        return None, f"The embedding model changed from {manifest.model!r} to {encoder.name!r}: all is embedded anew."
    if manifest.settings != build_settings(settings):
        previous.close()
        return None, "The chunk settings changed: everything is built anew."
    return previous, None


def _changes(documents: Iterable[Document], previous: PreviousGeneration | None) -> tuple[dict[str, int], int]:
    """Return the numbers of changed documents since the previous generation, and the characters of all documents."""
    added = updated = unchanged = characters = 0
    for document in documents:
        characters += len(document.text)
        before = previous.tables.find(document.doc_id) if previous else None
        added += before is None
        unchanged += before == document
        updated += before not in (None, document)
    removed = len(previous.tables.doc_ids()) - updated - unchanged if previous else 0
    return {"added": added, "updated": updated, "unchanged": unchanged, "removed": removed}, characters


def _write(
    settings: Settings,
    encoder: Encoder,
    windows: Iterable[Sequence[Split]],
    writer: GenerationWriter,
    known: Sequence[VectorSource],
    report: Callable[[int], None],
) -> None:
    """Embed and write the documents of each window; call `report` with the number of characters done."""
    limit_bytes = settings.embedding.cache_mb * 1_000_000
    path = cache_folder(settings) / "embeddings.sqlite"
    with EmbeddingCache(path, encoder.fingerprint, encoder.dimension, limit_bytes=limit_bytes) as cache:

        def add(splits: Sequence[Split], done: int) -> int:
            own = sum(len(split.document.text) for split in splits)
            vectors = embeddings(
                encoder,
                [text for split in splits for text in split.passages()],
                [text for split in splits for text in split.quotes()],
                known,
                cache,
                lambda embedded, to_embed: report(done + own * embedded // to_embed),
            )
            writer.add(splits, *vectors)
            report(done + own)
            return done + own

        done = 0
        report(done)
        for splits in windows:
            done = add(splits, done)


def _split(settings: Settings, encoder: Encoder, documents: Iterable[Document]) -> Iterator[Split]:
    limits = Limits(
        settings.chunk.tokens,
        settings.chunk.overlap_sentences,
        TokenCounter().count,
        lambda text: encoder.count_tokens([text])[0] <= encoder.window_tokens,
    )
    for document in documents:
        yield Split(document, *split_document(document, limits))


def _windows(splits: Iterable[Split], texts_at_a_time: int) -> Iterator[list[Split]]:
    """Group the documents into windows of about `texts_at_a_time` texts to embed."""
    window: list[Split] = []
    texts = 0
    for split in splits:
        window.append(split)
        texts += len(split.chunks) + len(split.sentences)
        if texts >= texts_at_a_time:
            yield window
            window, texts = [], 0
    if window:
        yield window
