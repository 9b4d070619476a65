"""E-mails (EML) to text: the subject as a heading, then the readable part. Runs in a worker process only.

Date, sender and recipients become metadata, attachments parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses, parseaddr
from functools import partial
from mimetypes import guess_extension

from assistant.ingest.decode import UnreadableFileError, decode
from assistant.ingest.formats.file_parts import part_name
from assistant.ingest.formats.html.html_fragment import html_blocks_text
from assistant.ingest.formats.mail.mail_headers import decoded, header, header_date
from assistant.ingest.formats.mail.mail_text import MAX_RECIPIENTS, Text, mail_text, plain_blocks
from assistant.ingest.sandbox.limits import FileText, Part, RefusedError
from assistant.text.normalise import normalise_line

_ENCRYPTED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNATURES = frozenset(("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"))
_NO_PROSE = frozenset(("text/calendar", "text/vcard", "text/x-vcard", "text/directory", "application/ms-tnef"))
_NAME_CHARS = 60


@dataclass(slots=True)
class _Parts:
    """The parts of a message: its texts, its attachments, and the names of what is no text in words."""

    texts: list[Message] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_eml(data: bytes) -> FileText:
    """Return the text of an e-mail, with its attachments as parts.

    Raises RefusedError if it is encrypted, too long, or has neither text nor attachments.
    """
    # An mbox or a server may leave a line before the headers.
    message = message_from_bytes(re.sub(rb"\A\s*(?:From [^\n]*\n)?", b"", data, count=1), policy=compat32)
    parts = _Parts()
    _sort(message, parts)
    return mail_text(
        header(message, "subject"),
        map(_text, parts.texts),
        created=header_date(message),
        sender=_sender(message),
        recipients=_recipients(message),
        parts=parts.attachments,
        left_out=parts.left_out,
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
    elif kind == "message/rfc822":
        parts.attachments.extend(Part(_message_name(child), partial(_whole, child)) for child in _children(part))
    elif kind not in _SIGNATURES and not (kind.startswith("image/") and part.get("content-id")):
        stated = part_name(decoded(part.get_filename() or ""), "")
        if kind in _NO_PROSE or kind.startswith("message/"):
            parts.left_out.append(stated or kind)
        else:
            name = stated or f"attachment{guess_extension(kind, strict=False) or ''}"
            parts.attachments.append(Part(name, partial(_bytes, part)))


def _message_name(message: Message) -> str:
    return part_name(header(message, "subject")[:_NAME_CHARS], "message") + ".eml"


def _whole(message: Message) -> bytes:
    """Return an attached message as a file. Raises RefusedError where its headers cannot be written again."""
    try:
        return message.as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError, HeaderParseError):
        raise RefusedError("The attached message is damaged.", "Save it as a file of its own.") from None


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


def _text(part: Message) -> Text:
    """Return the text of a part; one that cannot be read has none."""
    try:
        text = decode(_bytes(part), "e-mail", part.get_content_charset())
    except UnreadableFileError:
        return (), ()
    return html_blocks_text(text) if part.get_content_type() == "text/html" else plain_blocks(text)


def _sender(message: Message) -> str | None:
    name, address = parseaddr(header(message, "from"))
    return normalise_line(name) or address or None


def _recipients(message: Message) -> tuple[str, ...]:
    known = getaddresses([header(message, "to")])
    names = (normalise_line(name) or address for name, address in known[:MAX_RECIPIENTS])
    return tuple(dict.fromkeys(filter(None, names)))
