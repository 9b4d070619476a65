"""Builds again after each change of the sources. The only module that imports watchfiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from watchfiles import Change, watch

from assistant.cli.console import say
from assistant.errors import AssistantError, SourceError, StoreBusyError
from assistant.text.addresses import shown_address

_QUIET_MS = 500  # how long nothing may change before a build, so that no half-copied file is read


def build_on_change(sources: Sequence[str], store: Path, build: Callable[[], None]) -> None:
    """Call `build` now and after each change in `sources`, until interrupted. Errors of `build` are printed.

    Changes in `store` are ignored. Raises SourceError when a source is not a folder or file on this machine.
    """
    paths = [Path(source).expanduser().absolute() for source in sources]
    for source, path in zip(sources, paths, strict=True):
        if not path.exists():
            raise SourceError(
                f"The source {shown_address(source)} cannot be watched.", "Name an existing folder or file."
            )
    inside = store.absolute()

    def concerns(_: Change, changed: str) -> bool:
        place = Path(changed)
        return not place.is_relative_to(inside) and any(place.is_relative_to(path) for path in paths)

    # Editors replace files, so the folder of a file is watched; it starts before the first build to miss no change.
    folders = {path if path.is_dir() else path.parent for path in paths}
    due = True
    for changes in watch(*folders, watch_filter=concerns, rust_timeout=_QUIET_MS, yield_on_timeout=True):
        due = due or bool(changes)
        if due:
            try:
                build()
                due = False
            except AssistantError as error:
                due = isinstance(error, StoreBusyError)  # the other build may have read the sources before the change
                say(f"Error: {error}\n{error.hint}")
