"""Legacy Vietnamese in a PDF: text in fonts of its codes, or whose letters are in one, is put into Unicode.

Runs in a worker process only. PDF programs take the byte of "ư" in TCVN3 for a hyphen, so hyphens in words are read as
that letter where this makes a syllable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.ingest.formats.pdf.page_layout import Fragment
from assistant.text.normalise import normalise_line
from assistant.text.vietnamese.legacy_codes import LegacyFont
from assistant.text.vietnamese.legacy_reader import LegacyReader, restore_hyphens

_SOFT_HYPHEN = "\ue0ad"  # stands for U+00AD, which normalisation removes, until the code of the file is known


def normalise_legacy(text: str) -> str:
    """Return `text` as one normalised line that `convert_legacy` can still convert."""
    return normalise_line(text.replace("\xad", _SOFT_HYPHEN))


def convert_legacy(pages: Sequence[Sequence[Fragment]]) -> tuple[list[list[Fragment]], tuple[str, ...]]:
    """Return the fragments of all pages in Unicode, and the codes found, in order of their names."""
    lines = (line for page in pages for fragment in page for line in (fragment.text, *fragment.rows))
    reader = LegacyReader(_raw(line) + "\n" for line in lines)
    converted = [[_convert(fragment, reader) for fragment in page] for page in pages]
    return converted, tuple(sorted(reader.found))


def _convert(fragment: Fragment, reader: LegacyReader) -> Fragment:
    rows = tuple(_read(row, None, reader) for row in fragment.rows)
    return replace(fragment, text=_read(fragment.text, fragment.legacy_font, reader), rows=rows)


def _read(text: str, font: LegacyFont | None, reader: LegacyReader) -> str:
    if font is None and not reader.expects:
        return text.replace(_SOFT_HYPHEN, "")
    return normalise_line(reader.read_font(_raw(text), font))


def _raw(text: str) -> str:
    return restore_hyphens(text.replace(_SOFT_HYPHEN, "\xad"))
