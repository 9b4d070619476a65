"""Text recognition: the words in the picture of a page with their places. Runs in a worker process only."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from assistant.ingest.formats.image.straighten import without_noise
from assistant.ingest.formats.pdf.page_layout import Fragment
from assistant.ingest.sandbox.limits import RECOGNITION_SECONDS
from assistant.text.language import detect_language

if TYPE_CHECKING:
    from assistant.ingest.formats.image.tesseract import Tesseract

LEAST_CONFIDENCE = 0.7
"""The mean confidence of a page's words from which it is read. Chosen by hand: clean pages have .95, noisy ones .88,
pages read upside down .55 to .65, pages with one letter in five wrong .70 to .85."""
# Chosen by hand, on the same pages (benchmarks/recognition.py).
_LEVEL = 0.005  # radians of slant that are left as they are: half a line's height over the width of a page
_MOST_SLANT = 0.2  # radians; more is a mistake
_NO_WORSE = 0.01  # by which the confidence may fall when a page is read as one language
_NAMES = {"pl": "pol", "vi": "vie"}
"""Languages with accents that a reading as English loses: their pages are read as theirs alone. English is not among
them, because names in an English text keep their accents when all languages are read together."""


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The lines of a page with their places in points, and the mean confidence of its words, from 0 to 1.

    A page without words has no lines and the confidence 1.
    """

    lines: tuple[Fragment, ...]
    confidence: float

    @property
    def sure(self) -> bool:
        """Whether the page is recognised well enough to be quoted."""
        return self.confidence >= LEAST_CONFIDENCE


class TextRecognition:
    """Recognises the pages of one file, with the language data in `folder`; None recognises nothing.

    `on_picture` is called before each picture: whoever waits for the file then waits for PICTURE_SECONDS more.
    All pages together may take `seconds`.
    """

    def __init__(
        self,
        folder: Path | None,
        on_picture: Callable[[], None] = lambda: None,
        *,
        seconds: float = RECOGNITION_SECONDS,
    ) -> None:
        self._folder = folder
        self._on_picture = on_picture
        self._left = seconds
        self._engine: Tesseract | None = None
        self._language: str | None = None
        self._expected = 0.0

    @property
    def installed(self) -> bool:
        """Whether there is anything to recognise text with."""
        return self._folder is not None

    @property
    def has_time(self) -> bool:
        """Whether there is time left for another page."""
        return self._left > 0

    def read(self, picture: Image.Image) -> RecognisedPage:
        """Return what stands in a grey picture, which may lie on its side or be slanted.

        A page that takes too long has the confidence 0. Call it only where text recognition is installed.
        """
        began = time.monotonic()
        self._on_picture()
        clean = without_noise(picture)
        turn = self._opened().turn(clean)
        page = self._read_level(clean.rotate(turn, expand=True) if turn else clean)
        if turn and not page.sure:
            page = max(page, self._read_level(clean), key=lambda found: found.confidence)
        self._left -= time.monotonic() - began
        return page

    def _opened(self) -> Tesseract:
        if self._engine is None:
            # Imported here: most files hold no picture, and the package does not exist for every platform.
            from assistant.ingest.formats.image.tesseract import Tesseract

            assert self._folder is not None
            self._engine = Tesseract(self._folder)
        return self._engine

    def _read_level(self, picture: Image.Image) -> RecognisedPage:
        """Recognise a page whose top is up, after its lines were made level."""
        engine = self._opened()
        layout = engine.layout(picture)
        if _LEVEL < abs(layout.slant) < _MOST_SLANT:
            slant = math.degrees(layout.slant)
            picture = picture.rotate(slant, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        if self._language is None:
            top, bottom = (int(share * picture.height) for share in layout.middle)
            sample = engine.read(picture.crop((0, top, picture.width, bottom)))
            self._language, self._expected = self._spoken(sample), sample.confidence
        page = engine.read(picture, self._language)
        # Less sure than the sample, or than the page before: there is another language on it.
        if self._language and page.confidence < self._expected - _NO_WORSE:
            self._language = None
            return max(page, engine.read(picture), key=lambda found: found.confidence)
        return page

    def _spoken(self, sample: RecognisedPage) -> str | None:
        """Return the language that a page is read in, by some of its lines; None for all of them together."""
        name = _NAMES.get(detect_language("\n".join(line.text for line in sample.lines)))
        return name if sample.sure and name in self._opened().languages else None
