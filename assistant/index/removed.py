"""Documents that were taken out of an index by hand, and stay out when it is built again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from assistant.errors import StoreDamagedError, StoreError

FILE_NAME = "removed.json"


def read_removed(store: Path) -> frozenset[str]:
    """Their ids. Raises StoreDamagedError when the list cannot be read."""
    path = store / FILE_NAME
    try:
        ids = json.loads(path.read_text("utf-8"))
        if not isinstance(ids, list) or not all(isinstance(doc_id, str) for doc_id in ids):
            raise ValueError("it is no list of ids")
        return frozenset(ids)
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, RecursionError) as error:
        raise StoreDamagedError(
            f"{path} cannot be read: {error}.", "Correct the file, or delete it: all documents are indexed then."
        ) from None


def write_removed(store: Path, doc_ids: Iterable[str]) -> None:
    """Replace the list in one step. Raises StoreError when it cannot be written."""
    path = store / FILE_NAME
    partial = path.with_suffix(".partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            json.dump(sorted(doc_ids), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.", "Free some disk space.") from None
