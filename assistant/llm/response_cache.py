"""A cache of a model's responses by what it was asked, so that an evaluation can be repeated exactly.

One JSON file a response, not a database: people read them, and copy them with the figures that they explain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.protocols import Writer
from assistant.records import Message
from assistant.storage.atomic_file import write_file


class ResponseCache:
    """A `Writer` that asks `writer` only new questions; complete replies are kept in `folder`.

    `about` holds everything else that a reply depends on, such as the server's address and the temperature. A reply
    that failed is not kept. Threads and processes may share a folder.
    """

    def __init__(self, writer: Writer, folder: Path, about: Mapping[str, Any]) -> None:
        self.name = writer.name
        self._writer = writer
        self._folder = folder
        self._about = {"model": writer.name, **about}

    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str]:
        """Yield the reply to `messages`, as `writer` does; a kept one in the pieces in which it first came.

        Raises GenerationError as `writer` does, and OSError when the reply cannot be kept.
        """
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
        write_file(file, json.dumps({"asked": asked, "pieces": pieces}), shared=True)


def _kept(file: Path) -> list[str] | None:
    """The pieces of the reply in `file`; None without a readable one: the model is then asked again."""
    try:
        pieces = json.loads(file.read_text("ascii"))["pieces"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pieces if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces) else None
