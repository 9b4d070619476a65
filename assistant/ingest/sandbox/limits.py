"""The text of a file that is neither HTML, Markdown nor plain text, and the limits within which it is read.

Files are untrusted: each limit is far above what documents need and low enough for an office PC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.text.normalise import alphanumeric, normalise_line

SECONDS = 120
"""For one file. A thousand pages take less than a minute; what takes longer hangs."""
PICTURE_SECONDS = 60
"""More for each page whose text is recognised. A page takes one to three, on a busy machine ten."""
RECOGNITION_SECONDS = 600
"""For all pages of a file whose text is recognised: some hundred."""
MEMORY_BYTES = 2_000_000_000
"""Address space of the process that reads, the Python in it included: an office PC has it to spare."""
MAX_PAGES = 2_000
"""Of a PDF: the longest books. A small file can claim millions."""
MAX_CHARS = 5_000_000
"""Of text: two thousand full pages. Everything after has to be embedded."""

_FILE_NAME = re.compile(
    r"\.(?:docx?|dotx?|odt|rtf|pdf|xlsx?|pptx?|txt|html?|tex|dvi|indd|qxd|wpd|pages|p65|cdr)$", re.I
)
_APPLICATION = re.compile(r"^(?:Microsoft (?:Office )?(?:Word|PowerPoint|Excel|Publisher)) - ", re.I)
HEAD_CHARS = 3_000


class RefusedError(Exception):
    """A file has no text that can be read: `error` says why and `hint` what to do."""

    def __init__(self, error: str, hint: str) -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a file, as an attachment: its name in it, and a function that returns its bytes.

    The function raises RefusedError if the part cannot be read.
    """

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file, blocks apart by blank lines, with the metadata that the file states.

    `pages` are the offsets in the text where each page begins, empty if there are no pages; `created` is a date as the
    file writes it. `publisher` is who wrote or sent it; `recipients` are those to whom it was sent. `left_out` says
    what of the file was not read, and what to do about it. `parts` are the files in it; a file that is nothing but
    parts has the text "". `named_by_file`: without a title, the name of the file says more than its first words, which
    are values of a table. `recognised` are the numbers, from 1, of the pages whose text was recognised, each with the
    mean confidence of its words, from 0 to 1; a file without pages is page 1. `converted_from` is as in Document.
    """

    text: str
    pages: tuple[int, ...] = ()
    title: str | None = None
    created: str | None = None
    publisher: str | None = None
    recipients: tuple[str, ...] = ()
    left_out: tuple[str, str] | None = None
    parts: tuple[Part, ...] = ()
    named_by_file: bool = False
    converted_from: tuple[str, ...] = ()
    recognised: tuple[tuple[int, float], ...] = ()


def real_title(stated: str | None, text: str) -> str | None:
    """Return the title that a file states if it is one: shown at the head of its text, or several words of prose.

    Programs put file names, template names and "untitled" there. None for those.

    >>> real_title("Microsoft Word - draft.doc", "")
    """
    title = _APPLICATION.sub("", normalise_line(stated or ""))
    if not alphanumeric(title) or len(title) > 250 or _FILE_NAME.search(title) or re.search(r"[\\/_<>]", title):
        return None
    if alphanumeric(title) in alphanumeric(text[:HEAD_CHARS]):
        return title
    words = [word for word in title.split() if sum(map(str.isalpha, word)) > len(word) / 2]
    return title if len(words) >= 3 else None
