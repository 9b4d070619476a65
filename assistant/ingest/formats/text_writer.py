"""Writes the text of a file block by block: headings, paragraphs, list items, rows of tables, pages."""

from __future__ import annotations

from typing import Literal

from assistant.ingest.sandbox.limits import MAX_CHARS, FileText, RefusedError
from assistant.text.normalise import normalise_line

_Kind = Literal["text", "item", "row"]


class TextWriter:
    """The text of one file, written in reading order.

    `kind` names the file in messages ("workbook"). All methods raise RefusedError when the text gets longer than
    MAX_CHARS.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._parts: list[str] = []
        self._last: _Kind = "text"
        self._chars = 0
        self._pages: list[int] = []
        self._waiting_pages = 0

    def heading(self, text: str, level: int) -> None:
        """Write a heading of `level` 1 to 6."""
        if line := normalise_line(text):
            self._write("#" * max(1, min(level, 6)) + " " + line, "text")

    def paragraph(self, text: str) -> None:
        """Write a paragraph, which keeps its line breaks."""
        lines = filter(None, map(normalise_line, text.split("\n")))
        self._write("\n".join(lines), "text")

    def item(self, text: str, label: str = "- ") -> None:
        """Write a list item; `label` is what is printed before it."""
        if line := normalise_line(text):
            self._write(label + line, "item")

    def row(self, cells: list[str]) -> None:
        """Write the cells of a table row beside each other."""
        row = " | ".join(map(normalise_line, cells)).strip(" |")
        self._write(row.replace("  ", " "), "row")  # two spaces where a cell is empty

    def block(self, text: str) -> None:
        """Write a block as it is, already in the form of the text of a document."""
        self._write(text, "text")

    def page(self) -> None:
        """Begin a page: it begins with what is written next, as do the pages before it that are empty."""
        self._waiting_pages += 1

    def file_text(
        self, title: str | None = None, created: str | None = None, *, named_by_file: bool = False
    ) -> FileText:
        """Return what was written. Raises RefusedError if there is no letter and no digit in it."""
        text = "".join(self._parts)
        if not any(map(str.isalnum, text)):
            raise RefusedError(
                f"The {self._kind} holds no text.", "Text in pictures is not read: save it as PDF, or remove it."
            )
        return FileText(text, tuple(self._pages), title, created, named_by_file=named_by_file)

    def _write(self, text: str, kind: _Kind) -> None:
        if not text:
            return
        gap = "" if not self._parts else "\n" if kind == self._last != "text" and not self._waiting_pages else "\n\n"
        self._chars += len(gap)
        self._pages += [self._chars] * self._waiting_pages
        self._waiting_pages = 0
        self._chars += len(text)
        if self._chars > MAX_CHARS:
            raise RefusedError(f"The {self._kind} holds more than {MAX_CHARS:,} characters.", "Split it.")
        self._parts.append(gap + text)
        self._last = kind
