"""The language files as plain tables, for what reads documents: no schema is loaded.

The processes that read files import this and neither pydantic nor the word lists for questions and answers. The keys
are those of `word_lists.py`, which `facts/lexicon.py` checks wherever a question is asked or an index is built.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "languages"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
"""ISO 639-1 codes of the languages that have a file, sorted."""

Table = Mapping[str, Any]


@cache
def language_table(language: str) -> Table:
    """The file of one of LANGUAGES."""
    table: Table = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return table


@cache
def other_tables() -> Mapping[str, Table]:
    """By language, the few words of the languages that have no file."""
    tables: Mapping[str, Table] = tomllib.loads((FOLDER.parent / "data/other_languages.toml").read_text("utf-8"))
    return tables


def words_of_all(section: str, key: str, *, others: bool) -> list[str]:
    """The words of a list in all language files and, if `others`, in the languages that have no file."""
    lists = [language_table(language)[section][key] for language in LANGUAGES]
    if others:
        lists += [table.get(section, {}).get(key, "") for table in other_tables().values()]
    return [word for text in lists for word in split_words(text)]


def split_words(text: str) -> list[str]:
    """The words of a list; one that is written one_two is two words.

    >>> split_words("source original_source")
    ['source', 'original source']
    """
    return [word.replace("_", " ") for word in text.split()]


def any_word(words: list[str]) -> str:
    """A regular expression that matches one of `words`, the longest first, and nothing where there are none."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
