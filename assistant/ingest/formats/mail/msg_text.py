"""Outlook messages (MSG) to text. Runs in a worker process only, and alone imports python-oxmsg."""

from __future__ import annotations

from functools import partial

from oxmsg import Message
from oxmsg.attachment import Attachment
from oxmsg.recipient import Recipient

from assistant.ingest.decode import decode
from assistant.ingest.formats.file_parts import part_name
from assistant.ingest.formats.html.html_fragment import html_blocks_text
from assistant.ingest.formats.mail.mail_text import MAX_RECIPIENTS, Text, mail_text, plain_blocks
from assistant.ingest.sandbox.limits import FileText, Part, RefusedError
from assistant.text.normalise import normalise_line

# Numbers of MAPI properties
_CLASS, _SUBJECT, _BODY, _HTML = 0x001A, 0x0037, 0x1000, 0x1013
_SENDER_NAME, _SENDER_ADDRESS, _SENT, _RECEIVED = 0x0C1A, 0x0C1F, 0x0039, 0x0E06
_RECIPIENT_TYPE, _TO = 0x0C15, 1
_ATTACHMENT_ID, _SHORT_NAME = 0x3712, 0x3704
_ENCRYPTED = "ipm.note.smime"


def read_msg(data: bytes) -> FileText:
    """Return the text of an Outlook message, with its attachments as parts.

    Raises RefusedError if it is encrypted, too long, or has neither text nor attachments; other errors of the library
    if it is damaged.
    """
    message = Message.load(data)
    found = message.properties
    kind = (found.str_prop_value(_CLASS) or "").lower()
    if kind.startswith(_ENCRYPTED) and "signed" not in kind:
        raise RefusedError("The e-mail is encrypted.", "Save its text from your mail program, and index that.")
    sent = found.date_prop_value(_SENT) or found.date_prop_value(_RECEIVED)
    name = found.str_prop_value(_SENDER_NAME) or found.str_prop_value(_SENDER_ADDRESS) or ""
    return mail_text(
        normalise_line(found.str_prop_value(_SUBJECT) or ""),
        [_text(message)],
        created=sent.date().isoformat() if sent else None,
        sender=normalise_line(name) or None,
        recipients=_recipients(message),
        parts=[_part(attachment) for attachment in message.attachments if not _is_inline(attachment)],
    )


def _text(message: Message) -> Text:
    """Return the plain text, else that of the HTML."""
    plain = message.properties.str_prop_value(_BODY) or ""
    if any(map(str.isalnum, plain)):
        return plain_blocks(plain)
    page = message.properties.binary_prop_value(_HTML)
    text = decode(page, "e-mail") if page else message.properties.str_prop_value(_HTML)
    return html_blocks_text(text) if text else ((), ())


def _recipients(message: Message) -> tuple[str, ...]:
    names = [
        normalise_line(recipient.name or recipient.email_address)
        for recipient in message.recipients
        if _is_addressee(recipient)
    ]
    return tuple(dict.fromkeys(filter(None, names)))[:MAX_RECIPIENTS]


def _is_addressee(recipient: Recipient) -> bool:
    return recipient.properties.int_prop_value(_RECIPIENT_TYPE) in (None, _TO)


def _is_inline(attachment: Attachment) -> bool:
    """Return whether an attachment is a picture in the text."""
    named = attachment.properties.str_prop_value(_ATTACHMENT_ID)
    return bool(named) and (attachment.mime_type or "").startswith("image/")


def _part(attachment: Attachment) -> Part:
    stated = attachment.file_name or attachment.properties.str_prop_value(_SHORT_NAME) or ""
    return Part(part_name(stated, "attachment"), partial(_bytes, attachment))


def _bytes(attachment: Attachment) -> bytes:
    """Return the bytes of an attachment. Raises RefusedError for one that is no file: a message, a link, an object."""
    try:
        data = attachment.file_bytes
    except KeyError:
        data = None
    if data is None:
        raise RefusedError("The attachment is a message or an object, not a file.", "Save it as a file of its own.")
    return data
