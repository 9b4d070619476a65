"""HTML that is all content, as in an e-mail or a book: every block of it, without looking for an article."""

from __future__ import annotations

from assistant.ingest.formats.html.html_blocks import read_blocks
from assistant.ingest.formats.html.html_legacy import convert_legacy
from assistant.ingest.formats.html.html_page import render
from assistant.ingest.formats.html.html_tree import parse_tree


def html_blocks_text(markup: str) -> tuple[list[str], tuple[str, ...]]:
    """Return the texts of the visible paragraphs, headings ("## …"), lists and tables, in order.

    The other is the legacy codes that some of it was in (html_legacy.py).
    """
    tree = parse_tree(markup)
    if tree is None:
        return [], ()
    codes = convert_legacy(tree)
    return render(read_blocks(tree)), codes
