"""Images to text: photographs and scans of pages, and screenshots. Runs in a worker process only."""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from assistant.ingest.formats.image.recognise import RecognisedPage, TextRecognition
from assistant.ingest.formats.image.straighten import LARGEST_SIDE, grey
from assistant.ingest.formats.image.unread_pages import UnreadPages
from assistant.ingest.formats.pdf.page_layout import assemble, read_blocks, read_columns
from assistant.ingest.sandbox.limits import MAX_PAGES, FileText, RefusedError

MAX_PIXELS = 40_000_000
"""Of an image as it is decoded: twice an A3 page at 300 dpi. A small file can claim billions."""
_MAX_CLAIMED = 120_000_000  # pixels of a photograph, which is decoded smaller
_SMALLEST_SIDE = 30  # pixels; nothing can be read in a smaller image
_DAMAGED = ("The image is damaged: it cannot be read.", "Open it in an image viewer and save it again.")
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")


def read_image(data: bytes, recognition: TextRecognition) -> FileText:
    """Return the text of an image; each image of a TIFF is a page.

    Raises RefusedError if it is damaged or too large, if nothing can be recognised with certainty, and where text
    recognition is not installed.
    """
    unread = UnreadPages()
    recognised: list[tuple[int, float]] = []
    pages: list[RecognisedPage] = []
    for number, picture in enumerate(_pictures(data), start=1):
        page = RecognisedPage((), 1.0)
        if not recognition.installed:
            unread.add("picture", number)
        elif not recognition.has_time:
            unread.add("time", number)
        else:
            found = recognition.read(grey(picture))
            if not found.sure:
                unread.add("unsure", number)
            elif found.lines:
                page = found
                recognised.append((number, found.confidence))
        pages.append(page)
    text, starts = assemble(read_blocks([read_columns(page.lines) for page in pages], range(len(pages))))
    if not any(map(str.isalnum, text)):
        if unread:
            raise RefusedError(*unread.message("image", whole=True))
        raise RefusedError("No words were recognised in the image.", "Remove it, or put its text into a .txt file.")
    left_out = unread.message("image", whole=False) if unread else None
    shown = starts if len(pages) > 1 else ()
    return FileText(text, shown, left_out=left_out, recognised=tuple(recognised))


def _pictures(data: bytes) -> Iterator[Image.Image]:
    """Yield the images of a file, decoded. Raises RefusedError."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            if frames > MAX_PAGES:
                raise RefusedError(f"The image has {frames:,} pages; at most {MAX_PAGES:,} are read.", "Split it.")
            for number in range(frames):
                if number:
                    image.seek(number)
                _require_size(image)
                if image.format == "JPEG":
                    image.draft("L", (LARGEST_SIDE // 2, LARGEST_SIDE // 2))  # decoded in half or less of its size
                    _require_size(image, MAX_PIXELS)
                image.load()
                yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedError(*_too_large()) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, EOFError, OverflowError):
        raise RefusedError(*_DAMAGED) from None


def _require_size(image: Image.Image, limit: int | None = None) -> None:
    """Raise RefusedError for an image that is too small or has more pixels than `limit`, by default its kind's."""
    if image.width * image.height > (limit or (_MAX_CLAIMED if image.format == "JPEG" else MAX_PIXELS)):
        raise RefusedError(*_too_large())
    if min(image.size) < _SMALLEST_SIDE:
        raise RefusedError("The image is too small to hold text.", "Remove it.")


def _too_large() -> tuple[str, str]:
    return f"The image has more than {MAX_PIXELS // 1_000_000} million pixels.", "Save a smaller copy, and index that."
