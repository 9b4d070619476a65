"""Original pages over HTTP: where they can be drawn, and an answer without them where they cannot."""

from __future__ import annotations

from fastapi.testclient import TestClient

from assistant.records import Document
from assistant.server.application import create_app
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant

PAPER = Document("sub/paper.pdf", "Paper", "One. Two. Three.", pages=(0, 5, 10))


class OnePaper(FakeAssistant):
    def document(self, doc_id: str) -> Document:
        return PAPER if doc_id == PAPER.doc_id else super().document(doc_id)


class Drawer:
    """Notes what it draws, as a picture of nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def has(self, document: Document) -> bool:
        return document == PAPER

    def draw(self, document: Document, page: int, start: int | None = None, end: int | None = None) -> bytes | None:
        self.asked.append((document.doc_id, page, start, end))
        return b"picture" if page < 3 else None


def client(drawer: Drawer | None) -> TestClient:
    return TestClient(create_app(OnePaper(), ServeSettings(audit="off"), pages=drawer), base_url="http://localhost")


def test_pages_are_drawn_with_the_quote() -> None:
    drawer = Drawer()
    found = client(drawer).get("/page-images/2/sub/paper.pdf?start=5&end=9")
    assert (found.status_code, found.headers["content-type"], found.content) == (200, "image/jpeg", b"picture")
    assert client(drawer).get("/page-images/1/sub/paper.pdf?start=9&end=5").status_code == 200
    assert drawer.asked == [("sub/paper.pdf", 2, 5, 9), ("sub/paper.pdf", 1, None, None)]


def test_the_page_of_the_quote_is_shown_and_another_where_it_is_asked_for() -> None:
    get = client(Drawer()).get
    assert "page-images/2/sub/paper.pdf?start=5&amp;end=9" in get("/documents/sub/paper.pdf?start=5&end=9").text
    assert "page-images/1/sub/paper.pdf" in get("/documents/sub/paper.pdf").text
    assert "page-images/3/sub/paper.pdf" in get("/documents/sub/paper.pdf?page=99").text
    assert "page-images" not in get("/documents/plain.txt").text


def test_what_cannot_be_drawn_is_not_found() -> None:
    get = client(Drawer()).get
    assert get("/page-images/3/sub/paper.pdf").status_code == 404
    assert get("/page-images/1/none.pdf").status_code == 404
    assert get("/page-images/0/sub/paper.pdf").status_code == 422
    assert client(None).get("/page-images/1/sub/paper.pdf").status_code == 404
    assert "page-images" not in client(None).get("/documents/sub/paper.pdf").text
