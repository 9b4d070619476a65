"""A cache of fetched pages between builds: an unchanged page is not sent again, and a server may be down for a day.

Each page is written as it comes, so a build that is killed loses nothing.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assistant.errors import StoreError
from assistant.storage.key_value import KeyValueStore

FILE_NAME = "fetched.sqlite"
_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class CachedPage:
    """The page at `url`, found at the end of `redirects`."""

    url: str
    final: str
    redirects: tuple[str, ...]
    etag: str | None
    modified: str | None
    type: str
    """The header Content-Type."""
    robots: str
    """The header X-Robots-Tag."""
    status: int
    fetched: str
    """UTC, ISO 8601."""
    error: str | None
    """Why the page could not be fetched the last time."""
    body: bytes


_HEADER = [field.name for field in fields(CachedPage) if field.name != "body"]


class HttpCache:
    """The cached pages in the file `path`, made when the first page comes; threads may share it.

    All methods raise StoreError when the file cannot be read or written: the pages of a server that is down would be
    lost without notice.
    """

    def __init__(self, path: Path) -> None:
        self._store = KeyValueStore(path, "Fetched pages", fingerprint=_FORMAT)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def get(self, url: str) -> CachedPage | None:
        """Return the cached page of `url`, None without one."""
        found = self._read(url)
        if found is None:
            return None
        header, packed = found
        try:
            return CachedPage(**header | {"redirects": tuple(header["redirects"]), "body": zlib.decompress(packed)})
        except (zlib.error, TypeError, KeyError) as error:
            raise _damaged(url, error) from None

    def is_fresh(self, url: str) -> bool:
        """Return whether `url` was put, touched or spared since the file was opened."""
        return self._store.is_used(url.encode())

    def put(self, page: CachedPage) -> None:
        """Keep `page` in place of an older one of its URL."""
        header = {name: getattr(page, name) for name in _HEADER}
        self._write(page.url, header, zlib.compress(page.body))

    def touch(self, url: str, status: int, fetched: str) -> None:
        """Note that the cached page of `url` is still the current one."""
        self._change(url, status=status, fetched=fetched, error=None)

    def spare(self, url: str, error: str) -> None:
        """Keep the cached page of `url`, if there is one, which could not be fetched because of `error`."""
        self._change(url, error=error)

    def forget(self, url: str) -> None:
        """Delete the cached page of `url`: the server has none any more."""
        self._store.delete(url.encode())

    def forget_unused(self) -> None:
        """Delete all pages that were neither put, touched nor spared since the file was opened: they left the
        sources."""
        self._store.delete_unused()

    def _change(self, url: str, **changes: Any) -> None:
        if found := self._read(url):
            self._write(url, found[0] | changes, found[1])

    def _read(self, url: str) -> tuple[dict[str, Any], bytes] | None:
        """The fields of a page but its body, and the body as it is packed."""
        value = self._store.get([url.encode()]).get(url.encode())
        if value is None:
            return None
        header, _, packed = value.partition(b"\n")
        try:
            return json.loads(header), packed
        except ValueError as error:
            raise _damaged(url, error) from None

    def _write(self, url: str, header: dict[str, Any], packed: bytes) -> None:
        self._store.put({url.encode(): json.dumps(header).encode("ascii") + b"\n" + packed})


def _damaged(url: str, error: Exception) -> StoreError:
    return StoreError(f"The cached page of {url} is damaged: {error}.", f"Remove {FILE_NAME}: it is fetched again.")
