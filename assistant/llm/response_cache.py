"""Responses of a model, kept by what it was asked, so that an evaluation can be repeated exactly."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.protocols import Writer
from assistant.records import Message


class ResponseCache:
    """A `Writer` that asks `writer` only what it was not asked before; whole replies are kept in `folder`.

    `about` is what a reply depends on beside the messages, the address and the temperature for example. A reply that
    failed is not kept.
    """

    def __init__(self, writer: Writer, folder: Path, about: Mapping[str, Any]) -> None:
        self.name = writer.name
        self._writer = writer
        self._folder = folder
        self._about = {"model": writer.name, **about}

    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        """As the writer's own; a kept reply comes in the pieces in which it first came."""
        asked = {**self._about, "max_tokens": max_tokens, "messages": [asdict(message) for message in messages]}
        key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode("ascii")).hexdigest()
        file = self._folder / f"{key}.json"
        pieces = _kept(file)
        if pieces is not None:
            yield from pieces
            return
        pieces = []
        with closing(self._writer.write(messages, max_tokens)) as coming:
            for piece in coming:
                pieces += [piece] if piece else []
                yield piece
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.partial")
        partial.write_text(json.dumps({"asked": asked, "pieces": pieces}), "ascii")
        partial.replace(file)


def _kept(file: Path) -> list[str] | None:
    """The pieces in `file`; None when there is none, or none that can be read: it is then asked for again."""
    try:
        pieces = json.loads(file.read_text("ascii"))["pieces"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pieces if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces) else None
