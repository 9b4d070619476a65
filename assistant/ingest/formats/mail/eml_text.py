"""E-mails (EML) to text: the subject as a heading, then the readable part. Runs in a worker process only.

Date and sender become metadata. Attachments are not read, and that is reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

from assistant.ingest.decode import UnreadableFileError, decode
from assistant.ingest.formats.html.html_fragment import html_blocks_text
from assistant.ingest.formats.text.text_blocks import group, read_text_blocks
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_reader import read_legacy

_HEADER_CHARS = 2_000  # of a header that is read: real ones are far shorter
_NAMED_ATTACHMENTS = 5
_ENCRYPTED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNATURES = frozenset(("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"))
_QUOTED = re.compile(r"^(?:> ?)+", re.MULTILINE)  # a line of the message that is replied to


@dataclass(slots=True)
class _Parts:
    """The parts of a message: its texts, and the names of its attachments."""

    texts: list[Message] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


def read_eml(data: bytes) -> FileText:
    """Return the text of an e-mail. Raises RefusedError if it is encrypted, too long, or has no text."""
    # An mbox or a server may leave a line before the headers.
    message = message_from_bytes(re.sub(rb"\A\s*(?:From [^\n]*\n)?", b"", data, count=1), policy=compat32)
    parts = _Parts()
    _sort(message, parts)
    writer = TextWriter("e-mail")
    writer.heading(_header(message, "subject"), 1)
    codes: set[str] = set()
    for part in parts.texts:
        blocks, found = _blocks(part)
        codes.update(found)
        for block in blocks:
            writer.block(block)
    text = writer.file_text(_header(message, "subject") or None, _date(_header(message, "date")))
    return replace(
        text,
        publisher=_sender(message),
        left_out=_left_out(parts.attachments),
        converted_from=tuple(sorted(codes)),
    )


def _sort(part: Message, parts: _Parts) -> None:
    """Sort the parts of a message; of several forms of one text the plain one is taken. Raises RefusedError."""
    kind = part.get_content_type()
    if kind in _ENCRYPTED and "signed" not in str(part.get_param("smime-type")):
        raise RefusedError("The e-mail is encrypted.", "Save its text from your mail program, and index that.")
    if kind == "multipart/alternative":
        children = [child for child in _children(part) if not _is_empty(child)]
        plain = [child for child in children if child.get_content_type() == "text/plain"]
        for child in plain[:1] or children[-1:]:
            _sort(child, parts)
    elif kind.startswith("multipart/"):
        for child in _children(part):
            _sort(child, parts)
    elif kind in ("text/plain", "text/html") and not part.get_filename() and _disposition(part) != "attachment":
        parts.texts.append(part)
    elif kind not in _SIGNATURES and not (kind.startswith("image/") and part.get("content-id")):
        parts.attachments.append(normalise_line(_decoded(part.get_filename() or ""))[:80] or kind)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _is_empty(part: Message) -> bool:
    if part.get_content_maintype() != "text":
        return False
    return not re.search(rb"\w", _bytes(part))


def _disposition(part: Message) -> str | None:
    return part.get_content_disposition()


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _blocks(part: Message) -> tuple[list[str], tuple[str, ...]]:
    """Return the blocks of a text part, and the legacy codes it was in; a part that is no text has none."""
    try:
        text = decode(_bytes(part), "e-mail", part.get_content_charset())
    except UnreadableFileError:
        return [], ()
    if part.get_content_type() == "text/html":
        return html_blocks_text(text)
    text, codes = read_legacy(_QUOTED.sub("", text.replace("\r\n", "\n")))
    return group(read_text_blocks(text)), codes


def _header(message: Message, name: str) -> str:
    """Return a header as one line, "" without it."""
    value = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    return normalise_line(_decoded(value[:_HEADER_CHARS]))


def _decoded(value: str) -> str:
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


def _date(value: str) -> str | None:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _sender(message: Message) -> str | None:
    name, address = parseaddr(_header(message, "from"))
    return normalise_line(name) or address or None


def _left_out(attachments: list[str]) -> tuple[str, str] | None:
    if not attachments:
        return None
    count = "1 attachment is" if len(attachments) == 1 else f"{len(attachments)} attachments are"
    named = ", ".join(attachments[:_NAMED_ATTACHMENTS]) + (", …" if len(attachments) > _NAMED_ATTACHMENTS else "")
    return f"{count} not read ({named}); the message is.", "Save attachments as files beside the e-mail."
