"""Units: what is quoted as one answer, read from the lines around a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer.units import trimmed, unit_of

LIST = "Bring these:\n\n- a passport\n- two photos\n- the fee"
STEPS = "## How to apply\n\n1. Fill in the form.\n2. Sign it.\n\nThe office is open on Monday."
ASKED = "Is there a limit?\n\nYes, two metres. Vans may not enter.\n\nThe garage has nine levels."
MARKED = "Q: Is there a limit?\nA: Two metres.\n\nHỏi: Có phí không?\nĐáp: Không mất phí."
CODE = "To start it, run this:\n\nstartctl --all\n\nIt listens on port 80."


def quoted(text: str, sentence: str) -> tuple[str, str] | None:
    found = unit_of(text, text.index(sentence))
    return (found[0], text[found[1].start : found[1].end]) if found else None


@pytest.mark.parametrize(
    ("text", "sentence", "role", "unit"),
    [
        (LIST, "Bring", "lead-in", LIST),
        (LIST, "- two", "item", LIST),
        (STEPS, "## How", "heading", "1. Fill in the form.\n2. Sign it."),
        (STEPS, "2. Sign", "item", "1. Fill in the form.\n2. Sign it."),
        (ASKED, "Is there", "asks", "Yes, two metres. Vans may not enter."),
        (ASKED, "Vans", "answer", "Yes, two metres. Vans may not enter."),
        (MARKED, "Q: Is", "asks", "Two metres."),
        (MARKED, "A: Two", "answer", "Two metres."),
        (MARKED, "Hỏi: Có", "asks", "Không mất phí."),
        ("### How long?\n\nTwo days.", "###", "asks", "Two days."),
        ("What to bring?\n\n" + LIST, "What", "asks", LIST),
        (CODE, "To start", "lead-in", "To start it, run this:\n\nstartctl --all"),
        ("Many:\n" + "- item\n" * 40, "Many", "lead-in", "Many:" + "\n- item" * 15),
        ("## Papers\n\n" + LIST, "## Papers", "heading", LIST),
    ],
)
def test_a_sentence_belongs_to_its_unit(text: str, sentence: str, role: str, unit: str) -> None:
    assert quoted(text, sentence) == (role, unit)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ASKED, "The garage"),
        (STEPS, "The office"),
        (CODE, "It listens"),
        ("Why so? Because it rains, as everybody says.", "Why"),
        ("First question?\n\nSecond question?", "First"),
        ("The answer follows:\n\n## Next chapter", "The answer"),
        ("A text.\n\n- a lone item\n\nMore text.", "- a lone"),
        ("- an item of a long list\n" * 40, "- an"),
    ],
)
def test_a_sentence_that_stands_for_itself_has_none(text: str, sentence: str) -> None:
    assert quoted(text, sentence) is None


@given(st.text(st.sampled_from("-1.a) ?:#\nQA"), max_size=60), st.integers(0, 60))
def test_a_unit_is_a_slice_without_white_space_around_or_a_question_before(text: str, offset: int) -> None:
    found = unit_of(text, min(offset, len(text)))
    if found:
        unit = found[1]
        assert 0 <= unit.start < unit.end <= len(text)
        assert text[unit.start] != "\n"
        assert text[unit.end - 1] != "\n"


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("- the fee", "the fee"),
        ("- a\n- b", "a\n- b"),
        ("the fee", "the fee"),
        ("Sở Y tế mở thêm hai phòng khám./.", "Sở Y tế mở thêm hai phòng khám."),
        ("It opens in May..", "It opens in May."),
        ("It opens in May...", "It opens in May..."),
        ("The mayor opens the bridge - Photo: NT", "The mayor opens the bridge"),
        ("Khánh thành cầu mới (Ảnh: Minh Anh)", "Khánh thành cầu mới"),
        ("Otwarcie mostu. Fot.: J. K", "Otwarcie mostu. Fot.: J. K"),
        ("Photo: NT", "Photo: NT"),
    ],
)
def test_what_is_no_part_of_a_quote_is_left_out(text: str, quote: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == quote
