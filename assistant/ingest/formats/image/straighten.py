"""Pictures of pages as text recognition needs them: grey, of a sensible size, without noise."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

LARGEST_SIDE = 5_000
"""Pixels; a larger picture is reduced. A4 at 300 dpi has 3,508."""
# Chosen by hand, on pages of Polish, Vietnamese and English at 75 to 300 dpi (benchmarks/recognition.py).
_SMALL_SIDE = 2_200  # pixels below which a picture is enlarged: letters of less than 20 pixels are read worse
_MOST_ENLARGED = 3
_NOISE = 6.0  # mean difference to the neighbours' median, of 255: clean pages at 150 dpi have 3, noisy ones 10


def grey(picture: Image.Image) -> Image.Image:
    """Return a picture as grey levels on white, turned as its camera noted, enlarged or reduced to a sensible size."""
    turned = ImageOps.exif_transpose(_reduced(picture))
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        turned = turned.convert("RGBA")
        paper = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(paper, turned)
    flat = turned.convert("L")
    factor = min(_MOST_ENLARGED, -(-_SMALL_SIDE // max(flat.size)))
    return flat.resize((flat.width * factor, flat.height * factor), Image.Resampling.BICUBIC) if factor > 1 else flat


def _reduced(picture: Image.Image) -> Image.Image:
    """Return a large picture smaller, before it is copied."""
    side = max(picture.size)
    if side <= LARGEST_SIDE:
        return picture
    size = [max(1, length * LARGEST_SIDE // side) for length in picture.size]
    levels = picture.convert("L") if picture.mode == "1" else picture  # black and white have no levels between them
    return levels.resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=2)


def without_noise(picture: Image.Image) -> Image.Image:
    """Return a grey picture with each pixel set to the median around it if the picture is noisy, else as it is."""
    smooth = picture.filter(ImageFilter.MedianFilter(3))
    difference = ImageStat.Stat(ImageChops.difference(picture, smooth)).mean[0]
    return smooth if difference > _NOISE else picture
