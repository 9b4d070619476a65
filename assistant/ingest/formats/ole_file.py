"""Office files before 2007 and Outlook messages: told apart by the streams in them. Runs in a worker process only."""

from __future__ import annotations

import olefile

from assistant.ingest.sandbox.limits import FileText, RefusedError

_SAVE = "Open it in {0} or LibreOffice and save it as {1}."
_REFUSED = (
    ("EncryptedPackage", "an Office document with a password", "Save a copy without the password, and index that."),
    ("WordDocument", "an old Word file (DOC)", _SAVE.format("Word", "DOCX")),
    ("PowerPoint Document", "an old PowerPoint presentation (PPT)", _SAVE.format("PowerPoint", "PPTX")),
    ("VisioDocument", "a Visio drawing", "Save it as PDF."),
)
"""Streams and storages of files that are not read, and what each says of the file."""
_SAVE_ANEW = "Open it in the program it comes from and save it as DOCX, XLSX, PPTX or EML."


def read_ole(data: bytes) -> FileText:
    """Return the text of a workbook (XLS) or a message (MSG).

    Raises RefusedError, which says what else the file is.
    """
    try:
        with olefile.OleFileIO(data) as file:
            names = {path[0].lower() for path in file.listdir(streams=True, storages=True)}
    except (MemoryError, RecursionError):
        raise
    except Exception:  # whatever a broken file breaks in the library
        raise RefusedError("The old Office file is damaged: it cannot be read.", _SAVE_ANEW) from None
    for name, kind, hint in _REFUSED:
        if name.lower() in names:
            raise RefusedError(f"The file is {kind}.", hint)
    if "__properties_version1.0" in names:
        from assistant.ingest.formats.mail.msg_text import read_msg

        return read_msg(data)
    if names & {"workbook", "book"}:
        from assistant.ingest.formats.sheets.xls_text import read_xls

        return read_xls(data)
    raise RefusedError("The file is an old Office document that is not read.", _SAVE_ANEW)
