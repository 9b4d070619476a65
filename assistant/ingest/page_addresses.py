"""Pages of the web among the documents: the addresses they are known by, and the same text at several of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.records import Document, Page
from assistant.text.addresses import host_of

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_LIST_BYTES = 5_000_000
_ALSO_AT = 100
"""Further addresses noted of one text: a page to sign in may stand behind all of a site's."""


def listed_addresses(source: str) -> list[str]:
    """The addresses in a list of them: a file .txt whose every line is one, but for empty lines and those that begin
    with "#". Empty for every other source."""
    path = Path(source)
    try:
        if path.suffix.lower() != ".txt" or not path.is_file() or path.stat().st_size > _LIST_BYTES:
            return []
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, ValueError):
        return []  # whoever reads it as a document says what is wrong
    lines = [line for line in lines if line and not line.startswith("#")]
    return lines if all(_ADDRESS.fullmatch(line) for line in lines) else []


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What is known of a page that was read: the hash of its text, and the row in which its document waits."""

    page: Page
    sha256: str
    row: int


@dataclass(frozen=True, slots=True)
class Address:
    """What the document in `row` is known by, and further addresses at which its text stands."""

    row: int
    address: str
    also_at: tuple[str, ...]


def addressed(read: Sequence[ReadPage]) -> dict[str, Address]:
    """For each page's address, the document of the page and what it is known by; pages of the same text share one.

    A document is known by the address that its pages call their own, unless another text stands there, else by the
    first page's.
    """
    by_text: dict[str, list[ReadPage]] = {}
    for found in read:
        by_text.setdefault(found.sha256, []).append(found)
    stands = {found.page.url: found.sha256 for found in read}
    taken: set[str] = set()
    documents: dict[str, Address] = {}
    for text, group in by_text.items():
        pages = [found.page for found in group]
        claimed = next((page.canonical for page in pages if page.canonical), None)
        free = claimed is not None and claimed not in taken and stands.get(claimed, text) == text
        address = claimed if claimed and free else pages[0].url
        taken.add(address)
        also = dict.fromkeys(known for page in pages for known in (page.url, *page.also_at) if known != address)
        row = next((found.row for found in group if found.page.url == address), group[0].row)
        known = Address(row, address, tuple(also)[:_ALSO_AT])
        documents.update((page.url, known) for page in pages)
    return documents


def known_by(document: Document, known: Address) -> Document:
    """`document` at its address, whatever address it gives for itself: that may be anyone's."""
    by_address = document.publisher is None or (document.url and document.publisher == host_of(document.url))
    publisher = host_of(known.address) if by_address else document.publisher
    return replace(
        document,
        doc_id=known.address,
        url=known.address,
        url_kind="page",
        publisher=publisher,
        also_at=known.also_at,
    )
