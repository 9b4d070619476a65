"""Wherever words stand on a page, none of them is lost and none comes twice."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ingest.formats.pdf.page_layout import Fragment, assemble, join, read_blocks, read_columns
from assistant.ingest.formats.pdf.running_headers import remove_running_headers

WORDS = st.lists(
    st.sampled_from("ferry Łódź bệnh viện bridge 340 island nie-bieski Smith-".split()), min_size=1, max_size=9
)
PLACE = st.floats(-50, 900)


@st.composite
def fragments(draw: st.DrawFn) -> Fragment:
    """Words anywhere, of any size, often in line with others."""
    text = " ".join(draw(WORDS))
    left = draw(st.one_of(st.sampled_from([60.0, 320.0]), PLACE))
    bottom = draw(st.one_of(st.integers(5, 60).map(lambda line: 13.0 * line), PLACE))
    size = draw(st.sampled_from([10.0, 10.0, 10.0, 16.0, 0.1, 90.0]))
    return Fragment(text, left, bottom, left + 0.5 * size * len(text), bottom + size, draw(st.booleans()))


def words(texts: list[str]) -> Counter[str]:
    return Counter(word for text in texts for word in text.split() if word != "|")


@given(st.lists(fragments(), max_size=60))
def test_columns_hold_every_fragment_once(page: list[Fragment]) -> None:
    lines = [line.text for column in read_columns(page) for line in column]
    assert words(lines) == words([fragment.text for fragment in page])


@pytest.mark.slow
@given(st.lists(st.lists(fragments(), max_size=20), max_size=5))
def test_every_letter_that_is_no_boilerplate_is_in_the_text_and_pages_are_in_order(pages: list[list[Fragment]]) -> None:
    kept = remove_running_headers([read_columns(page) for page in pages])
    text, starts = assemble(read_blocks(kept))
    letters = Counter(
        sign for page in kept for column in page for line in column for sign in line.text if sign.isalnum()
    )
    assert Counter(filter(str.isalnum, text)) == letters
    assert len(starts) == len(pages)
    assert list(starts) == sorted(starts)


def test_a_broken_word_is_joined_as_the_document_writes_it() -> None:
    assert join("the adminis-", "tration", frozenset()) == "the administration"
    assert join("the cross-", "border", frozenset({"cross-border"})) == "the cross-border"
    assert join("the vn-", "Tokenizer", frozenset({"vntokenizer"})) == "the vnTokenizer"
    assert join("Smith-", "Jones", frozenset()) == "Smith-Jones"
    assert join("pages 7-", "12", frozenset()) == "pages 7-12"
