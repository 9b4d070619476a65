"""The folder of the style sheets, scripts and icons of the pages."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
