"""JSON files to text: words without brackets, each object a record under the names that lead to it."""

from __future__ import annotations

import json
import re
from typing import Any

from assistant.ingest.formats.records.record_writer import RecordWriter
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.text.normalise import normalise_line

_KIND = "JSON file"
_BEGIN = re.compile(r'\s*(?:\{\s*(?:"(?:[^"\\\n]|\\.)*"\s*:|\})|\[\s*[\[{"\d\]-])')
_NAMED = re.compile(r"\.(?:json|geojson)(?:$|[?#])", re.I)


def read_json(name: str, text: str) -> FileText | None:
    """Return the text of a JSON file, or of JSON objects a line each; None for what is no JSON.

    Raises RefusedError if the JSON is damaged, or holds numbers rather than text.
    """
    if not _BEGIN.match(text):
        return None
    try:
        values = [_loads(text)]
    except ValueError:
        try:
            values = [_loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            if text.lstrip()[0] == "[" and not _NAMED.search(name):  # a list of references begins like it
                return None
            raise RefusedError(
                "The JSON file is damaged: it cannot be read.", "Save it again from the program it comes from."
            ) from None
    writer = RecordWriter(_KIND)
    for value in values:
        _write(writer, "", value, 1)
        writer.end()
    return writer.file_text()


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str)  # numbers as they are written


def _write(writer: RecordWriter, name: str, value: Any, level: int) -> None:
    if isinstance(value, dict):
        nested = []
        for key, inner in value.items():
            if isinstance(inner, dict | list) and not _is_short(inner):
                nested.append((key, inner))
            else:
                writer.field(normalise_line(key), _plain(inner))
        for key, inner in nested:
            writer.heading(key, level + 1)
            _write(writer, key, inner, level + 1)
        writer.end()
    elif isinstance(value, list):
        if any(isinstance(inner, dict | list) for inner in value):
            for inner in value:
                _write(writer, name, inner, level)
                writer.end()
        else:
            writer.items([_plain(inner) for inner in value])
    else:
        writer.field(name, _plain(value))


def _is_short(value: Any) -> bool:
    """Return whether a list is a few words that stand in one line."""
    return isinstance(value, list) and len(value) <= 10 and all(isinstance(i, str) and len(i) <= 40 for i in value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
