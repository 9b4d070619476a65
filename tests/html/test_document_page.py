"""The document page: the marked characters are the ones asked for, whatever the text holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.html.document_page import document_page, not_found_page, parse_span
from assistant.html.document_parts import Span
from assistant.html.strings import ALL, ENGLISH
from assistant.records import Document
from tests.fake_assistant import HOSTILE, PLAIN, Reader

texts = st.text(alphabet=st.one_of(st.sampled_from("ab <>&\"'# \n"), st.characters(codec="utf-8")), min_size=1)


def marked(document: Document, start: int, end: int) -> str:
    return "".join(Reader(document_page(document, Span(start, end), ENGLISH)).marks)


@given(texts.filter(lambda text: not re.search(r"[\x00-\x1f\x7f-\x9f]|#", text)), st.data())
def test_the_page_marks_exactly_the_slice(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = Document("d", "D", f"x{text}x")  # the x keep a text of spaces from being no paragraph
    assert marked(document, start + 1, end + 1) == document.text[start + 1 : end + 1]


@given(st.text(alphabet="ab# <\n", min_size=1), st.data())
def test_across_paragraphs_and_headings_only_spaces_and_heading_signs_are_left_out(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    hidden = {match.start() for match in re.finditer(r"\s", text)}
    for match in re.finditer(r"^#{1,6} +(?=\S)", text, re.MULTILINE):
        hidden |= set(range(match.start(), match.end()))
    expected = "".join(text[i] for i in range(start, end) if i not in hidden)
    assert "".join(marked(Document("d", "D", text), start, end).split()) == expected


def test_the_first_mark_is_where_the_link_jumps() -> None:
    page = document_page(PLAIN, Span(0, len(PLAIN.text)), ENGLISH)
    assert page.count('id="quote"') == 1
    assert '<h2><mark id="quote">Opening</mark></h2>' in page


def test_the_page_names_the_further_addresses_of_its_text() -> None:
    also_at = ("https://example.org/copy?a=1&b=2", "javascript:alert(1)")
    document = Document("d", "D", "Text.", url="https://example.org/", url_kind="page", also_at=also_at)
    found = Reader(document_page(document, None, ENGLISH))
    assert "Also at: https://example.org/copy?a=1&b=2" in found.text
    assert "https://example.org/copy?a=1&b=2" in found.links
    assert not any("javascript" in link for link in found.links)


def test_the_page_shows_hostile_text_as_text() -> None:
    page = document_page(HOSTILE, None, ENGLISH)
    found = Reader(page)
    assert HOSTILE.text in found.text
    assert HOSTILE.title in found.text
    assert "img" not in found.tags
    assert page.count("<script") == 1, "our own"
    assert not found.comments
    assert not any("javascript" in link for link in found.links)


def test_the_page_names_its_languages() -> None:
    page = document_page(PLAIN, None, ALL["pl"])
    assert '<html lang="pl">' in page
    assert '<article lang="en"' in page


@pytest.mark.parametrize(
    ("start", "end"),
    [
        *[("5", "3"), ("-1", "3"), ("0", "100000"), ("3", "3"), ("9" * 40, "9" * 41)],
        *[("a", "b"), ("１", "４"), ("1e1", "20"), ("1", None), (None, "4"), ("1", "")],
    ],
)
def test_bad_offsets_are_refused(start: str | None, end: str | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_span(start, end, PLAIN)


def test_good_offsets_and_none_are_accepted() -> None:
    assert parse_span("0", "4", PLAIN) == Span(0, 4)
    assert parse_span(None, None, PLAIN) is None


def test_a_missing_document_leads_back() -> None:
    found = Reader(not_found_page(ENGLISH, root="/prefix"))
    assert "/prefix/" in found.links
    assert ENGLISH.not_found in found.text


def test_an_original_page_stands_above_the_text_and_takes_the_place_of_the_mark() -> None:
    document = Document("a b.pdf", "D", "One. Two. Three.", pages=(0, 5, 10))
    page = document_page(document, Span(5, 9), ENGLISH, root="/prefix", panel=True, original=2)
    found = Reader(page)
    assert 'src="/prefix/page-images/2/a%20b.pdf?start=5&amp;end=9" alt="Page 2 of 3 of the original"' in page
    assert '<figure class="original" id="quote">' in page
    assert page.count('id="quote"') == 1
    assert found.marks == ["Two."]
    assert [link for link in found.links if "page=" in link] == [
        "/prefix/documents/a%20b.pdf?page=1&lang=en&panel=1",
        "/prefix/documents/a%20b.pdf?page=3&lang=en&panel=1",
    ]
    other = document_page(document, Span(5, 9), ENGLISH, original=3)
    assert '<mark id="quote">Two.</mark>' in other, "the quote is on another page than the one shown"
    assert "start=" not in other
