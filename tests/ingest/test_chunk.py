from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ingest.chunk import Limits, split_document
from assistant.protocols import LayeredEncoder
from assistant.records import Document
from assistant.text.tokens import TokenCounter

ENCODER_BYTES = 200
TEXT = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("   \n\n...##- aąbộ1;|")), max_size=600)


@pytest.fixture(scope="session")
def counter() -> TokenCounter:
    return TokenCounter()


def limits(counter: TokenCounter, tokens: int = 256, overlap: int = 1, window: int = 10**6) -> Limits:
    return Limits(tokens, overlap, counter.count, lambda text: len(text.encode()) <= window)


@given(TEXT, st.integers(4, 40), st.integers(0, 3))
def test_chunks_are_exact_slices_that_cover_the_text(
    counter: TokenCounter, text: str, tokens: int, overlap: int
) -> None:
    document = Document("d", "t", text)
    covered: set[int] = set()
    for chunk in split_document(document, limits(counter, tokens, overlap, ENCODER_BYTES))[0]:
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert len(chunk.text) == 1 or counter.count(chunk.text) <= tokens
        assert len(chunk.text) == 1 or len(chunk.text.encode()) <= ENCODER_BYTES
        covered |= set(range(chunk.start, chunk.end))
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)


@given(TEXT, st.integers(4, 40))
def test_sentences_are_in_order_and_leave_nothing_out(counter: TokenCounter, text: str, tokens: int) -> None:
    _, sentences = split_document(Document("d", "t", text), limits(counter, tokens))
    covered = [i for s in sentences for i in range(s.start, s.end)]
    assert covered == sorted(set(covered))
    assert all(text[i].isspace() for i in set(range(len(text))) - set(covered))


def test_neighbours_overlap_by_whole_sentences(counter: TokenCounter) -> None:
    text = " ".join(f"Sentence number {n} says something new." for n in range(40))
    chunks, _ = split_document(Document("d", "t", text), limits(counter, 50, 2))
    assert len(chunks) > 3
    for before, after in pairwise(chunks):
        shared = text[after.start : before.end]
        assert shared.count("Sentence number") == 2
        assert shared.startswith("Sentence")
        assert shared.endswith(".")


def test_a_chunk_ends_with_its_section(counter: TokenCounter) -> None:
    text = "# Beds\n\nThere are forty beds.\n\n## Staff\n\nThere are ten doctors.\n\n# Cars\n\nThere are two cars."
    chunks, _ = split_document(Document("d", "t", text), limits(counter))
    assert [(chunk.headings, chunk.text.splitlines()[0]) for chunk in chunks] == [
        (("Beds",), "# Beds"),
        (("Beds", "Staff"), "## Staff"),
        (("Cars",), "# Cars"),
    ]


def test_paragraphs_stay_whole_where_they_can(counter: TokenCounter) -> None:
    paragraph = "It rained all day long in the north of the country. The rivers rose quickly."
    text = "\n\n".join([paragraph] * 6)
    for chunk in split_document(Document("d", "t", text), limits(counter, 50, 0))[0]:
        assert chunk.text.startswith("It rained")
        assert chunk.text.endswith("quickly.")


def test_a_long_list_in_one_sentence_is_quoted_item_by_item(counter: TokenCounter) -> None:
    items = [f"improving the work of department number {n} in all of its many daily tasks" for n in range(12)]
    text = "Typical initiatives are: " + "; ".join(items) + "."
    _, sentences = split_document(Document("d", "t", text), limits(counter))
    quotes = [text[s.start : s.end] for s in sentences]
    assert len(quotes) > 5
    assert all(quote.endswith((";", ".")) for quote in quotes)


def test_no_chunk_of_any_script_exceeds_the_encoder_window(counter: TokenCounter, encoder: LayeredEncoder) -> None:
    text = "\n\n".join(["ᚠᛇᚻ᛫ᛒᛦᚦ᛫ᚠᚱᚩᚠᚢᚱ " * 60, "😀🏥" * 300, "a" * 3000, "bệnh viện " * 500])

    def fits(passage: str) -> bool:
        return encoder.count_tokens([passage])[0] <= encoder.window_tokens

    chunks, _ = split_document(Document("d", "t", text), Limits(2000, 1, counter.count, fits))
    assert max(encoder.count_tokens([chunk.text for chunk in chunks])) <= encoder.window_tokens


def test_headings_without_text_take_no_quadratic_time(counter: TokenCounter) -> None:
    def seconds(headings: int) -> float:
        document = Document("a.md", "t", "\n\n".join(f"# H{number}" for number in range(headings)), language="en")
        started = time.process_time()
        split_document(document, limits(counter))
        return time.process_time() - started

    assert seconds(4000) <= 24 * min(seconds(500), seconds(500)) + 0.3


def test_endless_lines_are_cut_in_reasonable_time(counter: TokenCounter) -> None:
    chunks, _ = split_document(Document("d", "t", "a" * 300_000), limits(counter, overlap=0))
    assert sum(len(chunk.text) for chunk in chunks) == 300_000
