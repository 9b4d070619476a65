"""Languages: each has every key of every file, and one more is three more files and no code."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from assistant.answer import messages
from assistant.html import strings
from assistant.text import language_tables
from tests.command import child_environment

PACKAGE = Path(language_tables.__file__).parents[1]
FOLDERS = (language_tables.FOLDER, messages.FOLDER, strings.FOLDER)
LANGUAGES = ("en", "pl", "vi")
# Which numbers have a word differs between languages.
NUMBERS = (
    "numbers.ordinal_stems.",
    "numbers.certain.",
    "numbers.possible.",
    "numbers.magnitudes.",
    "dates.months.",
    "dates.weekdays.",
)


def _values(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each key with those above it, and its value; a table is no value, but it is named."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"{above}{key}.", None
            yield from _values(value, f"{above}{key}.")
        elif not above.startswith(NUMBERS):
            yield f"{above}{key}", value


def _file(folder: Path, language: str) -> dict[str, Any]:
    return dict(_values(tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))))


def _placeholders(value: Any) -> set[str]:
    parts = Formatter().parse(value) if isinstance(value, str) else ()
    return {name for _, name, _, _ in parts if name is not None}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_language_has_a_file(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [f"{language}.toml" for language in LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_language_has_every_key_in_the_same_order(folder: Path, language: str) -> None:
    assert list(_file(folder, language)) == list(_file(folder, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", [messages.FOLDER, strings.FOLDER], ids=lambda folder: folder.parent.name)
def test_every_language_has_the_same_placeholders(folder: Path, language: str) -> None:
    wanted = {key: _placeholders(value) for key, value in _file(folder, "en").items()}
    assert {key: _placeholders(value) for key, value in _file(folder, language).items()} == wanted


def test_a_language_with_a_file_has_no_words_elsewhere() -> None:
    assert not set(language_tables.other_tables()) & set(LANGUAGES)


def test_one_more_language_is_three_files(tmp_path: Path) -> None:
    copy = tmp_path / "assistant"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    words = {
        'and"': 'und"',
        '12 = "twelve twelfth"': '12 = "zwölf"',
        '1000000000000 = "trillion trillions"': '1000000000000 = "billion billionen"',
        '1000000000 = "billion billions bn"': '1000000000 = "milliarde milliarden"',
        'denials = """': 'denials = """ nicht kein',
        "openings = ['and'": "openings = ['und'",
        "at_least = ['": "at_least = ['mehr als', '",
        "no nos nr": "Randz Nr",
        "a about above according after": "der die das",
        'endings = "st nd rd th"': 'endings = "ter"',
        '9 = "sept"': '2 = "hornung"',
        '2 = "tues"': '6 = "sonnabend"',
        'source = "source sources original_source"': 'source = "textquelle"',
        'date = "date published': 'date = "stand_vom',
    }
    said = {
        (copy / language_tables.FOLDER.relative_to(PACKAGE)): words,
        (copy / messages.FOLDER.relative_to(PACKAGE)): {"I did not find this": "Das steht nicht"},
        (copy / strings.FOLDER.relative_to(PACKAGE)): {'ask = "Ask"': 'ask = "Fragen"'},
    }
    for folder, replaced in said.items():
        text = (folder / "en.toml").read_text("utf-8")
        for english, german in replaced.items():
            assert english in text
            text = text.replace(english, german)
        (folder / "de.toml").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", GERMAN],
        cwd=tmp_path,
        env=child_environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


GERMAN = """
from pathlib import Path
import assistant
assert Path(assistant.__file__).parents[1] == Path.cwd()

from decimal import Decimal
from assistant.answer.messages import abstention_text
from assistant.ingest.formats.text.attribution import find_attribution
from assistant.ingest.formats.text.copied_article import take_date
from assistant.ingest.formats.text.text_blocks import TextBlock
from assistant.records import ChatMessage
from assistant.retrieve.follow_up import standalone_query
from assistant.html.strings import ALL, choose
from assistant.text.facts.dates import date_mentions, find_date
from assistant.text.facts.numbers import numbers_of
from assistant.text.facts.polarity import denials
from assistant.text.sentences import sentence_spans

number, = numbers_of("mehr als zwölf Billionen", "de")
assert number.values == {Decimal(12 * 10**12)} and number.sure and number.bound == 1
assert numbers_of("two billion", "en")[0].values == {Decimal(2 * 10**9)}
assert denials("Das Boot fuhr nicht.", "de") and not denials("Das Boot fuhr nicht.", "en")
text = "Siehe Randz. 5 dort. Das zahlt die Firma Hugo Voss Inc. Die Stadt zahlt es nicht."
ends = {language: [end for _, end in sentence_spans(text, language)] for language in ("de", "en")}
assert ends == {"de": [20, 55, len(text)], "en": [12, 20, len(text)]}, ends
assert find_date("Sonnabend, 13. Hornung 2021").confirmed
assert [m.readings for m in date_mentions("am 3ter Hornung")] == [((None, 2, 3),)]
assert [m.readings for m in date_mentions("am 3 Oktober")] == [((None, 10, 3),)]  # of CLDR
assert take_date([TextBlock("Stand vom: 3.10.2020", "text", True)], None) == ([], "2020-10-03")
assert find_attribution([TextBlock("Textquelle: https://example.org/a", "text", True)]).url == "https://example.org/a"
asked = "und wie viele Schiffe liegen heute noch im alten Hafen vor Anker?"
assert standalone_query(asked, [ChatMessage("user", "Was liegt im Hafen?")], "de") != asked
assert abstention_text("no_evidence", "de").startswith("Das steht nicht")
assert choose(None, "de-AT").ask == "Fragen"
assert list(ALL) == ["de", "en", "pl", "vi"]
"""
