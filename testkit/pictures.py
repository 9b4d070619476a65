"""Pictures of pages, as scanners and cameras make them, drawn from PDF files made for tests."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pypdfium2
from PIL import Image


def drawn_pages(data: bytes, dpi: int = 300) -> list[Image.Image]:
    """The pages of a PDF as grey pictures."""
    with pypdfium2.PdfDocument(data) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().copy() for page in document]


def slanted(picture: Image.Image, degrees: float) -> Image.Image:
    """A page that lay slanted, anti-clockwise, on the scanner."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def noisy(picture: Image.Image, seed: int = 1) -> Image.Image:
    """A page of a bad scanner: little contrast, grain, and one pixel in fifty black or white."""
    rng = np.random.default_rng(seed)
    pixels = 0.75 * np.asarray(picture, dtype=np.float32) + 25 + rng.normal(0, 28, (picture.height, picture.width))
    specks = rng.random(pixels.shape)
    pixels[specks < 0.01] = 0
    pixels[specks > 0.99] = 255
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def saved(picture: Image.Image, kind: str, more: Sequence[Image.Image] = ()) -> bytes:
    """A file of the pictures: "PNG", "JPEG", "WEBP", "TIFF", or "PDF" of scanned pages."""
    target = io.BytesIO()
    pages = {"save_all": True, "append_images": list(more)} if kind in ("TIFF", "PDF") else {}
    picture.save(target, kind, **({"resolution": 300} if kind == "PDF" else {}), **pages)
    return target.getvalue()


def character_error_rate(read: str, right: str) -> float:
    """The edit distance of two texts, white space folded, relative to the length of the right one."""
    found, wanted = " ".join(read.split()), " ".join(right.split())
    codes = np.array([ord(sign) for sign in found], dtype=np.int64)
    places = np.arange(len(found) + 1)
    before = places
    for row, sign in enumerate(wanted, start=1):
        kept = np.minimum(before[:-1] + (codes != ord(sign)), before[1:] + 1)
        before = np.minimum.accumulate(np.concatenate(([row], kept)) - places) + places
    return float(before[-1]) / max(1, len(wanted))
