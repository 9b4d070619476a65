"""What the messages of all mail formats become: the subject as a heading, the text, the headers as metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from assistant.ingest.formats.text.text_blocks import group, read_text_blocks
from assistant.ingest.formats.text_writer import TextWriter
from assistant.ingest.sandbox.limits import FileText, Part, RefusedError
from assistant.text.vietnamese.legacy_reader import read_legacy

Text: TypeAlias = tuple[Sequence[str], Sequence[str]]
"""The blocks of one text of a message, and the legacy codes that it was in."""

MAX_RECIPIENTS = 50
"""Of a message that are kept: a newsletter may have thousands."""
_NAMED = 5
_QUOTED = re.compile(r"^(?:> ?)+", re.MULTILINE)  # a line of the message that is replied to


def mail_text(
    subject: str,
    texts: Iterable[Text],
    *,
    created: str | None,
    sender: str | None,
    recipients: Sequence[str],
    parts: Sequence[Part],
    left_out: Sequence[str] = (),
) -> FileText:
    """Return the text of a message: the given texts, one after the other. `left_out` names the attachments that are
    not read.

    Raises RefusedError if it is too long, or has neither text nor attachments.
    """
    writer = TextWriter("e-mail")
    writer.heading(subject, 1)
    codes: set[str] = set()
    for blocks, found in texts:
        codes.update(found)
        for block in blocks:
            writer.block(block)
    try:
        text = writer.file_text(subject or None, created)
    except RefusedError:
        if not parts:
            raise
        text = FileText("", created=created)
    return replace(
        text,
        publisher=sender,
        recipients=tuple(recipients),
        left_out=_left_out(left_out),
        parts=tuple(parts),
        converted_from=tuple(sorted(codes)),
    )


def plain_blocks(text: str) -> Text:
    """Return the blocks of a plain text, without the marks of quoted messages."""
    text, codes = read_legacy(_QUOTED.sub("", text.replace("\r\n", "\n")))
    return group(read_text_blocks(text)), codes


def _left_out(names: Sequence[str]) -> tuple[str, str] | None:
    if not names:
        return None
    count = "1 attachment is" if len(names) == 1 else f"{len(names)} attachments are"
    named = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return f"{count} not read ({named}); the message is.", "Save what readers need of it as a file beside the e-mail."
