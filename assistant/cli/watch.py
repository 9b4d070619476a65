"""Building again whenever something in the sources changes. The only module that imports watchfiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from watchfiles import Change, watch

from assistant.cli.console import say
from assistant.errors import AssistantError, SourceError, StoreBusyError

_QUIET_MS = 500  # so long nothing must change, or a file that is being copied would be read half


def build_on_change(sources: Sequence[str], store: Path, build: Callable[[], None]) -> None:
    """Call `build` now and after each change in `sources`, until interrupted; an error of it is said, and ends nothing.

    What changes in `store` is no change. Raises SourceError when a source is no folder or file of this machine.
    """
    paths = [Path(source).expanduser().absolute() for source in sources]
    for source, path in zip(sources, paths, strict=True):
        if not path.exists():
            raise SourceError(f"The source {source} cannot be watched.", "Only folders and files that exist can be.")
    inside = store.absolute()

    def concerns(_: Change, changed: str) -> bool:
        place = Path(changed)
        return not place.is_relative_to(inside) and any(place.is_relative_to(path) for path in paths)

    # The folder of a file, as editors replace files; and watched before the first build, so that no change is missed.
    folders = {path if path.is_dir() else path.parent for path in paths}
    due = True
    for changes in watch(*folders, watch_filter=concerns, rust_timeout=_QUIET_MS, yield_on_timeout=True):
        due = due or bool(changes)
        if due:
            try:
                build()
                due = False
            except AssistantError as error:
                due = isinstance(error, StoreBusyError)  # another build may have read what was there before
                say(f"Error: {error}\n{error.hint}")
