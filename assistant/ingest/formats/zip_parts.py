"""ZIP archives of documents: each entry is a part. Runs in a worker process only."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

from assistant.ingest.decode import MAX_BYTES
from assistant.ingest.formats.file_parts import part_name
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import FileText, Part, RefusedError


def read_zip_parts(archive: Archive) -> FileText:
    """Return the files in an archive as parts, but those that are left out of a folder too: hidden ones, README files.

    Raises RefusedError if there is none.
    """
    parts = []
    for name in sorted(archive.names):
        path = PurePosixPath(name.replace("\\", "/"))
        left_out = any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.stem.upper() == "README"
        if not left_out and not name.endswith("/"):
            inside = "/".join(filter(None, (part_name(part, "") for part in path.parts)))
            parts.append(Part(inside or "file", partial(archive.read, name, MAX_BYTES)))
    if not parts:
        raise RefusedError("The ZIP archive holds no documents.", "Remove it.")
    return FileText("", parts=tuple(parts))
