"""Files of a language: what is refused, and a further file as a further language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from assistant.errors import LanguageFileError
from assistant.text.language_files import checked, one_for_each, placeholders, read_languages

ENGLISH = 'hello = "Hello {name}."\n[colour]\nred = "red"\nblue = "blue"\n'


@checked
@dataclass(frozen=True, slots=True)
class Greeting:
    language: str
    hello: Annotated[str, placeholders("name")]
    colour: Annotated[
        dict[Literal["red", "blue"], Annotated[str, placeholders()]], one_for_each(Literal["red", "blue"])
    ]


def test_each_file_is_a_language(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(ENGLISH, "utf-8")
    (tmp_path / "de.toml").write_text(ENGLISH.replace("Hello", "Grüß Dich,"), "utf-8")
    greetings = read_languages(tmp_path, Greeting)
    assert [(code, greeting.language) for code, greeting in greetings.items()] == [("de", "de"), ("en", "en")]
    assert greetings["de"].hello.format(name="Ada") == "Grüß Dich, Ada."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('red = "red"\n', "", "colour: .*red missing"),
        ('red = "red"', 'red = "red"\ngreen = "green"', "colour.green"),
        ("hello", "good_day", "good_day: .*hello: .*|hello: .*good_day: .*"),
        ("{name}", "{nome}", "hello: .*{name}"),
        ("{name}", "you", "hello: .*{name}"),
        ("{name}", "{name!r}", "hello: .*{name}"),
        ("{name}", "{name.__class__}", "hello: .*{name}"),
        ("{name}", "{name", "hello: .*expected '}'"),
        ('"blue"', '"{blue}"', "colour.blue: .*no placeholder"),
        ('"blue"', '" "', "colour.blue: .*empty"),
        ('"blue"', "3", "colour.blue: .*string"),
        ('"red"', '"red', "TOML|string|line"),
        ("hello", 'language = "pl"\nhello', "name of the file|language is no key"),
    ],
)
def test_a_file_is_refused_and_what_is_wrong_is_said(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in ENGLISH
    (tmp_path / "en.toml").write_text(ENGLISH.replace(before, after, 1), "utf-8")
    with pytest.raises(LanguageFileError, match=rf"en\.toml: .*(?:{said})"):
        read_languages(tmp_path, Greeting)


@pytest.mark.parametrize("name", ["english.toml", "EN.toml", "e1.toml"])
def test_a_file_is_named_after_a_language(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(ENGLISH, "utf-8")
    with pytest.raises(LanguageFileError, match="not named after a language"):
        read_languages(tmp_path, Greeting)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_bytes(ENGLISH.replace("Hello", "Grüß").encode("latin-1"))
    with pytest.raises(LanguageFileError, match="utf-8"):
        read_languages(tmp_path, Greeting)
