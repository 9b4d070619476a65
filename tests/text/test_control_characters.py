from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.text.control_characters import JOINERS, remove_nonprinting


def test_what_cannot_be_seen_goes() -> None:
    assert remove_nonprinting("a\u200b\u202e\ufeff\u00adb\x00\x1b\u2066\U000e0041\U000e0100\ud800c") == "abc"


def test_a_break_that_is_no_line_break_becomes_a_space() -> None:
    assert remove_nonprinting("a\rb\x85c\x1cd\te\nf") == "a b c d\te\nf"


def test_joiners_stay_where_they_are_wanted() -> None:
    family = "\U0001f468\u200d\U0001f469"
    assert remove_nonprinting(family, keep=JOINERS) == family
    assert remove_nonprinting(family) == family.replace("\u200d", "")


@given(st.text())
def test_nothing_is_left_to_hide_at_the_second_time(text: str) -> None:
    assert remove_nonprinting(remove_nonprinting(text)) == remove_nonprinting(text)
