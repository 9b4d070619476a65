"""The pages of a file that were not read, and the message that says which and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from assistant.ingest.formats.image.language_data import missing
from assistant.ingest.sandbox.limits import RECOGNITION_SECONDS

Reason: TypeAlias = Literal["picture", "letters", "unsure", "time"]
"""A picture without text, a font that does not say which letters its signs are: both without text recognition; words
that were recognised too uncertainly; no time left for recognition."""

_SAYS: dict[Reason, tuple[str, str, str]] = {
    "picture": ("is a picture without text", "are pictures without text", "holds its text as pictures"),
    "letters": (
        "does not say which letters its signs are",
        "do not say which letters their signs are",
        "does not say which letters its signs are",
    ),
    "unsure": ("could not be recognised with certainty",) * 3,
    "time": ("was not recognised", "were not recognised", "was not recognised"),
}
"""What is said of one page, of several, and of a whole file."""
_NAMED = 20  # pages named in a message


class UnreadPages:
    """Collects the pages that could not be read."""

    def __init__(self) -> None:
        self._pages: dict[Reason, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._pages)

    def add(self, reason: Reason, number: int) -> None:
        """Note a page, counted from 1."""
        self._pages.setdefault(reason, []).append(number)

    def message(self, kind: str, *, whole: bool) -> tuple[str, str]:
        """Return the error and the hint. `kind` names the file ("PDF"); `whole`: nothing of it could be read."""
        said, hints = [], []
        for reason, pages in self._pages.items():
            one, many, all_of_it = _SAYS[reason]
            who = f"The {kind} {all_of_it}" if whole else f"{_names(pages)} {one if len(pages) == 1 else many}"
            if reason in ("picture", "letters"):
                lacks, hint = missing()
                who += f", and {lacks}"
            elif reason == "unsure":
                hint = "Scan it again, straight, sharp and at 300 dpi, or remove it."
            else:
                hint = f"Split the file: recognition may take {RECOGNITION_SECONDS // 60} minutes."
            said.append(who + ".")
            hints += [hint] if hint not in hints else []
        rest = [] if whole else ["The other pages are read."]
        return " ".join(said + rest), " ".join(hints)


def _names(pages: Sequence[int]) -> str:
    if len(pages) == 1:
        return f"Page {pages[0]}"
    if len(pages) > _NAMED:
        return f"{len(pages)} pages"
    return f"Pages {', '.join(map(str, pages[:-1]))} and {pages[-1]}"
