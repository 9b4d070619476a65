"""Choosing the interface's language, and dates and languages in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.html.strings import ALL, ENGLISH, FOLDER, Strings, choose, date_words, language_name
from assistant.text.language_files import read_languages


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
    assert date_words("2025-06-18T23:00:00Z", ALL["pl"]) == "18 czerwca 2025"
    assert date_words("2025-06-18", ALL["vi"]) == "18 tháng 6, 2025"
    assert date_words("last week", ENGLISH) == "last week"


def test_languages_in_words() -> None:
    assert language_name("vi", ALL["pl"]) == "wietnamski"
    assert language_name("pl", ALL["vi"]) == "Tiếng Ba Lan"
    assert [language_name(code, ENGLISH) for code in ("und", "", "<b>", "zzz")] == [None] * 4


def test_every_language_says_a_date_in_words() -> None:
    for strings in ALL.values():
        assert "2025" in date_words("2025-06-18", strings)


def test_a_further_file_is_a_further_language(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    german = (tmp_path / "en.toml").read_text("utf-8").replace('ask = "Ask"', 'ask = "Fragen"')
    (tmp_path / "de.toml").write_text(german, "utf-8")
    languages = read_languages(tmp_path, Strings)
    assert list(languages) == ["de", *ALL]
    assert languages["de"].ask == "Fragen"
