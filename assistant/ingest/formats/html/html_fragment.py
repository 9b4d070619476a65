"""HTML that is all content, as in an e-mail or a book: every block of it, without looking for an article."""

from __future__ import annotations

from assistant.ingest.formats.html.html_blocks import read_blocks
from assistant.ingest.formats.html.html_page import render
from assistant.ingest.formats.html.html_tree import parse_tree


def html_blocks_text(markup: str) -> list[str]:
    """Return the texts of the visible paragraphs, headings ("## …"), lists and tables, in order."""
    tree = parse_tree(markup)
    return [] if tree is None else render(read_blocks(tree))
