"""The documents of a build as a sequence that lies on disk."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import overload

from assistant.ingest.parse_cache import ParseCache
from assistant.records import Document


class StoredDocuments(Sequence[Document]):
    """Documents in order, read from `stored` one by one, as often as wanted, until the build ends.

    `rows` gives for each doc_id the row of the document.
    """

    def __init__(self, stored: ParseCache, rows: Mapping[str, int]) -> None:
        self._stored = stored
        self._by_id = rows
        self._rows = array("q", rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> list[Document]: ...
    def __getitem__(self, index: int | slice) -> Document | list[Document]:
        if isinstance(index, slice):
            return [self._stored.document(row) for row in self._rows[index]]
        return self._stored.document(self._rows[index])

    def without(self, doc_ids: Collection[str]) -> StoredDocuments:
        """Return all documents but those of these doc_ids."""
        left = {doc_id: row for doc_id, row in self._by_id.items() if doc_id not in doc_ids}
        return StoredDocuments(self._stored, left)
