"""Where the style sheets, scripts and icons of the pages lie."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
