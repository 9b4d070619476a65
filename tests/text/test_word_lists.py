"""Files of words: what is refused, and how they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import LanguageFileError
from assistant.text.language_files import read_languages
from assistant.text.language_tables import FOLDER
from assistant.text.word_lists import NEVER, WordLists

ENGLISH = (FOLDER / "en.toml").read_text("utf-8")


def _read(folder: Path, before: str, after: str) -> WordLists:
    assert before in ENGLISH
    (folder / "de.toml").write_text(ENGLISH.replace(before, after, 1), "utf-8")
    return read_languages(folder, WordLists)["de"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("ministry = [", "ministries = [", "kinds.ministries"),
        ("ministry = [", "# ministry = [", "kinds: .*ministry missing"),
        ("quality = [['best'], ['worst']]", "quality = [['best']]", "opposites.quality.1: .*required"),
        ("'not only'", "'not (only'", "negation.exceptions: .*no regular expression"),
        ("'not only'", "''", "negation.exceptions: .*list of texts"),
        ("exceptions = [", "exceptions = 'not only' #", "negation.exceptions: .*list of texts"),
        ('inside = "hundred"', "inside = 100", "numbers.inside: .*list of words"),
        ('2 = "two"', 'two = "two"', "numbers.certain.two"),
        ('match = "words"', 'match = "endings"', "names.match"),
        ('either = "Inc', 'sometimes = "Inc', "abbreviations.*sometimes"),
        ('9 = "sept"', '13 = "sept"', "dates.months.13"),
        ('source = "source', 'source = 3 # "source', "labels.source: .*list of words"),
        ("[follow_ups]", "[followups]", "follow_ups: .*required"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(LanguageFileError, match=rf"de\.toml: .*{said}"):
        _read(tmp_path, before, after)


def test_words_are_compared_without_case(tmp_path: Path) -> None:
    assert _read(tmp_path, '13 = "thirteen"', '13 = "Dreizehn"\n33 = "dreiundDREISSIG"').numbers.certain[33] == (
        "dreiunddreissig",
    )


def test_an_empty_list_of_expressions_matches_nothing(tmp_path: Path) -> None:
    assert _read(tmp_path, "ministry = ['ministry']", "ministry = []").kinds["ministry"] == NEVER
