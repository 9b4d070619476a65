from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.sentences import sentence_spans


def split(text: str, language: str = "und") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@given(st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(" .\n#-|1a")), max_size=300))
def test_every_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    covered = [i for start, end in spans for i in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(text[i].isspace() for i in set(range(len(text))) - set(covered))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["The rate is 3.57%.", "It fell.", "Why?", "See https://a.vn/b.html for more."]),
        ("en", ["Dr. Smith and Mrs. Jones met J. R. Brown.", "They agreed."]),
        ("vi", ["PGS.TS. Nguyễn Văn A làm việc tại TP. Hồ Chí Minh.", "Ông đến từ Huế."]),
        ("pl", ["Ustawa z dnia 5 maja, tel. 123, art. 5.", "Obowiązuje od 2020 r. w całym kraju."]),
    ],
)
def test_abbreviations_do_not_end_a_sentence(language: str, sentences: list[str]) -> None:
    assert split(" ".join(sentences), language) == sentences


def test_paragraphs_items_and_rows_end_a_sentence() -> None:
    text = "A heading\n\nSome text without an end\n\n- first\n- second\n1. third\na | b\nc | d"
    assert split(text) == ["A heading", "Some text without an end", "- first", "- second", "1. third", "a | b", "c | d"]


@pytest.mark.parametrize("space", ["\xa0", "\u2003", "\u3000", "\u2028"])
def test_a_wide_space_before_a_full_stop_is_read_as_any_space(space: str) -> None:
    text = f"It is class A{space}. The next{space}one follows."
    assert [text[start:end] for start, end in sentence_spans(text, "en")] == [
        f"It is class A{space}.",
        f"The next{space}one follows.",
    ]


def test_a_mark_without_its_partner_does_not_swallow_the_sentences_after_it() -> None:
    sentence = "The mill number {} stands by the river and grinds rye for three villages."
    text = "The primer binds at the 5' end. " + " ".join(sentence.format(number) for number in range(400))
    spans = sentence_spans(text, "en")
    assert [text[start:end] for start, end in spans[-380:]] == [sentence.format(n) for n in range(20, 400)]


@pytest.mark.parametrize("run", ["«", "„", "'", "病院。", "„a. ", "(a) ", "<a b='c'>", "A.", "w 5 r. ", "tr. Dr."])
def test_runs_of_marks_cost_no_more_than_their_length(run: str) -> None:
    # Ten times this took minutes when the splitter saw it whole.
    text = run * (200_000 // len(run))
    spans = sentence_spans(text, "en")
    assert sum(end - start for start, end in spans) >= 0.7 * len(text)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
