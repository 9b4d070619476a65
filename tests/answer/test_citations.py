from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.citations import cite, link_to
from assistant.answer.links import document_link, document_path
from assistant.records import Document, UrlKind

TEXT = "Before it all. The rate, now 3.57% - the lowest, fell & stayed so for the whole of the last year in town. End."
QUOTE = TEXT[15:-5]


def document(url: str | None, kind: UrlKind | None, text: str = TEXT) -> Document:
    return Document("folder/a b&c.txt", "Title", text, url=url, url_kind=kind)


def link(url: str | None, kind: UrlKind | None) -> str:
    start = TEXT.index(QUOTE)
    return link_to(document(url, kind), start, start + len(QUOTE))


def test_an_indexed_page_opens_at_the_words() -> None:
    address, _, directive = link("https://example.org/page", "page").partition("#:~:text=")
    assert address == "https://example.org/page"
    first, last = directive.split(",")
    assert QUOTE.startswith(unquote(first))
    assert QUOTE.endswith(unquote(last))
    assert "-" not in directive
    assert "&" not in directive


def test_a_fragment_of_the_address_is_kept() -> None:
    assert link("https://example.org/page#part", "page").startswith("https://example.org/page#part:~:text=")


def test_an_attributed_address_is_opened_plainly() -> None:
    assert link("https://example.org/other", "attributed") == "https://example.org/other"


def test_without_address_the_document_page_is_opened() -> None:
    assert link(None, None) == f"/documents/folder/a%20b%26c.txt?start=15&end={15 + len(QUOTE)}#quote"


def test_a_citation_and_a_page_lead_to_one_document_page() -> None:
    own = document(None, None)
    assert document_path(own.doc_id, 15, 20) == link_to(own, 15, 20) == "/" + document_link(own.doc_id, 15, 20)


def test_words_that_stand_twice_are_told_apart_by_what_is_before() -> None:
    text = "In May it rained. In June it rained."
    start = text.rindex("it rained.")
    link = link_to(document("https://example.org", "page", text), start, len(text))
    assert unquote(link).endswith(":~:text=rained. In June-,it rained.")


@given(st.text(min_size=1, max_size=80), st.data())
def test_every_link_is_one_line_of_plain_ascii(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    kind: UrlKind | None = data.draw(st.sampled_from(["page", None]))
    shown = Document(
        "d", "t", text.encode("utf-8", "replace").decode(), url="https://a.vn" if kind else None, url_kind=kind
    )
    link = link_to(shown, start, len(text))
    assert link.isascii()
    assert not any(char.isspace() or char in "<>\"'" for char in link)


@pytest.mark.parametrize("doc_id", ["../../etc/passwd", "a?b#c", "<script>"])
def test_document_ids_are_escaped(doc_id: str) -> None:
    path = link_to(Document(doc_id, "t", "text"), 0, 4)
    assert path.count("?") == path.count("#") == 1
    assert "<" not in path


def test_link_into_a_document_with_pages_opens_the_page() -> None:
    text = "One page. Another page. The last."
    document = Document("a.pdf", "A", text, "https://a.example/a.pdf#old", "page", pages=(0, 10, 24))
    links = [link_to(document, text.index(word), len(text)) for word in ("One", "page. A", "Another", "The last")]
    assert [link.removeprefix("https://a.example/a.pdf") for link in links] == [
        "#page=1", "#page=1", "#page=2", "#page=3",
    ]  # fmt: skip


def test_a_citation_names_the_page_on_which_its_quote_begins_with_and_without_an_address() -> None:
    text = "One page. Another page. The last."
    local = Document("a.pdf", "A", text, pages=(0, 10, 24))
    addressed = replace(local, url="https://a.example/a.pdf", url_kind="page")
    for document in (local, addressed):
        assert [cite(document, start, len(text), 1).page for start in (0, 9, 10, 24)] == [1, 1, 2, 3]
    assert cite(Document("a.txt", "A", text), 3, 8, 1).page is None


def test_only_the_address_of_the_file_itself_has_its_pages() -> None:
    text = "One page. Another page."
    reprint = Document("a.pdf", "A", text, "https://a.example/story", "attributed", pages=(0, 10))
    assert link_to(reprint, 10, 17) == "https://a.example/story"
    assert link_to(Document("a.pdf", "A", text, pages=(0, 10)), 10, 17).startswith("/documents/a.pdf?start=10")
