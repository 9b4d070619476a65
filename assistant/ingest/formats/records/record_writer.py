"""Writes records: named values beside each other ("name: Mr. Birch | phone: 2202"), long texts as paragraphs."""

from __future__ import annotations

from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line

_PROSE_CHARS = 150  # of a value from which it is a paragraph without its name; chosen by hand
_FEWEST_LETTERS = 0.3  # share of the letters in the text of a file; chosen by hand: lists of numbers have fewer


class RecordWriter:
    """The text of a file of records; `kind` names it in messages ("JSON file")."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._writer = TextWriter(kind)
        self._fields: dict[str, str] = {}
        self._titles: list[str] = []
        self._letters = self._chars = 0

    def field(self, name: str, value: str) -> None:
        """Add a value to the record; a name that it has already begins the next record."""
        text = normalise_line(value)
        if not text:
            return
        self._letters += sum(map(str.isalpha, text))
        self._chars += len(text)
        if name.lower() == "title":
            self._titles.append(text)
        if name in self._fields:
            self.end()
        if len(text) > _PROSE_CHARS:
            self.end()
            self._writer.paragraph(value)
        else:
            self._fields[name] = text

    def items(self, values: list[str]) -> None:
        """Write values without names as a list."""
        self.end()
        for value in values:
            self._letters += sum(map(str.isalpha, value))
            self._chars += len(value)
            self._writer.item(value)

    def heading(self, text: str, level: int) -> None:
        """End the record, and write what the next ones are."""
        self.end()
        self._writer.heading(text, level)

    def end(self) -> None:
        """Write the record."""
        self._writer.block(" | ".join(f"{name}: {value}" if name else value for name, value in self._fields.items()))
        self._fields.clear()

    def file_text(self) -> FileText:
        """Return what was written. Raises RefusedError if it is numbers rather than text, or nothing."""
        self.end()
        if self._letters < _FEWEST_LETTERS * self._chars:
            raise RefusedError(
                f"The {self._kind} holds data rather than text.", "Remove it, or save its texts as .jsonl or .txt."
            )
        title = self._titles[0] if len(self._titles) == 1 else None  # of several each is that of a record
        return self._writer.file_text(title, named_by_file=True)
