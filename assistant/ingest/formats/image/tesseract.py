"""Tesseract: the side of a page that is up, the slant of its lines, and its words.

It runs in the process itself, so the limits of the sandbox hold for it, and it ends with the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from PIL import Image
from tesserocr import OEM, PSM, RIL, PyResultIterator, PyTessBaseAPI, iterate_level

from assistant.ingest.formats.image.language_data import languages_in
from assistant.ingest.formats.image.recognise import RecognisedPage
from assistant.ingest.formats.pdf.page_layout import Fragment
from assistant.ingest.sandbox.limits import PICTURE_SECONDS
from assistant.text.normalise import normalise_line

DPI = 300
"""The resolution, in dots per inch, that pictures of pages are taken to have."""
_POINTS = 72 / DPI
# Chosen by hand, on pages of three languages at 75 to 300 dpi (benchmarks/recognition.py).
_LINE_CONFIDENCE = 0.5  # below it a line is what was taken for letters in a drawing or a speck
_TURN_CONFIDENCE = 4.0  # of Tesseract in the side that is up; its documentation calls 15 "reasonably confident"
_OWN_SIZE = (0.83, 1.17)  # sizes relative to the page's usual one that are taken for it: rows without tall letters
_HALF_SIDE = 2_000  # pixels above which half of them tell which side is up, and the slant
_SAMPLE_LINES = 5  # by which the language of a page is told
_MARGIN = 8  # pixels around them
_CELL_GAP = 1.2  # white between two cells, relative to the size of the line, as in page_layout.py


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    left: int
    right: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Layout:
    """How the lines of a page lie.

    `slant` is the angle in radians, anti-clockwise, by which the page is rotated so that they are level. `middle`
    is where some lines in its middle begin and end, as shares of its height; a page of a few lines is all middle.
    """

    slant: float
    middle: tuple[float, float]


class Tesseract:
    """Tesseract with the languages in a folder, for the pages of one file."""

    def __init__(self, folder: Path) -> None:
        self.languages = languages_in(folder)
        self._folder = folder
        self._opened: dict[str, PyTessBaseAPI] = {}
        self._sides: PyTessBaseAPI | None = None
        if (folder / "osd.traineddata").exists():
            self._sides = PyTessBaseAPI(path=str(folder), lang="osd", psm=PSM.OSD_ONLY)

    def turn(self, picture: Image.Image) -> int:
        """Return by how many degrees, anti-clockwise, a page has to be turned so that its top is up.

        0 where it is not clear, as on a page of a few words.
        """
        if self._sides is None:
            return 0
        _show(self._sides, picture)
        found = self._sides.DetectOrientationScript()
        return int(found["orient_deg"]) if found and found["orient_conf"] >= _TURN_CONFIDENCE else 0

    def layout(self, picture: Image.Image) -> Layout:
        """Return how the lines of a page lie."""
        api = self._api(self.languages[0])
        half = _show(api, picture)
        found = api.AnalyseLayout()
        if found is None:
            return Layout(0.0, (0.0, 1.0))
        slant = median(block.Orientation()[3] for block in iterate_level(found, RIL.BLOCK))
        found.Begin()
        boxes = [line.BoundingBox(RIL.TEXTLINE) for line in iterate_level(found, RIL.TEXTLINE)]
        places = sorted((box[1], box[3]) for box in boxes if box)
        if len(places) < 3 * _SAMPLE_LINES:
            return Layout(slant, (0.0, 1.0))
        begin = (len(places) - _SAMPLE_LINES) // 2
        sample = places[begin : begin + _SAMPLE_LINES]
        top, bottom = sample[0][0] - _MARGIN, max(bottom for _, bottom in sample) + _MARGIN
        return Layout(slant, (max(0.0, top * half / picture.height), min(1.0, bottom * half / picture.height)))

    def read(self, picture: Image.Image, language: str | None = None) -> RecognisedPage:
        """Return the words of an upright page at DPI, read in `language`, without one in all languages together.

        The confidence is 0 if it takes too long.
        """
        api = self._api(language or "+".join(self.languages))
        api.SetImage(picture)
        api.SetSourceResolution(DPI)
        if not api.Recognize(int(PICTURE_SECONDS / 2 * 1000)):
            return RecognisedPage((), 0.0)
        lines: list[Fragment] = []
        confidences: list[float] = []
        for words, bottom, top in _lines(api.GetIterator()):
            own = [word.confidence for word in words]
            confidences += own
            if sum(own) >= _LINE_CONFIDENCE * len(own):
                lines += _fragments(words, (picture.height - bottom) * _POINTS, (picture.height - top) * _POINTS)
        confidence = sum(confidences) / len(confidences) if confidences else 1.0
        return RecognisedPage(tuple(_of_usual_size(lines)), confidence)

    def _api(self, languages: str) -> PyTessBaseAPI:
        if languages not in self._opened:
            api = PyTessBaseAPI(path=str(self._folder), lang=languages, psm=PSM.AUTO, oem=OEM.LSTM_ONLY)
            self._opened[languages] = api
        return self._opened[languages]


def _show(api: PyTessBaseAPI, picture: Image.Image) -> int:
    """Give Tesseract a page to look at, and return by how much it is reduced: half of the pixels are enough."""
    half = 2 if max(picture.size) > _HALF_SIDE else 1
    api.SetImage(picture.reduce(half) if half > 1 else picture)
    api.SetSourceResolution(DPI // half)
    return half


def _lines(found: PyResultIterator | None) -> Iterator[tuple[list[_Word], float, float]]:
    """Yield the words of each line that has letters or digits, with its bottom and top in pixels from the top."""
    words: list[_Word] = []
    bottom = top = 0.0
    for word in iterate_level(found, RIL.WORD) if found is not None else ():
        if word.IsAtBeginningOf(RIL.TEXTLINE):
            words = []
            row, base = word.RowAttributes(), word.Baseline(RIL.TEXTLINE)
            bottom = (base[0][1] + base[1][1]) / 2 - row["descenders"]
            top = bottom - row["row_height"]
        box = word.BoundingBox(RIL.WORD)
        if box and (text := normalise_line(word.GetUTF8Text(RIL.WORD))):
            words.append(_Word(text, box[0], box[2], word.Confidence(RIL.WORD) / 100))
        if word.IsAtFinalElement(RIL.TEXTLINE, RIL.WORD) and any(map(str.isalnum, "".join(w.text for w in words))):
            yield words, bottom, top


def _fragments(words: list[_Word], bottom: float, top: float) -> Iterator[Fragment]:
    """Yield the words of a line as fragments: what a wide gap sets apart is another cell."""
    runs: list[list[_Word]] = []
    for word in words:
        if runs and (word.left - runs[-1][-1].right) * _POINTS <= _CELL_GAP * (top - bottom):
            runs[-1].append(word)
        else:
            runs.append([word])
    for run in runs:
        text = " ".join(word.text for word in run).strip(" |")  # rulings of a table are taken for bars
        if text:
            yield Fragment(text, run[0].left * _POINTS, bottom, run[-1].right * _POINTS, top)


def _of_usual_size(lines: list[Fragment]) -> Iterator[Fragment]:
    """Yield the lines with one size where they have about one: a row without tall letters is measured smaller."""
    sizes = sorted(line.size for line in lines for _ in line.text)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    for line in lines:
        own = _OWN_SIZE[0] * usual < line.size < _OWN_SIZE[1] * usual
        yield replace(line, top=line.bottom + usual) if own else line
