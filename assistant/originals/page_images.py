"""The original pages of documents: finds the file of a document, has its pages drawn, and keeps the last ones."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from assistant.answer.quote_context import shown_slices
from assistant.ingest.decode import MAX_BYTES
from assistant.originals.page_process import drawn_page
from assistant.records import Document

_KEPT_BYTES = 64_000_000
_AT_ONCE = 2  # processes that draw
_WAIT_S = 10
_HEAD = 1_024


class PageImages:
    """Draws pages of the PDFs in the folders `sources`; threads may share it."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._folders = [Path(source).expanduser() for source in sources if "://" not in source]
        self._drawing = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], bytes | None] = OrderedDict()
        self._bytes = 0

    def has(self, document: Document) -> bool:
        """Return whether the file of a document is there, and has pages that can be drawn."""
        return bool(document.pages) and self._file(document) is not None

    def draw(self, document: Document, page: int, start: int | None = None, end: int | None = None) -> bytes | None:
        """Return a page, from 1, as JPEG, with `document.text[start:end]` marked where that is given.

        None where the file is not there, is no PDF, has changed since, or too many pages are being drawn.
        """
        path = self._file(document)
        if path is None or not 1 <= page <= len(document.pages):
            return None
        stamp = path.stat()
        key = (str(path), stamp.st_mtime_ns, stamp.st_size, page, start, end, document.sha256)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        pieces = [] if start is None or end is None else _pieces(document, page, start, end)
        if not self._drawing.acquire(timeout=_WAIT_S):
            return None
        try:
            picture = drawn_page(path.read_bytes(), page, pieces)
        except OSError:
            return None
        finally:
            self._drawing.release()
        self._keep(key, picture)
        return picture

    def _keep(self, key: tuple[object, ...], picture: bytes | None) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = picture
            self._bytes += len(picture or b"")
            while self._bytes > _KEPT_BYTES or len(self._kept) > 1_000:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped or b"")

    def _file(self, document: Document) -> Path | None:
        """Return the PDF of a document in one of the folders, never one outside of them."""
        for folder in self._folders:
            try:
                root = folder.resolve() if folder.is_dir() else folder.parent.resolve()
                if not folder.is_dir() and folder.name != document.doc_id:
                    continue
                path = (root / document.doc_id).resolve()
                if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > MAX_BYTES:
                    continue
                with path.open("rb") as file:
                    if b"%PDF-" in file.read(_HEAD):
                        return path
            except (OSError, ValueError, RuntimeError):
                continue
        return None


def _pieces(document: Document, page: int, start: int, end: int) -> list[str]:
    """Return what the page shows of a quote, piece by piece."""
    begins, ends = document.pages[page - 1], [*document.pages, len(document.text)][page]
    on_page = [(max(first, begins), min(last, ends)) for first, last in shown_slices(document, start, end)]
    return [document.text[first:last] for first, last in on_page if first < last]
