"""Character error rate and speed of text recognition.

    python -m benchmarks.recognition [PAGES] [--json OUT]

Draws PAGES pages (40 by default) of known sentences, of eval/statements.jsonl, in Polish, Vietnamese and English and in
four fonts, at 300 dpi; then reads each clean, slanted by 2 degrees to one side or the other, at 150 dpi, and noisy.
Prints the mean and the worst rate of each, in percent of the characters of the right text, and the seconds of CPU and
of wall time a page.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from assistant.ingest.formats.image.image_text import read_image
from assistant.ingest.formats.image.language_data import language_folder, missing
from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.sandbox.limits import RefusedError
from testkit.papers import BODY, pdf
from testkit.pictures import character_error_rate, drawn_pages, noisy, saved, slanted

ROOT = Path(__file__).parents[1]
LANGUAGES = ("vi", "pl", "en")
_FONTS = Path("/usr/share/fonts/truetype")
FONTS = {
    "Roboto": None,  # of the Python package font-roboto
    "DejaVu Serif": _FONTS / "dejavu" / "DejaVuSerif.ttf",
    "DejaVu Sans": _FONTS / "dejavu" / "DejaVuSans.ttf",
    "Roboto Bold": None,
}
"""Fonts with the letters of all three languages. Those of Debian (fonts-dejavu-core) are left out where missing."""
PAGE_CHARS = 1_800
PARAGRAPH_SENTENCES = 4


class Outcome(NamedTuple):
    """What came of a page: its character error rate, seconds of CPU and of wall time, and the stated confidence."""

    rate: float
    cpu_s: float
    wall_s: float
    confidence: float


def sentences() -> dict[str, list[str]]:
    """The known sentences by language."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "eval" / "statements.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["lang"], []).append(" ".join(row["sentence"].split()))
    return {language: list(dict.fromkeys(found[language])) for language in LANGUAGES}


def page(language: str, font: str, known: dict[str, list[str]], rng: random.Random) -> tuple[bytes, str]:
    """A PDF of one page, and its text."""
    left = rng.sample(known[language], len(known[language]))
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < PAGE_CHARS:
        paragraphs.append(" ".join(left.pop() for _ in range(PARAGRAPH_SENTENCES)))
    style = ParagraphStyle(font, parent=BODY, fontName=font, fontSize=11, leading=14.5)
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in paragraphs]
    return pdf([Paragraph(text, style) for text in escaped]), " ".join(paragraphs)


def _register() -> list[str]:
    names = {"Roboto": "Regular", "Roboto Bold": "Bold"}
    for name, path in FONTS.items():
        if path is not None and path.exists():
            pdfmetrics.registerFont(TTFont(name, str(path)))
            names[name] = name
    return list(names.values())


def read(picture: Image.Image, right: str) -> Outcome:
    """Recognise a page as a file of its own, and compare it with its text."""
    data = saved(picture, "PNG")
    cpu, wall = time.process_time(), time.monotonic()
    try:
        found = read_image(data, TextRecognition(language_folder()))
        text, confidence = found.text, found.recognised[0][1]
    except RefusedError:
        text, confidence = "", 0.0
    seconds = time.process_time() - cpu, time.monotonic() - wall
    # A heading is marked; a page that is all body has none.
    return Outcome(character_error_rate(text.replace("# ", ""), right), *seconds, confidence)


CONDITIONS: dict[str, Callable[[bytes, int], Image.Image]] = {
    "clean, 300 dpi": lambda data, _: drawn_pages(data)[0],
    "slanted by 2°": lambda data, number: slanted(drawn_pages(data)[0], -2 if number % 2 else 2),
    "150 dpi": lambda data, _: drawn_pages(data, 150)[0],
    "noisy": lambda data, _: noisy(drawn_pages(data)[0]),
}
"""How a page is drawn, given its PDF and its number."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="?", type=int, default=40)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args()
    if language_folder() is None:
        parser.error(" ".join(missing()))
    known, fonts, rng = sentences(), _register(), random.Random(17)
    made = [page(LANGUAGES[n % 3], fonts[n % len(fonts)], known, rng) for n in range(options.pages)]
    rows: dict[str, list[Outcome]] = {}
    print("| pages | mean CER | worst | pl | vi | en | confidence | CPU s a page | wall s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, draw in CONDITIONS.items():
        rows[name] = found = [read(draw(data, number), right) for number, (data, right) in enumerate(made)]
        mean = {lang: _mean([o.rate for o in found[n::3]]) for n, lang in enumerate(LANGUAGES)}
        print(
            f"| {name} | {_mean([o.rate for o in found]):.2%} | {max(o.rate for o in found):.2%} "
            f"| {mean['pl']:.2%} | {mean['vi']:.2%} | {mean['en']:.2%} | {_mean([o.confidence for o in found]):.2f} "
            f"| {_mean([o.cpu_s for o in found]):.2f} | {_mean([o.wall_s for o in found]):.2f} |",
            flush=True,
        )
    print(f"Peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB.")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))


if __name__ == "__main__":
    main()
