"""Legacy Vietnamese in a Word file: text in fonts of its codes is put into Unicode. Runs in the worker only.

A run is in the font that it states, else in that of its character style, its paragraph's style, the default style, the
defaults of the file.
"""

from __future__ import annotations

from itertools import groupby

from assistant.ingest.formats.docx.docx_parts import W, value
from assistant.ingest.formats.xml_parts import Element
from assistant.text.vietnamese.legacy_codes import LegacyFont, font_code
from assistant.text.vietnamese.legacy_reader import LegacyReader

_MAX_BASES = 20  # styles can be based on each other in a circle


class Fonts:
    """The fonts of a Word file's styles; `root` is its part of styles."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else list(root.iter(W + "style"))
        self._styles = {style.get(W + "styleId") or "": style for style in styles}
        paragraphs = (style for style in styles if style.get(W + "type") == "paragraph")
        default = next((style for style in paragraphs if style.get(W + "default") in ("1", "true")), None)
        self._default = "" if default is None else default.get(W + "styleId") or ""
        self._of_file = None if root is None else _stated(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        self._known: dict[str, str | None] = {}

    def convert(self, root: Element, reader: LegacyReader) -> None:
        """Put the text under an element into Unicode where `reader` or its font says that it is not."""
        for paragraph in root.iter(W + "p"):
            texts = [text for text in paragraph.iter(W + "t") if text.text and _paragraph(text) is paragraph]
            style = value(paragraph.find(f"{W}pPr/{W}pStyle")) or self._default
            for font, group in groupby(texts, key=lambda text: self._font(text.getparent(), style)):
                _convert(list(group), font, reader)

    def _font(self, run: Element, paragraph_style: str) -> LegacyFont | None:
        properties = run.find(W + "rPr")
        name = _stated(properties)
        if name is None and properties is not None:
            name = self._of_style(value(properties.find(W + "rStyle")) or "")
        if name is None:
            name = self._of_style(paragraph_style) or self._of_style(self._default) or self._of_file
        return font_code(name) if name else None

    def _of_style(self, key: str) -> str | None:
        """Return the font of a style, or of those it is based on."""
        if key not in self._known:
            name, base = None, key
            for _ in range(_MAX_BASES):
                style = self._styles.get(base)
                if style is None or name is not None:
                    break
                name, base = _stated(style.find(W + "rPr")), value(style.find(W + "basedOn")) or ""
            self._known[key] = name
        return self._known[key]


def _paragraph(text: Element) -> Element | None:
    """Return the innermost paragraph around an element: text boxes have paragraphs in a paragraph."""
    return next(text.iterancestors(W + "p"), None)


def _stated(properties: Element | None) -> str | None:
    fonts = None if properties is None else properties.find(W + "rFonts")
    return None if fonts is None else fonts.get(W + "hAnsi") or fonts.get(W + "ascii")


def _convert(texts: list[Element], font: LegacyFont | None, reader: LegacyReader) -> None:
    """Convert the text of neighbouring runs in one font; a letter and its sign may be in two of them."""
    whole = "".join(text.text for text in texts)
    converted = reader.read_font(whole, font)
    if converted == whole:
        return
    parts = [reader.read_font(text.text, font) for text in texts]
    if "".join(parts) != converted:
        parts = [converted, *[""] * (len(texts) - 1)]
    for text, part in zip(texts, parts, strict=True):
        text.text = part
