"""The files in a file: attachments of e-mails, entries of archives. Each becomes a document of its own.

The limits are chosen by hand, far above what people send; they keep a small file from becoming very many documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.ingest.sandbox.limits import Part
from assistant.text.control_characters import replace_control
from assistant.text.normalise import normalise_line

MAX_DEPTH = 4
"""An attachment in an attached message in an archive, and one more."""
MAX_PARTS = 1_000
"""Of one file, those in its parts included."""
MAX_TOTAL_BYTES = 200_000_000
"""Of all parts of one file, unpacked: they are parsed within the time of one file."""
_NAME_CHARS = 80
_SUFFIX_CHARS = 12


@dataclass(slots=True)
class PartBudget:
    """What may still be read of the parts of one file."""

    parts: int = MAX_PARTS
    total_bytes: int = MAX_TOTAL_BYTES

    def take(self, size: int) -> bool:
        """Count a part of `size` bytes; return whether it may be read."""
        self.parts -= 1
        self.total_bytes -= size
        return self.parts >= 0 and self.total_bytes >= 0


def part_name(stated: str, otherwise: str) -> str:
    """Return a name that a file states, as one part of a path, shortened before its suffix; `otherwise` without one.

    >>> part_name("../plan of the bridge.pdf", "attachment")
    '_plan of the bridge.pdf'
    """
    line = normalise_line(stated.encode("utf-8", "replace").decode()).replace("/", "_").replace("\\", "_")
    name = replace_control(line).strip(" .")
    if len(name) > _NAME_CHARS:
        suffix = PurePosixPath(name).suffix
        suffix = suffix if len(suffix) <= _SUFFIX_CHARS else ""
        name = name[: _NAME_CHARS - len(suffix)].rstrip(" .") + suffix
    return name or otherwise


def numbered(parts: Iterable[Part]) -> Iterator[tuple[str, Part]]:
    """Yield each part with its name, which gets a number where another part has it already: "plan (2).pdf"."""
    taken: dict[str, int] = {}
    for part in parts:
        yield free_name(part.name, taken), part


def free_name(name: str, taken: dict[str, int]) -> str:
    """Return `name`, with a number if it is in `taken`, and add it there with the last number that it was given."""
    path, free = PurePosixPath(name), name
    while free in taken:
        taken[name] += 1
        free = str(path.with_name(f"{path.stem} ({taken[name]}){path.suffix}"))
    taken[free] = 1
    return free
