"""Original pages: drawn from the file of a document, the quote marked, and from no other file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.originals.draw_page import draw_page
from assistant.originals.page_images import PageImages
from assistant.records import Document
from testkit.papers import drawn, write_lines

pytestmark = pytest.mark.slow

FIRST, SECOND = "The mill by the river grinds rye.", "The harbour of Ustka is nine metres deep."


def two_pages(second: str = SECOND) -> bytes:
    def write(canvas: Any) -> None:
        write_lines(canvas, 60, 700, [FIRST])
        canvas.showPage()
        write_lines(canvas, 60, 700, [second])

    return drawn(write)


def document_of(name: str, data: bytes) -> Document:
    ((_, parsed),) = parse_file(name, data, None)
    assert isinstance(parsed, ParsedDocument)
    assert parsed.document is not None
    return parsed.document


@pytest.fixture
def paper(tmp_path: Path) -> Document:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/paper.pdf").write_bytes(two_pages())
    return document_of("sub/paper.pdf", two_pages())


def marked_share(picture: bytes) -> float:
    """The share of the page in the colour of the mark."""
    red, green, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")), 2, 0)
    return float(((red > 200) & (green > 180) & (blue < 170)).mean())


def test_the_quote_is_marked_on_its_page(tmp_path: Path, paper: Document) -> None:
    images = PageImages([str(tmp_path)])
    assert images.has(paper)
    start = paper.text.index(SECOND)
    page = paper.page_at(start)
    assert page == 2
    marked = images.draw(paper, page, start, start + len(SECOND))
    plain = images.draw(paper, page)
    assert marked
    assert plain
    assert marked_share(plain) == 0
    assert 0.001 < marked_share(marked) < 0.05, "a line of the page, not the page"
    assert images.draw(paper, page, start, start + len(SECOND)) is marked, "drawn once"


def test_a_page_that_has_changed_is_not_drawn_under_the_quote(tmp_path: Path, paper: Document) -> None:
    images = PageImages([str(tmp_path)])
    (tmp_path / "sub/paper.pdf").write_bytes(two_pages("Oats and barley."))
    start = paper.text.index(SECOND)
    assert images.draw(paper, 2, start, start + len(SECOND)) is None


@pytest.mark.parametrize("doc_id", ["../paper.pdf", "/etc/passwd", "sub", "sub/none.pdf", "notes.txt", "a\0b"])
def test_only_a_pdf_in_the_folder_is_read(tmp_path: Path, doc_id: str) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "paper.pdf").write_bytes(two_pages())
    (folder / "notes.txt").write_text("notes", "utf-8")
    images = PageImages([str(folder), "https://example.org/"])
    document = Document(doc_id, "t", "text", pages=(0,))
    assert not images.has(document)
    assert images.draw(document, 1) is None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "paper.pdf").write_bytes(two_pages())
    (folder / "paper.pdf").symlink_to(tmp_path / "paper.pdf")
    assert not PageImages([str(folder)]).has(Document("paper.pdf", "t", "text", pages=(0,)))


def test_a_lone_file_is_a_source_too(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(two_pages())
    images = PageImages([str(tmp_path / "paper.pdf")])
    assert images.has(Document("paper.pdf", "t", "text", pages=(0, 2)))
    assert not images.has(Document("other.pdf", "t", "text", pages=(0, 2)))


def test_damaged_files_and_pages_that_are_none_are_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7\n" + b"\0" * 500)
    images = PageImages([str(tmp_path)])
    document = Document("bad.pdf", "t", "text", pages=(0, 2))
    assert images.draw(document, 1) is None
    assert images.draw(document, 3) is None
    with pytest.raises(LookupError):
        draw_page(two_pages(), 9, [])
