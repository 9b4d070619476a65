"""Formats that are text with marks or fields: recognised by their content, and read without the marks."""

from __future__ import annotations

from assistant.ingest.formats.records.json_text import read_json
from assistant.ingest.formats.records.xml_text import read_xml
from assistant.ingest.formats.sheets.csv_text import csv_delimiter, read_csv
from assistant.ingest.sandbox.limits import FileText


def read_structured(name: str, text: str) -> FileText | None:
    """Return the text of JSON, XML or a table; None for a text that is none of them. Raises RefusedError."""
    found = read_json(name, text) or read_xml(text)
    if found is not None:
        return found
    delimiter = csv_delimiter(name, text)
    return None if delimiter is None else read_csv(text, delimiter)
