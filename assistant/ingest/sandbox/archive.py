"""ZIP files: the kind of document in one, and its parts, decompressed within limits. Runs in a worker process only."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property

from assistant.ingest.sandbox.limits import RefusedError
from assistant.text.vietnamese.legacy_reader import LegacyReader

MAX_ENTRIES = 10_000
"""Word files with many pictures have hundreds."""
MAX_UNPACKED_BYTES = 1_000_000_000
"""All entries together, by the archive's own list; only what is read is unpacked, and never more than the list says."""
MAX_RATIO = 200
"""Unpacked to packed. Text packs ten to thirty times, never a thousand times as a bomb does."""
_HARMLESS_BYTES = 10_000_000  # of any ratio: a small file of blank lines is no bomb

_BOMB = "It is made to fill the memory of who opens it: remove it."
_DAMAGED = (
    "The ZIP file is damaged: it cannot be unpacked.",
    "Open it in the program it comes from and save it again.",
)
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
"""The beginning of the MIME types of OpenDocument files."""
_TEXT_PART = re.compile(
    r"word/document\d*\.xml|ppt/slides/slide\d+\.xml|content\.xml|xl/(?:sharedStrings|worksheets/sheet\d+)\.xml"
)
_LINE_END = re.compile(r"</(?:[\w-]+:(?:p|h)|si|t|c)>")
_SAMPLE_BYTES = 2_000_000
"""Of each part, by which its legacy code is recognised: 100,000 characters with twenty bytes of markup each."""
_OTHERS = ((re.compile(r"visio/document\.xml"), "a Visio drawing", "Save it as PDF."),)


class Archive:
    """An open ZIP file. Raises RefusedError if it is damaged, protected, or a ZIP bomb."""

    def __init__(self, data: bytes) -> None:
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
            entries = self._file.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
            raise RefusedError(*_DAMAGED) from None
        if len(entries) > MAX_ENTRIES:
            raise RefusedError(f"The ZIP file has more than {MAX_ENTRIES:,} entries.", "Unpack it first.")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MAX_UNPACKED_BYTES or unpacked > max(_HARMLESS_BYTES, MAX_RATIO * len(data)):
            raise RefusedError(f"The ZIP file would grow to {unpacked / 1e6:,.0f} MB.", _BOMB)
        end = 0
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                raise RefusedError("The entries of the ZIP file lie on top of each other.", _BOMB)
            end = entry.header_offset + entry.compress_size
        self.names = frozenset(entry.filename for entry in entries)

    @cached_property
    def legacy(self) -> LegacyReader:
        """The reader of Vietnamese in legacy codes, which it recognises by the text of the file."""
        return LegacyReader(self._sample())

    def _sample(self) -> Iterator[str]:
        """Yield the text of the parts that hold any, without marks, paragraphs and cells on lines."""
        for name in sorted(filter(_TEXT_PART.fullmatch, self.names)):
            with suppress(RefusedError):
                markup = self._read(name, _SAMPLE_BYTES).decode("utf-8", "replace")
                yield html.unescape(re.sub("<[^<>]*>", "", _LINE_END.sub("\n", markup)))

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of an entry. Raises RefusedError if there is none, or if it is longer than `limit` bytes."""
        data = self._read(name, limit + 1)
        if len(data) > limit:
            raise RefusedError(f"A part of the ZIP file is larger than {limit // 1_000_000} MB.", "Split the document.")
        return data

    def _read(self, name: str, size: int) -> bytes:
        """Return the first `size` bytes of an entry."""
        try:
            with self._file.open(name) as part:
                return part.read(size)
        except RuntimeError:  # zipfile's word for an entry with a password
            raise RefusedError("The ZIP file is protected with a password.", "Save a copy without it.") from None
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise RefusedError(*_DAMAGED) from None

    def mime_type(self) -> str:
        """Return the MIME type that an OpenDocument file or an e-book states, "" if there is none."""
        if "mimetype" not in self.names:
            return ""
        return self.read("mimetype", 1_000).decode("ascii", "replace").strip()

    def word_part(self) -> str:
        """Return the name of the part with the text of a Word file.

        Raises RefusedError, which says what else the file is.
        """
        found = sorted(name for name in self.names if re.fullmatch(r"word/document\d*\.xml", name))
        if found:
            return found[0]
        for pattern, kind, hint in _OTHERS:
            if any(map(pattern.fullmatch, self.names)):
                raise RefusedError(f"The file is {kind}, not text.", hint)
        if self.mime_type().startswith(OPEN_DOCUMENT):
            raise RefusedError("The file is an OpenDocument drawing, formula or database, not text.", "Save it as PDF.")
        raise RefusedError("The file is a ZIP archive, not text.", "Unpack it first.")
