"""The files of file servers as they were read: an unchanged file is not read again, and a server may be down."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path

from assistant.errors import StoreError
from assistant.storage.key_value import KeyValueStore

FILE_NAME = "remote.sqlite"
_FORMAT = "1"
VERSION_CHARS = 100
"""Of the version of a file that are compared."""
_HEADER_BYTES = 50_000  # a name, escaped, and a version
_SEPARATOR = "\n"  # no name of a file that is read holds one


class RemoteCache:
    """Files by the address of their folder and their name in it, in the SQLite file `path`; threads may share it.

    All methods raise StoreError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._store = KeyValueStore(path, "Files of file servers", fingerprint=_FORMAT)

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def version(self, folder: str, name: str) -> str | None:
        """Return the version of a file as it was read, None if it was not."""
        query = "SELECT substr(value, 1, ?) FROM entries WHERE key = ?"

        def select(database: sqlite3.Connection) -> bytes | None:
            row = database.execute(query, (_HEADER_BYTES, _key(folder, name))).fetchone()
            return None if row is None else bytes(row[0])

        found = self._store.run(select, None)
        return None if found is None else str(json.loads(found.partition(b"\n")[0])["version"])

    def put(self, folder: str, name: str, version: str, body: bytes) -> None:
        """Store a file in place of an older version."""
        # A purge finds by its name what it deletes.
        header = json.dumps({"doc_id": name, "version": version[:VERSION_CHARS]}).encode("ascii")
        self._store.put({_key(folder, name): header + b"\n" + zlib.compress(body, 1)})

    def keep(self, folder: str, name: str) -> None:
        """Note that a file still belongs to the sources."""
        self._store.use([_key(folder, name)])

    def body(self, folder: str, name: str) -> bytes:
        """Return the bytes of a file, b"" if it was not read."""
        value = self._store.get([_key(folder, name)]).get(_key(folder, name))
        if value is None:
            return b""
        try:
            return zlib.decompress(value.partition(b"\n")[2])
        except zlib.error as error:
            raise StoreError(f"The copy of {name} is damaged: {error}.", f"Remove {FILE_NAME}.") from None

    def names(self, folder: str) -> list[str]:
        """Return the names of all files of a folder, sorted."""
        first, last = _key(folder, ""), (folder + chr(ord(_SEPARATOR) + 1)).encode()
        query = "SELECT key FROM entries WHERE key >= ? AND key < ? ORDER BY key"

        def select(database: sqlite3.Connection) -> list[str]:
            return sorted(bytes(key)[len(first) :].decode() for (key,) in database.execute(query, (first, last)))

        return self._store.run(select, [])

    def forget(self, folder: str, name: str) -> None:
        """Delete a file."""
        self._store.delete(_key(folder, name))

    def forget_unused(self) -> None:
        """Delete all files that were neither put nor kept since the cache was opened."""
        self._store.delete_unused()


def _key(folder: str, name: str) -> bytes:
    return f"{folder}{_SEPARATOR}{name}".encode()
