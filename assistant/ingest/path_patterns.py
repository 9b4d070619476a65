"""The patterns of --include and --exclude, compared with the paths of files within their source folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from assistant.records import Failure


class PathPatterns:
    """Says which files of the source folders are read: those that a pattern of `include` matches (all without any), but
    none that a pattern of `exclude` matches.

    A pattern without a slash matches a file or a folder of that name anywhere, with all files in the folder; one with a
    slash matches a path from the source folder on. `*` and `?` match within a name, `**` any number of folders. Case
    does not count. It remembers which patterns matched something.
    """

    def __init__(self, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> None:
        self._include = [_Pattern("--include", text) for text in include]
        self._exclude = [_Pattern("--exclude", text) for text in exclude]

    def excludes(self, path: str) -> bool:
        """Return whether a file or folder, as a path with slashes, matches a pattern of `exclude`."""
        return _any_matches(self._exclude, path)

    def reads(self, path: str) -> bool:
        """Return whether the file of this path, with slashes, is read."""
        return not self.excludes(path) and (not self._include or _any_matches(self._include, path))

    def unmatched(self) -> Iterator[Failure]:
        """Yield a failure for each pattern that matched nothing so far."""
        for pattern in (*self._include, *self._exclude):
            if not pattern.matched:
                yield Failure(
                    f"{pattern.option} {pattern.text}",
                    "No file of the source folders matches this pattern.",
                    'Correct or remove it. It is compared with paths within the source, as "reports/2024/may.pdf".',
                )


class _Pattern:
    def __init__(self, option: str, text: str) -> None:
        self.option = option
        self.text = text
        self.matched = False
        parts = [part for part in _folded(text).split("/") if part not in ("", ".")]
        anywhere = "/" not in text.rstrip("/")
        self._parts = ["**", *parts] if anywhere else parts

    def matches(self, path: str) -> bool:
        """Return whether the path, or a folder that it begins with, matches."""
        states = _after_folders({0}, self._parts)
        for name in _folded(path).split("/"):
            passed = {state for state in states if self._parts[state] == "**"}
            passed |= {state + 1 for state in states if fnmatchcase(name, self._parts[state])}
            states = _after_folders(passed, self._parts)
            if len(self._parts) in states:
                self.matched = True
                return True
        return False


def _after_folders(states: set[int], parts: Sequence[str]) -> set[int]:
    """Add to `states` (indices in `parts`) those that `**` for no folder leads to."""
    reached = set(states)
    for at, part in enumerate(parts[:-1]):
        if part == "**" and at in reached:
            reached.add(at + 1)
    return reached


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _any_matches(patterns: Sequence[_Pattern], path: str) -> bool:
    matched = [pattern.matches(path) for pattern in patterns]  # all are tried: each remembers whether it matched
    return any(matched)
