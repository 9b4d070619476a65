"""The language data of Tesseract on this machine. Imports no library: a build asks before it parses anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

BINDING = "tesserocr"
"""The package that runs Tesseract in the process that parses."""
PREFERRED = ("vie", "pol", "eng")
"""Languages that are recognised together. Their order decides between readings that are equally likely."""
_MOST = 3  # languages recognised together: each takes more time
_NO_LANGUAGES = ("osd", "equ")
_SUFFIX = ".traineddata"


def language_folder() -> Path | None:
    """Return the folder with the language data of Tesseract; None if it, or the package that runs it, is missing.

    TESSDATA_PREFIX, the variable of Tesseract itself, names a folder; otherwise the usual places are looked at.
    """
    if find_spec(BINDING) is None:
        return None
    return next((folder for folder in _folders() if languages_in(folder)), None)


def languages_in(folder: Path) -> tuple[str, ...]:
    """Return the languages that are recognised with the data in `folder`, most preferred first; () if there are none.

    Those of PREFERRED come first, then others that are installed.
    """
    found = {path.name.removesuffix(_SUFFIX) for path in folder.glob(f"*{_SUFFIX}")}.difference(_NO_LANGUAGES)
    return (*(name for name in PREFERRED if name in found), *sorted(found.difference(PREFERRED)))[:_MOST]


def missing() -> tuple[str, str]:
    """Return what text recognition lacks on this machine, and a hint how to install it."""
    if find_spec(BINDING) is None:
        return "the package tesserocr is not installed", f"Install it (pip install {BINDING}) and index again."
    return (
        "the language data of Tesseract are not installed",
        "Install them for text recognition (OCR) and index again; on Debian and Ubuntu: "
        "apt install tesseract-ocr tesseract-ocr-eng tesseract-ocr-pol tesseract-ocr-vie",
    )


def _folders() -> Iterator[Path]:
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        yield Path(prefix)
        yield Path(prefix, "tessdata")
    yield from sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)  # Debian
    for place in (
        "/usr/share",
        "/usr/share/tesseract",
        "/usr/local/share",
        "/opt/homebrew/share",
        sys.prefix + "/share",
    ):
        yield Path(place, "tessdata")
    if sys.platform == "win32":
        yield Path(os.environ.get("PROGRAMFILES", r"C:\Program Files"), "Tesseract-OCR", "tessdata")
