"""The decoder: recognises the format and the encoding of a file by its bytes, never by its name.

The shares of zero bytes by which UTF-16 without a byte order mark is recognised are chosen by hand: spaces and Latin
letters have one in two bytes.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from charset_normalizer import from_bytes

from assistant.records import Failure
from assistant.text.vietnamese.legacy_codes import as_windows
from assistant.text.vietnamese.legacy_reader import is_legacy

MAX_BYTES = 50_000_000
BinaryFormat: TypeAlias = Literal["pdf", "zip", "mail", "rtf", "ole", "image"]

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (
    (b"GIF8", "a GIF image", "Save it as PNG, or remove it from the source."),
    (b"\x1f\x8b", "a compressed file", "Unpack it first."),
    (b"7z\xbc\xaf", "a compressed file", "Unpack it first."),
    (b"Rar!", "a compressed file", "Unpack it first."),
    (b"\x7fELF", "a program", "Remove it from the source."),
    (b"SQLite format 3\x00", "a database", "Export its texts as .jsonl."),
)
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PDF = re.compile(rb"%PDF-\d\.\d")
_PDF_JUNK_BYTES = 1024  # as far as PDF viewers look
_PDF_OBJECT = re.compile(rb"\d+ \d+ obj\b")
_PDF_OBJECT_BYTES = 100_000
_HEADERS_BYTES = 100_000
_HEADERS = re.compile(rb"\s*(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*\n(?:[ \t]+[^\n]*\n)*+)++(?=\r?\n|\Z)")
_HEADER_NAME = re.compile(rb"^([!-9;-~]+):", re.M)
_MAIL_HEADERS = frozenset((b"date", b"subject", b"to", b"message-id", b"mime-version", b"received", b"return-path"))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""<(?:meta|\?xml)[^<>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.I)
# Encodings that documents are really in, likeliest first: among equally clean readings the first is taken.
_CANDIDATES = (
    "cp1252 cp1250 cp1258 cp1251 iso8859_2 koi8_r cp1253 cp1254 cp1255 cp1256 iso8859_5 iso8859_7 iso8859_9 "
    "cp932 euc_jp gb18030 big5 euc_kr cp874 cp1257"
).split()
# Python's own notations, in which no document is; some of them take very long.
_NO_CHARSETS = frozenset(
    "idna punycode unicode_escape raw_unicode_escape raw-unicode-escape unicode-escape undefined".split()
)
_DETECTION_BYTES = 200_000
# Without O_NONBLOCK, opening a pipe waits for whoever writes to it.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class UnreadableFileError(Exception):
    """A file has no text; `failure` says why and what to do."""

    def __init__(self, source: str, error: str, hint: str) -> None:
        super().__init__(error)
        self.failure = Failure(source, error, hint)


def binary_format(data: bytes) -> BinaryFormat | None:
    """Return the format of a file that is not read as one text; None for everything else.

    Office files are "zip", those before 2007 "ole".
    """
    if data.startswith(_ZIP):
        return "zip"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith(_IMAGES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return "image"
    if data.startswith(_OLD_OFFICE):
        return "ole"
    # Mail programs and servers leave lines before a PDF; a text that speaks of PDF has no objects in it.
    junk = _PDF.search(data[:_PDF_JUNK_BYTES])
    if data.startswith(b"%PDF-") or (junk and _PDF_OBJECT.search(data[:_PDF_OBJECT_BYTES])):
        return "pdf"
    return "mail" if _is_mail(data[:_HEADERS_BYTES]) else None


def _is_mail(data: bytes) -> bool:
    """Return whether bytes begin with the headers of an e-mail, and with nothing else."""
    block = _HEADERS.match(data)
    names = {name.lower() for name in _HEADER_NAME.findall(block[0])} if block else set()
    return b"from" in names and len(names & _MAIL_HEADERS) >= 2


@contextmanager
def open_bytes(path: Path, source: str) -> Iterator[BinaryIO]:
    """Open a regular file for reading bytes, for a `with`.

    Raises UnreadableFileError if opening it or reading in the block fails, and for a pipe, a device or a socket, whose
    end would never come.
    """
    try:
        with os.fdopen(os.open(path, _READ), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFileError(
                    source,
                    "It is a pipe, a device or a socket, not a file.",
                    "Remove it, or the link that leads to it.",
                )
            yield file
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(
            source, f"The file cannot be read: {reason}.", "Check that it exists and that you may read it."
        ) from None


def refuse_large(data: bytes, source: str) -> None:
    """Raise UnreadableFileError if `data` are more than MAX_BYTES."""
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(
            source, f"The file is larger than {MAX_BYTES // 1_000_000} MB.", "Split it into smaller files."
        )


def refuse_empty(data: bytes, source: str) -> None:
    """Raise UnreadableFileError if `data` are nothing but white space."""
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableFileError(source, "The file is empty.", "Remove it, or save its text again.")


def refuse_binary(data: bytes, source: str) -> None:
    """Raise UnreadableFileError if `data` are a known format that is neither text, PDF nor ZIP."""
    for magic, kind, hint in _BINARY:
        if data.startswith(magic):
            raise UnreadableFileError(source, f"The file is {kind}, not text.", hint)
    if data[:4] == b"RIFF" and data[8:12] in (b"WAVE", b"AVI "):
        raise UnreadableFileError(source, "The file is sound or film, not text.", "Remove it.")


def read_text(data: bytes, source: str, charset: str | None = None) -> str:
    """Return the text of a file. Raises UnreadableFileError if `data` are binary or in no known encoding."""
    refuse_binary(data, source)
    return decode(data, source, charset)


def decode(data: bytes, source: str, charset: str | None = None) -> str:
    """Return the text of `data`; `charset` is the encoding that a web server states.

    Tried in this order: byte order mark, UTF-8, `charset`, the encoding that the text declares, detection. Bytes of a
    legacy code of Vietnamese become the characters of Windows-1252, which legacy_reader.py converts. Raises
    UnreadableFileError if the bytes are no text in any known encoding.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = _try(data, encoding)
            if text is not None:
                return text.removeprefix("\ufeff")
    wide = _wide_encoding(data)
    text = _try(data, wide) if wide else _try(data, "utf-8")
    if text is None:
        text = _damaged_utf8(data) or _legacy(data) or (_named(data, charset) if charset else None) or _declared(data)
    if text is None or _looks_binary(text):
        text = None if _looks_binary(data[:10_000].decode("latin-1")) and not wide else _detected(data)
    if text is None or _looks_binary(text):
        raise UnreadableFileError(
            source, "The file is not text in any known encoding.", "If it is a text, save it as UTF-8."
        )
    return text


