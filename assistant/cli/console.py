"""Functions that the commands share: settings from options, an open index, and printing.

Output that a script reads goes to stdout, everything else to stderr.
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


def settings_for(
    store: str | None,
    sources: list[str] | None = None,
    include: list[str] | None = None,
    exclude: list[str] | None = None,
) -> Settings:
    """Return all settings, with the values of the options. Raises UsageError and SettingsError."""
    from assistant.settings import load_settings

    arguments: dict[str, Any] = {}
    if store is not None:
        arguments["store"] = Path(path_option("--store", store))
    if sources:
        arguments["sources"] = tuple(path_option("--source", source) for source in sources)
    if include:
        arguments["include"] = tuple(include)
    if exclude:
        arguments["exclude"] = tuple(exclude)
    return load_settings(**arguments)


def path_option(option: str, value: str) -> str:
    """Return the value of an option that is a path. Raises UsageError when it is empty or contains NUL.

    An empty path means the working folder, but comes from an unset variable of a script.
    """
    if not value.strip():
        raise UsageError(f"{option} is empty.", "Name a path; the working folder is `.`.")
    if "\0" in value:
        raise UsageError(f"{option} contains a NUL character.", "Name a path without it.")
    return value


@contextmanager
def opened(settings: Settings, models: ModelFactory | None, *, responses: Path | None = None) -> Iterator[Assistant]:
    """Open the index of `settings` for the length of the block. Raises what `open_assistant` raises."""
    from assistant.factory import open_assistant

    assistant = open_assistant(settings, responses=responses, models=models)
    try:
        yield assistant
    finally:
        assistant.close()


@contextmanager
def progress(labels: Mapping[str, str]) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a progress bar for each stage in `labels`, with rate and time left, if stderr is a terminal.

    Gives a function to call with (stage, done, total), or None if stderr is not a terminal.
    """
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
            rate_text = f"{speed:.1f}/s" if speed else ""
            drawn.update(tasks[stage], completed=done, total=total, visible=True, rate=rate_text)

        yield on_progress


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line of stdout."""
    print(json.dumps(value, ensure_ascii=False))


def show(text: str) -> None:
    """Print text for people on stdout."""
    print(printable(text))


def say(message: str) -> None:
    """Print a message on stderr."""
    print(printable(message), file=sys.stderr)


def printable(text: str) -> str:
    """Return `text` with U+FFFD in place of control characters, by which a document could control the terminal."""
    return replace_control(text).replace("\r", "\ufffd")
