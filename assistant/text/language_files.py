"""TOML files, one for each language, read into typed records. A new file in the folder adds a language.

A record is a frozen dataclass with a field `language`, which is the name of the file ("en.toml" → "en"); the file holds
the other fields, all of them and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError, with_config

from assistant.errors import LanguageFileError

Record = TypeVar("Record")
Value = TypeVar("Value")

checked = with_config(ConfigDict(extra="forbid"))
"""Class decorator: the record refuses keys that are none of its fields."""

_CODE = re.compile(r"[a-z]{2}")


def read_languages(folder: Path, record: type[Record]) -> Mapping[str, Record]:
    """Return the record of each `*.toml` in `folder` by ISO 639-1 code, sorted.

    Raises LanguageFileError, which names the file and every key that is unknown, missing or wrong.
    """
    adapter = TypeAdapter(record)
    return MappingProxyType({path.stem: _read(path, adapter) for path in sorted(folder.glob("*.toml"))})


def _read(path: Path, adapter: TypeAdapter[Record]) -> Record:
    if not _CODE.fullmatch(path.stem):
        raise LanguageFileError(f"{path.name} is not named after a language.", 'Use a two-letter code, as "de.toml".')
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:  # no TOML, or no UTF-8
        raise LanguageFileError(f"{path}: {error}.", "The file is TOML in UTF-8; look at en.toml beside it.") from error
    if "language" in table:
        raise LanguageFileError(f"{path}: language is no key.", "The name of the file is the language.")
    try:
        return adapter.validate_python({**table, "language": path.stem})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise LanguageFileError(f"{path}: {wrong}.", "The keys and placeholders are those of en.toml.") from error


def has_placeholders(text: str, *names: str) -> str:
    """Return the message `text`, if it is not empty and `{name}` is in it for each of `names` and for nothing else.

    Raises ValueError if it is not so.
    """
    parts = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    if {name for name, _, _ in parts} != set(names) or any(spec or change for _, spec, change in parts):
        wanted = ", ".join(f"{{{name}}}" for name in names) or "no placeholder"
        raise ValueError(f"{text!r} must hold {wanted}")
    if not text.strip():
        raise ValueError("the message is empty")
    return text


def placeholders(*names: str) -> AfterValidator:
    """Return a validator of messages with these placeholders."""
    return AfterValidator(lambda text: has_placeholders(text, *names))


def one_for_each(keys: Any) -> AfterValidator:
    """Return a validator of tables that have every value of the Literal type `keys`."""

    def check(table: dict[str, Value]) -> dict[str, Value]:
        if missing := [key for key in get_args(keys) if key not in table]:
            raise ValueError(f"{', '.join(missing)} missing")
        return table

    return AfterValidator(check)
