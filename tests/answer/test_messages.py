"""Messages of the assistant: what a file of a language must hold, and a further file as a further language."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer.messages import FOLDER, Messages, small_talk_language
from assistant.errors import LanguageFileError
from assistant.text.language_files import read_languages

ENGLISH = (FOLDER / "en.toml").read_text("utf-8")


def test_a_further_file_is_a_further_language(tmp_path: Path) -> None:
    german = ENGLISH.replace("The language model did not answer: {failure}", "Keine Antwort: {failure}")
    (tmp_path / "de.toml").write_text(german, "utf-8")
    assert read_languages(tmp_path, Messages)["de"].no_reply == "Keine Antwort: {failure}."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("the number {detail} is", "a number is", "unsupported: .*{detail}"),
        ("the source does not say this", "the source does not say {detail}", "unsupported: .*no placeholder"),
        ("answer: {failure}", "answer: {}", "no_reply: .*{failure}"),
        ("timeout =", "time_out =", "failure.time_out"),
        ("no_evidence =", "# no_evidence =", "abstention: .*no_evidence missing"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in ENGLISH
    (tmp_path / "de.toml").write_text(ENGLISH.replace(before, after, 1), "utf-8")
    with pytest.raises(LanguageFileError, match=rf"de\.toml: .*{said}"):
        read_languages(tmp_path, Messages)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Thanks!", "en"),
        ("  hello  ", "en"),
        ("Cảm ơn", "vi"),
        ("cam on nhieu", "vi"),
        ("DZIEKUJE.", "pl"),
        ("Hello, who is the director?", None),
        ("Who said thanks?", None),
        ("", None),
        ("?", None),
    ],
)
def test_greetings_and_thanks_are_known_with_and_without_accents(said: str, language: str | None) -> None:
    assert small_talk_language(said, "en") == language
