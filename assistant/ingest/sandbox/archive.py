"""ZIP files: the kind of document in one, and its parts, decompressed within limits. Runs in a worker process only."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from assistant.ingest.sandbox.limits import RefusedError

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

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of an entry. Raises RefusedError if there is none, or if it is longer than `limit` bytes."""
        try:
            with self._file.open(name) as part:
                data = part.read(limit + 1)
        except RuntimeError:  # zipfile's word for an entry with a password
            raise RefusedError("The ZIP file is protected with a password.", "Save a copy without it.") from None
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise RefusedError(*_DAMAGED) from None
        if len(data) > limit:
            raise RefusedError(f"A part of the ZIP file is larger than {limit // 1_000_000} MB.", "Split the document.")
        return data

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
