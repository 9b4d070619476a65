from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.control_characters import (
    JOINERS,
    has_control,
    remove_invisible,
    remove_nonprinting,
    replace_control,
    replace_nonprinting,
)


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


def test_spelling_stays_in_the_index_and_noise_does_not() -> None:
    persian, family = "می\u200cخواهم", "\U0001f468\u200d\U0001f469"
    assert remove_invisible(persian + family) == persian + family
    assert remove_invisible("me\u200cdia\u202e\x00\xad\u115f") == "media"
    assert remove_invisible("a\tb\nc\x85d") == "a\tb\nc\x85d"


@given(st.text())
def test_a_page_shows_a_text_character_for_character(text: str) -> None:
    shown = replace_control(text)
    assert len(shown) == len(text)
    assert all(now in (before, "\ufffd") for before, now in zip(text, shown, strict=True))
    shown.encode()


def test_a_page_keeps_format_characters_and_a_report_does_not() -> None:
    text = "a\u202eb\x1b[31m\ud800"
    assert replace_control(text) == "a\u202eb\ufffd[31m\ufffd"
    assert replace_nonprinting(text) == "a\ufffdb\ufffd[31m\ufffd"


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "\tb", "a\x9b", "a\u2028b", "\ud800"])
def test_control_characters_and_breaks_are_seen(text: str) -> None:
    assert has_control(text)
    assert not has_control("Bệnh viện \u200d.txt")
