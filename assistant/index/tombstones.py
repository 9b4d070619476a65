"""Two lists beside the generations: documents removed by hand, and failures of the last build."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.errors import StoreDamagedError, StoreError
from assistant.records import Failure
from assistant.storage.atomic_file import write_file

REMOVED = "removed.json"
FAILURES = "failures.json"


def read_removed(store: Path) -> frozenset[str]:
    """Return the ids of the documents that stay out of the index. Raises StoreDamagedError."""
    path = store / REMOVED
    ids = _read(path)
    if not all(isinstance(doc_id, str) for doc_id in ids):
        raise _damaged(path, "it is no list of ids")
    return frozenset(ids)


def write_removed(store: Path, doc_ids: Iterable[str]) -> None:
    """Replace the list of removed documents in one step. Raises StoreError when it cannot be written."""
    _write(store / REMOVED, sorted(doc_ids))


def read_failures(store: Path) -> tuple[Failure, ...]:
    """Return the failures of the last build. Raises StoreDamagedError when they cannot be read."""
    path = store / FAILURES
    try:
        return tuple(Failure(**failure) for failure in _read(path))
    except TypeError as error:
        raise _damaged(path, str(error)) from None


def write_failures(store: Path, failures: Iterable[Failure]) -> None:
    """Replace the list of failures in one step. Raises StoreError when it cannot be written."""
    _write(store / FAILURES, [asdict(failure) for failure in failures])


def _read(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    if not isinstance(entries, list):
        raise _damaged(path, "it is no list")
    return entries


def _write(path: Path, entries: list[Any]) -> None:
    try:
        write_file(path, json.dumps(entries, ensure_ascii=False, indent=1))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", "Free some disk space.") from None


def _damaged(path: Path, reason: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"{path} cannot be read: {reason}.", "Correct the file, or delete it: it lists nothing then."
    )
