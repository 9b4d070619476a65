"""Headers of e-mails as text: encoded words, stray bytes, dates."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from assistant.text.normalise import normalise_line

_HEADER_CHARS = 2_000  # of a header that is read: real ones are far shorter


def header(message: Message, name: str) -> str:
    """Return a header as one line, "" without it."""
    value = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    return normalise_line(decoded(value[:_HEADER_CHARS]))


def decoded(value: str) -> str:
    """Return a header with its encoded words and its bytes as text."""
    if not value.isascii():  # bytes that the headers may not hold
        raw = value.encode("utf-8", "surrogateescape")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")
    try:
        parts = decode_header(value)
    except HeaderParseError:
        return value
    return "".join(part if isinstance(part, str) else _in_charset(part, charset) for part, charset in parts)


def _in_charset(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "ascii", "replace").encode("utf-8", "replace").decode()
    except (LookupError, UnicodeError, ValueError):
        return data.decode("utf-8", "replace")


def header_date(message: Message) -> str | None:
    """Return the date of a message as an ISO date, None without a good one."""
    try:
        return parsedate_to_datetime(header(message, "date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
