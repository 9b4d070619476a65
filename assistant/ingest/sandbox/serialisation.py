"""What was read of a file as bytes: how it comes from another process, is kept for later builds, and waits on disk."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import Any, TypeVar, cast, get_args

from assistant.ingest.decode import MAX_BYTES
from assistant.ingest.formats.text.text_blocks import Kind, TextBlock
from assistant.ingest.parse import ParsedDocument, Read
from assistant.records import Block, BlockKind, Document, Failure, UrlKind

MAX_UNPACKED = 8 * MAX_BYTES
"""No file that may be read gives more."""

_KINDS = frozenset(get_args(BlockKind))

_T = TypeVar("_T")


def packed(read: Read) -> bytes:
    """`read` as bytes that `unpacked` understands."""
    items = [[where, type(item).__name__, asdict(item)] for where, item in read]
    return zlib.compress(json.dumps(items, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def unpacked(data: bytes) -> Read:
    """What was packed. The bytes may be anyone's: raises ValueError for all that `packed` does not write."""
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, MAX_UNPACKED).decode("utf-8", "surrogatepass")
        if not unpacking.eof:
            raise ValueError("cut off, or too long")
        items = json.loads(text)
        return [(_a(str, where), _item(kind, fields)) for where, kind, fields in items]
    except (zlib.error, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"not what was read of a file: {error}") from None


def _item(kind: str, fields: dict[str, Any]) -> ParsedDocument | Document | Failure:
    if kind == "Failure":
        return Failure(*(_a(str, fields[name]) for name in ("source", "error", "hint")))
    if kind == "Document":
        return _document(fields)
    if kind != "ParsedDocument":
        raise ValueError("neither document nor failure")
    blocks, document = fields["text_blocks"], fields["document"]
    return ParsedDocument(
        _a(str, fields["doc_id"]),
        text_blocks=None if blocks is None else tuple(map(_text_block, blocks)),
        document=None if document is None else _document(document),
        page=_a(bool, fields["page"]),
        converted_from=tuple(_a(str, code) for code in fields["converted_from"]),
    )


def _text_block(fields: dict[str, Any]) -> TextBlock:
    kind = fields["kind"]
    if kind not in ("text", "item", "row"):
        raise ValueError("no such kind of block")
    return TextBlock(_a(str, fields["text"]), cast("Kind", kind), _a(bool, fields["gap"]))


def _document(fields: dict[str, Any]) -> Document:
    text, pages = _a(str, fields["text"]), tuple(_a(int, page) for page in fields["pages"])
    if pages and (pages[0] != 0 or sorted(pages) != list(pages) or pages[-1] >= len(text)):
        raise ValueError("the pages are none of this text")
    recognised = tuple((_a(int, number), _a(float, confidence)) for number, confidence in fields["recognised"])
    if not all(number > 0 and 0 <= confidence <= 1 for number, confidence in recognised):
        raise ValueError("no pages that were recognised")
    if fields["url_kind"] not in (None, "page", "attributed"):
        raise ValueError("no such kind of address")
    stated = {
        name: None if fields[name] is None else _a(str, fields[name]) for name in ("url", "published", "publisher")
    }
    return Document(
        _a(str, fields["doc_id"]),
        _a(str, fields["title"]),
        text,
        url_kind=cast("UrlKind | None", fields["url_kind"]),
        language=_a(str, fields["language"]),
        questions=tuple(_a(str, question) for question in fields["questions"]),
        pages=pages,
        also_at=tuple(_a(str, address) for address in fields["also_at"]),
        blocks=_blocks(fields["blocks"], len(text)),
        converted_from=tuple(_a(str, code) for code in fields["converted_from"]),
        recognised=recognised,
        recipients=tuple(_a(str, name) for name in fields["recipients"]),
        versions=tuple(_a(str, doc_id) for doc_id in fields["versions"]),
        **stated,
    )


def _blocks(values: list[dict[str, Any]], length: int) -> tuple[Block, ...]:
    """Return the blocks of a text of `length` characters."""
    names = ("kind", "start", "end", "level", "label")
    kinds = (str, int, int, int, str)
    blocks = []
    before = 0
    for value in values:
        block = Block(*(_a(kind, value[name]) for kind, name in zip(kinds, names, strict=True)))
        if block.kind not in _KINDS or not before <= block.start < block.end <= length or block.level < 0:
            raise ValueError("the blocks are none of this text")
        before = block.end
        blocks.append(block)
    return tuple(blocks)


def _a(kind: type[_T], value: object) -> _T:
    if type(value) is not kind:
        raise ValueError(f"{kind.__name__} expected")
    return value
