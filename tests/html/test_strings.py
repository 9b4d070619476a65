"""Choosing the interface's language, and dates and languages in words."""

from __future__ import annotations

import pytest

from assistant.html.strings import ENGLISH, POLISH, VIETNAMESE, choose, date_words, language_name


@pytest.mark.parametrize(
    ("wanted", "header", "expected"),
    [
        (None, "vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        (None, "en;q=0.5, pl;q=0.9", "pl"),
        (None, "de-DE, fr;q=0.9", "en"),
        (None, "pl;q=0, vi;q=0.1", "vi"),
        (None, "pl;q=x, ,;;,vi;q=0.1", "vi"),
        (None, None, "en"),
        ("pl", "vi", "pl"),
        ("VI_vn", "pl", "vi"),
        ("xx", "pl", "pl"),
    ],
)
def test_the_language_of_the_interface(wanted: str | None, header: str | None, expected: str) -> None:
    assert choose(wanted, header).language == expected


def test_dates_in_words() -> None:
    assert date_words("2025-06-18", ENGLISH) == "18 June 2025"
    assert date_words("2025-06-18T23:00:00Z", POLISH) == "18 czerwca 2025"
    assert date_words("2025-06-18", VIETNAMESE) == "18 tháng 6, 2025"
    assert date_words("last week", ENGLISH) == "last week"


def test_languages_in_words() -> None:
    assert language_name("vi", POLISH) == "wietnamski"
    assert language_name("pl", VIETNAMESE) == "Tiếng Ba Lan"
    assert [language_name(code, ENGLISH) for code in ("und", "", "<b>", "zzz")] == [None] * 4
