from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.citations import cite
from assistant.errors import QuestionError
from assistant.filter import Facets, Filter
from assistant.records import Chunk, Citation, Document

TEXT = st.text(min_size=1, max_size=200)


@given(TEXT, st.data())
def test_a_citation_quotes_the_document_exactly(text: str, data: st.DataObject) -> None:
    document = Document("d", "title", text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    citation = cite(document, start, end, 1)
    assert citation.quote == document.text[citation.start : citation.end] == text[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 0), (3, 2), (0, 6), (5, 6)])
def test_a_citation_outside_the_text_is_rejected(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a slice"):
        Citation(1, start, end, "", Document("d", "t", "12345"))


@pytest.mark.parametrize("place", [(0, 2), (3, 6), (3, 3), (4, 2)])
def test_a_short_answer_outside_the_quote_is_rejected(place: tuple[int, int]) -> None:
    document = Document("d", "t", "1234567")
    assert Citation(1, 1, 5, "", document, (2, 5)).short_answer == (2, 5)
    with pytest.raises(ValueError, match="not inside the quote"):
        Citation(1, 1, 5, "", document, place)


def test_a_quote_cannot_be_passed_in() -> None:
    with pytest.raises(TypeError):
        Citation(1, 0, 3, "", Document("d", "t", "12345"), quote="other words")  # type: ignore[call-arg]
    citation = cite(Document("d", "t", "12345"), 0, 3, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        citation.quote = "other words"  # type: ignore[misc]


def test_zero_citation_is_rejected() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        Citation(0, 0, 3, "", Document("d", "t", "12345"))


def test_an_address_without_its_kind_is_rejected() -> None:
    with pytest.raises(ValueError, match="url_kind"):
        Document("d", "t", "text", url="https://example.org")


def test_chunk_ids_come_from_content() -> None:
    document = Document("d", "t", "one two")
    assert Chunk.cut(document, 0, 3).chunk_id == Chunk.cut(Document("d", "other title", "one two"), 0, 3).chunk_id
    assert Chunk.cut(document, 0, 3).chunk_id != Chunk.cut(document, 4, 7).chunk_id
    assert Chunk.cut(document, 0, 3).chunk_id != Chunk.cut(Document("e", "t", "one two"), 0, 3).chunk_id


def test_a_document_is_filtered_by_the_host_of_its_address() -> None:
    assert Facets.of("en", "https://www.example.org:8080/a?b", None).site == "example.org"
    for odd in (None, "https://[bad", "no address"):
        assert Facets.of("en", odd, None).site is None
    assert Facets.of("en", None, '2024"><script>').published is None


@pytest.mark.parametrize(
    ("only", "admitted"),
    [
        (Filter(), True),
        (Filter(languages=("pl", "en")), True),
        (Filter(languages=("pl",)), False),
        (Filter(sites=("example.org",)), True),
        (Filter(sites=("example.com",)), False),
        (Filter(since="2024-05-31", until="2024-05-31"), True),
        (Filter(since="2024-06-01"), False),
        (Filter(until="2024-05-30"), False),
        (Filter(("en",), ("example.com",)), False),
    ],
)
def test_what_a_filter_admits(only: Filter, *, admitted: bool) -> None:
    assert only.admits(Facets("en", "example.org", "2024-05-31")) is admitted


def test_what_has_no_date_is_in_no_span() -> None:
    undated = Facets("en", None, None)
    assert Filter().admits(undated)
    assert not Filter(since="2000-01-01").admits(undated)
    assert not Filter(until="2030-01-01").admits(undated)


@pytest.mark.parametrize("day", ["", "2024", "31.05.2024", "2024-02-32", "20240531", "2024-W01-1"])
def test_a_filter_with_no_date_is_refused(day: str) -> None:
    with pytest.raises(QuestionError, match="is no date"):
        Filter(since=day)
