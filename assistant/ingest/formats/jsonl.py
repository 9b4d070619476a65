"""JSON Lines: one document a line, with its metadata. The text is only normalised."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from assistant.ingest.decode import (
    MAX_BYTES,
    UnreadableFileError,
    decode,
    is_byte_text,
    read_text,
    refuse_binary,
    refuse_large,
)
from assistant.records import Document, Failure
from assistant.text.addresses import host_of, http_url
from assistant.text.blocks import read_blocks
from assistant.text.facts.dates import iso_date
from assistant.text.language import SAMPLE_CHARS, detect_language
from assistant.text.normalise import normalise_line, opening_words
from assistant.text.vietnamese.legacy_reader import LegacyReader

_HINT = 'One JSON object a line: {"id", "text"} and optionally "title", "url", "lang", "published".'
_HEAD_BYTES = 8_000
MAX_LINE_BYTES = 20_000_000
"""Of one line, which is one document: four thousand full pages."""


def read_jsonl(file: BinaryIO, name: str) -> Iterator[tuple[str, Document | Failure]]:
    """Yield the position of each line ("file.jsonl:12") with its document or failure.

    The file is read line by line and may be of any size; each line is decoded once. Raises UnreadableFileError if it is
    no text.
    """
    for number, line in enumerate(_lines(file, name), start=1):
        where = f"{name}:{number}"
        if line is None:
            error = f"The line is longer than {MAX_LINE_BYTES // 1_000_000} MB."
            yield where, Failure(where, error, "Split its text into several documents.")
        elif not line.isspace() and line:
            yield where, _read_line(line, where)


def _lines(file: BinaryIO, name: str) -> Iterator[str | bytes | None]:
    """Yield each line, None for one that is too long; as bytes if the file may be of any size."""
    head = file.read(_HEAD_BYTES)
    refuse_binary(head, name)
    file.seek(0)
    if not is_byte_text(head):  # UTF-16 and the like, whose bytes say nothing of lines
        data = file.read(MAX_BYTES + 1)
        refuse_large(data, name)
        yield from re.split(r"\r\n|\n|\r", read_text(data, name))
        return
    file.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
    while line := file.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield from re.split(rb"\r(?!\n|$)", line)
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)
        yield None


def _read_line(line: str | bytes, where: str) -> Document | Failure:
    try:
        return _document(json.loads(decode(line, where) if isinstance(line, bytes) else line))
    except UnreadableFileError as error:
        return error.failure
    except (RecursionError, MemoryError):
        return Failure(where, "The line is nested too deeply.", _HINT)
    except json.JSONDecodeError as error:
        return Failure(where, f"The line is not JSON: {error.msg} at column {error.colno}.", _HINT)
    except ValueError as error:
        return Failure(where, str(error), _HINT)


def normalise_text(text: str) -> str:
    """Return `text` normalised line by line: lines stay lines, one blank line between paragraphs."""
    paragraphs: list[list[str]] = [[]]
    for line in re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text):
        clean = normalise_line(line)
        if clean:
            paragraphs[-1].append(clean)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _document(record: object) -> Document:
    """Return the document of a record. Raises ValueError, which says what is wrong with it."""
    if not isinstance(record, dict):
        raise ValueError("The line is no JSON object.")
    doc_id = record.get("id", record.get("_id"))
    if isinstance(doc_id, int) and not isinstance(doc_id, bool):
        doc_id = str(doc_id)
    if not isinstance(doc_id, str) or not normalise_line(doc_id):
        raise ValueError('The document has no "id".')
    given, stated_title = _optional(record, "text") or "", _optional(record, "title") or ""
    legacy = LegacyReader([given])
    text, blocks, _ = read_blocks(normalise_text(legacy.read(given)))
    title = normalise_line(legacy.read(stated_title))
    if not text:
        raise ValueError('The document has no "text".')
    stated_url = _optional(record, "url")
    url = http_url(stated_url)
    if stated_url and url is None:
        raise ValueError(f'"url" is {stated_url[:80]!r}, not a complete http(s) address.')
    published = _optional(record, "published")
    date = iso_date(published) if published else None
    if published and date is None:
        raise ValueError(f'"published" is {published[:80]!r}, not a date as "2025-06-18".')
    language = _optional(record, "lang") or _optional(record, "language")
    match = re.match(r"[A-Za-z]{2}(?![A-Za-z])", language or "")
    return Document(
        normalise_line(doc_id),
        title or opening_words(text),
        text,
        url=url,
        url_kind="page" if url else None,
        language=match[0].lower() if match else detect_language(text[:SAMPLE_CHARS]),
        published=date,
        publisher=host_of(url) if url else None,
        blocks=blocks,
        converted_from=tuple(sorted(legacy.found)),
    )


def _optional(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is None or isinstance(value, str):
        return value
    raise ValueError(f'"{key}" is no text in quotes.')