def is_byte_text(data: bytes) -> bool:
    """Return whether a text that begins with `data` has one byte for a line break: it is not UTF-16 or UTF-32."""
    wide = any(data.startswith(mark) for mark, encoding in _BOMS if encoding != "utf-8")
    return not wide and _wide_encoding(data) is None


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _wide_encoding(data: bytes) -> str | None:
    """Return the name of UTF-16 without a byte order mark; None if it is not: every second byte of a Latin letter is
    zero.
    """
    sample = data[:4000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > 0.2 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.2 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _damaged_utf8(data: bytes) -> str | None:
    """Return the text of UTF-8 with a few broken bytes, as after a careless cut; None if the bytes are
    something else.
    """
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    intact = sum(character > "\x7f" for character in text) - broken
    return text.replace("\ufffd", "") if intact > 20 * broken else None


def _legacy(data: bytes) -> str | None:
    """Return the text as characters of Windows-1252 if Vietnamese in a legacy code is in it, else None."""
    words = re.sub("<[^<>]*>", "\n", as_windows(data[:_DETECTION_BYTES]))
    return as_windows(data) if is_legacy(words) else None


def _declared(data: bytes) -> str | None:
    match = _DECLARED.search(data[:8000])
    return _named(data, match[1].decode("ascii", "ignore")) if match else None


def _named(data: bytes, name: str) -> str | None:
    """Return the text in the encoding `name`; None if the bytes are not in it or there is no such encoding."""
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return None
    if encoding in _NO_CHARSETS:
        return None
    # Browsers read these two as windows-1252, and so are they written.
    return _try(data, "cp1252" if encoding in ("iso8859-1", "ascii") else encoding)


def _detected(data: bytes) -> str | None:
    """Return the cleanest reading among common encodings, None if none is clean."""
    matches = from_bytes(data[:_DETECTION_BYTES], cp_isolation=list(_CANDIDATES), threshold=0.3)
    ranked = sorted(
        (round(match.chaos, 2) + (0.1 if match.encoding == "cp1257" else 0), _CANDIDATES.index(match.encoding))
        for match in matches
        if match.encoding in _CANDIDATES
    )
    for _, index in ranked:
        text = _try(data, _CANDIDATES[index])
        if text is not None:
            return text
    if not ranked:
        return None
    # A few stray bytes after the sample must not cost the whole document.
    return data.decode(_CANDIDATES[ranked[0][1]], "replace")


def _looks_binary(text: str) -> bool:
    """Return whether a text has too many control characters to be one; a few stray NULs are allowed."""
    sample = text[:10_000]
    controls = sum(character < " " and character not in "\t\n\r\x0b\x0c\x1a\x1b" for character in sample)
    return controls > max(2, len(sample) // 100)
