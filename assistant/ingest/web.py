"""Pages of the web among the documents: the addresses they are known by, and the same text at several of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assistant.ingest.tidy import host_of
from assistant.records import Document, Page

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


def addressed(read: Sequence[tuple[Page, Document]]) -> dict[str, Document]:
    """The document of each page, by the page's address; pages of the same text share one, which has all addresses.

    A document is known by the address that its pages call their own, unless another text stands there, else by the
    first page's.
    """
    by_text: dict[str, list[tuple[Page, Document]]] = {}
    for page, document in read:
        by_text.setdefault(document.sha256, []).append((page, document))
    stands = {page.url: document.sha256 for page, document in read}
    taken: set[str] = set()
    documents: dict[str, Document] = {}
    for text, group in by_text.items():
        pages = [page for page, _ in group]
        claimed = next((page.canonical for page in pages if page.canonical), None)
        free = claimed is not None and claimed not in taken and stands.get(claimed, text) == text
        address = claimed if claimed and free else pages[0].url
        taken.add(address)
        also = dict.fromkeys(known for page in pages for known in (page.url, *page.also_at) if known != address)
        document = next((document for page, document in group if page.url == address), group[0][1])
        known = _known_by(document, address, tuple(also)[:_ALSO_AT])
        documents.update((page.url, known) for page in pages)
    return documents


def _known_by(document: Document, address: str, also_at: tuple[str, ...]) -> Document:
    """`document` at `address`, whatever address it gives for itself: that may be anyone's."""
    by_address = document.publisher is None or (document.url and document.publisher == host_of(document.url))
    publisher = host_of(address) if by_address else document.publisher
    return replace(document, doc_id=address, url=address, url_kind="page", publisher=publisher, also_at=also_at)
