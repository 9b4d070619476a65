"""What the commands share: settings and an index from options, and the ways to print.

What a script reads goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError
from assistant.text.control_characters import replace_control

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.factory import ModelFactory
    from assistant.settings import Settings


def settings_for(store: str | None, sources: list[str] | None = None) -> Settings:
    """All settings, with what the options say. Raises UsageError, SettingsError."""
    from assistant.settings import load_settings

    arguments: dict[str, Any] = {}
    if store is not None:
        arguments["store"] = Path(given("--store", store))
    if sources:
        arguments["sources"] = tuple(given("--source", source) for source in sources)
    return load_settings(**arguments)


def given(option: str, value: str) -> str:
    """`value` of a path option; an empty one would mean the working folder: an unset variable of a script, no wish."""
    if not value.strip():
        raise UsageError(f"{option} is empty.", "Name a path; the working folder is `.`.")
    if "\0" in value:
        raise UsageError(f"{option} holds a NUL character.", "Name a path.")
    return value


@contextmanager
def opened(settings: Settings, models: ModelFactory | None, *, responses: Path | None = None) -> Iterator[Assistant]:
    """The index of `settings`, closed in the end; see `open_assistant`."""
    from assistant.factory import open_assistant

    assistant = open_assistant(settings, responses=responses, models=models)
    try:
        yield assistant
    finally:
        assistant.close()


@contextmanager
def progress(labels: Mapping[str, str]) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar for each of `labels` on stderr when it is a terminal, with rate and time left; None otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    described, rate = TextColumn("{task.description}"), TextColumn("{task.fields[rate]}")
    columns = (described, BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        tasks = {stage: drawn.add_task(label, total=None, visible=False, rate="") for stage, label in labels.items()}

        def on_progress(stage: str, done: int, total: int) -> None:
            speed = drawn.tasks[tasks[stage]].speed
            told = f"{speed:.1f}/s" if speed else ""
            drawn.update(tasks[stage], completed=done, total=total, visible=True, rate=told)

        yield on_progress


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line of stdout."""
    print(json.dumps(value, ensure_ascii=False))


def show(text: str) -> None:
    """Print for people, on stdout."""
    print(printable(text))


def say(message: str) -> None:
    """Print on stderr."""
    print(printable(message), file=sys.stderr)


def printable(text: str) -> str:
    """Return `text` with U+FFFD for each character by which a document or a file's name could steer the terminal."""
    return replace_control(text).replace("\r", "\ufffd")
