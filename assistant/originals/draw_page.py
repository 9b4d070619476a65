"""Draws a page of a PDF as a picture, the quote marked. Runs in a process of its own (page_process.py).

It reads from standard input a line of JSON (what to draw) and the bytes of the PDF, and writes the picture.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

from assistant.originals.quote_boxes import quote_ranges

_WIDTH = 1_100  # pixels: sharp beside the chat
_MOST_PIXELS = 4_000_000
_MARK = (255, 226, 120)
_PADDING = 1.5  # points around the words
_QUALITY = 80


def draw_page(data: bytes, number: int, pieces: Sequence[str]) -> bytes:
    """Return page `number` (from 1) as JPEG, with what the `pieces` of the quote say marked.

    Raises LookupError where the page has text and the quote is not in it (it is another page than the one indexed), or
    there is no such page; PdfiumError where the page cannot be read.
    """
    with pypdfium2.PdfDocument(data) as document:
        if not 1 <= number <= len(document):
            raise LookupError(number)
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(_WIDTH / width, (_MOST_PIXELS / (width * height)) ** 0.5)
        boxes = _boxes(page, pieces) if pieces else []
        picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        if boxes and not page.get_rotation():
            picture = _marked(picture, page, boxes, scale)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _boxes(page: pypdfium2.PdfPage, pieces: Sequence[str]) -> list[tuple[float, float, float, float]]:
    """Return the rectangles of the quote in points: left, bottom, right, top; none on a page without text."""
    text = page.get_textpage()
    try:
        count = text.count_chars()
        signs = [text.get_text_range(index, 1) for index in range(count)]
        if not any(sign.isalnum() for sign in signs):
            return []
        ranges = quote_ranges(signs, pieces)
        if not ranges:
            raise LookupError("the quote")
        return [text.get_rect(index) for start, end in ranges for index in range(text.count_rects(start, end - start))]
    finally:
        text.close()


def _marked(
    picture: Image.Image, page: pypdfium2.PdfPage, boxes: Sequence[tuple[float, float, float, float]], scale: float
) -> Image.Image:
    left, _, _, top = page.get_cropbox()
    marks = Image.new("RGB", picture.size, "white")
    brush = ImageDraw.Draw(marks)
    for x0, y0, x1, y1 in boxes:
        corners = (x0 - left - _PADDING, top - y1 - _PADDING, x1 - left + _PADDING, top - y0 + _PADDING)
        brush.rectangle([corner * scale for corner in corners], fill=_MARK)
    return ImageChops.multiply(picture, marks)


def main() -> None:
    """Draw what standard input says; end with 3 where the page is not there."""
    said = json.loads(sys.stdin.buffer.readline())
    try:
        picture = draw_page(sys.stdin.buffer.read(), int(said["page"]), said["pieces"])
    except LookupError:
        sys.exit(3)
    sys.stdout.buffer.write(picture)
