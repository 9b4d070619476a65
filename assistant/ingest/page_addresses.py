"""The addresses of web pages: which one becomes the doc_id, and which further ones have the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.protocols import Page
from assistant.records import Document
from assistant.text.addresses import host_of, listed_addresses

_LIST_BYTES = 5_000_000
ALSO_AT = 100
"""Further addresses noted of one text: a page to sign in may stand behind all of a site's."""


def addresses_of_source(source: str) -> list[str]:
    """Return the addresses in `source` where it is a list of them, a .txt file of nothing else; [] for other
    sources."""
    path = Path(source)
    try:
        if path.suffix.lower() != ".txt" or not path.is_file() or path.stat().st_size > _LIST_BYTES:
            return []
        return listed_addresses(path.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return []  # it is reported when it is read as a document


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was read, with the SHA-256 of its text and the row of its document."""

    page: Page
    sha256: str
    row: int


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the document in `row`, and further addresses with the same text."""

    row: int
    address: str
    also_at: tuple[str, ...]


def addressed(read: Sequence[ReadPage]) -> dict[str, Address]:
    """Return, for the URL of each page, the address of its document; pages with the same text share one document.

    The address is the canonical one that its pages state, unless another text is there; else that of the first page.
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
        known = Address(row, address, tuple(also)[:ALSO_AT])
        documents.update((page.url, known) for page in pages)
    return documents


def known_by(document: Document, known: Address) -> Document:
    """Return `document` with its address as doc_id and URL.

    A URL that the text states is ignored: anybody can write it.
    """
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
