"""Mailboxes (mbox): split into messages, each of which is then read as a file of its own.

Only the headers that name a message are read here; the message is parsed in a worker process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import BinaryIO

from assistant.ingest.decode import MAX_BYTES, binary_format
from assistant.ingest.formats.file_parts import free_name, part_name
from assistant.ingest.formats.mail.mail_headers import header, header_date

_HEAD_BYTES = 100_000
_LINE_BYTES = 1_000_000
_HEADER = re.compile(rb"[!-9;-~]+:")
_SECOND = re.compile(rb"\n\r?\nFrom [^\n]*\n[!-9;-~]+:")


def is_mbox(data: bytes, name: str) -> bool:
    """Return whether a file that begins with `data` is a mailbox: it holds several messages, or is named so."""
    if not data.startswith(b"From ") or binary_format(data) != "mail":
        return False
    return name.lower().endswith((".mbox", ".mbx")) or _SECOND.search(data) is not None


def read_mbox(file: BinaryIO) -> Iterator[tuple[str, bytes | None]]:
    """Yield each message with its name, its date and subject; None for one of more than MAX_BYTES.

    The file may be of any size. Raises OSError.
    """
    taken: dict[str, int] = {}
    for message in _messages(file):
        yield free_name(_name(message[:_HEAD_BYTES]), taken), message if len(message) <= MAX_BYTES else None


def _messages(file: BinaryIO) -> Iterator[bytes]:
    """Yield the messages, cut off after MAX_BYTES. One begins with a line "From …" before headers, after an empty
    line.
    """
    message = bytearray()
    waiting, blank = b"", True
    while line := file.readline(_LINE_BYTES):
        if waiting and _HEADER.match(line):
            if message:
                yield bytes(message)
            message = bytearray()
        if len(message) <= MAX_BYTES:
            message += waiting
        waiting = line if blank and line.startswith(b"From ") else b""
        blank = not line.strip()
        if not waiting and len(message) <= MAX_BYTES:
            message += line
    message += waiting
    if message.strip():
        yield bytes(message)


def _name(head: bytes) -> str:
    """Return the name of a message that begins with `head`."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(head.partition(b"\n")[2])
    stated = f"{header_date(headers) or ''} {header(headers, 'subject')}"
    return part_name(stated, "message")
