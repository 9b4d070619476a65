"""sources.toml: provenance and corrections for the documents of a folder. An entry overrides the document."""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import SourceError
from assistant.records import Document, UrlKind
from assistant.text.addresses import host_of, http_url
from assistant.text.normalise import normalise_line

FILE_NAME = "sources.toml"
_USED = ("title", "url", "url_kind", "language", "published", "publisher", "questions")
_MOST_DOTS = 200
"""On a line: a key of many parts takes quadratic time."""
_PROVENANCE = ("note", "retrieved", "licence", "license")
_KEYS = _USED + _PROVENANCE


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of one document; None for what it does not state."""

    title: str | None = None
    url: str | None = None
    url_kind: UrlKind | None = None
    language: str | None = None
    published: str | None = None
    publisher: str | None = None
    questions: tuple[str, ...] = ()

    def applied(self, document: Document) -> Document:
        """Return `document` with the values of this entry."""
        changes: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("title", "language", "published", "publisher", "questions")
            if getattr(self, name)
        }
        if self.url:
            kept = document.url_kind if document.url == self.url else "page"
            changes |= {"url": self.url, "url_kind": self.url_kind or kept}
            if not document.publisher and not self.publisher:
                changes["publisher"] = host_of(self.url)
        elif self.url_kind and document.url:
            changes["url_kind"] = self.url_kind
        return replace(document, **changes)


def read_entries(folder: Path) -> dict[str, Entry]:
    """Return the entries of `folder`/sources.toml by doc_id; empty if there is no such file.

    Raises SourceError, which names the entry and what would be right.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
            raise SourceError(f"{path} has a line with more than {_MOST_DOTS} dots.", "Shorten that line.")
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{path} is not valid TOML: {error}.", "Correct that line.") from None
    except RecursionError:
        raise SourceError(f"{path} is nested too deeply.", "Write one table for each document.") from None
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not UTF-8.", "Save it as UTF-8.") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from None
    return {doc_id: _entry(f'{path}, entry ["{doc_id}"]', values) for doc_id, values in content.items()}


def _entry(where: str, values: object) -> Entry:
    if not isinstance(values, Mapping):
        raise SourceError(
            f"{where} is no table.", 'Write ["file name"] on a line of its own, and title = "…" below it.'
        )
    for key in values:
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, n=1)
            meant = f"Did you mean {close[0]!r}?" if close else "Known keys: " + ", ".join(_KEYS) + "."
            raise SourceError(f"{where} has an unknown key {key!r}.", meant)
    text = {key: _text(where, key, values[key]) for key in values if key not in ("published", "questions", "retrieved")}
    return Entry(
        title=text.get("title"),
        url=_url(where, text.get("url")),
        url_kind=_url_kind(where, text.get("url_kind")),
        language=_language(where, text.get("language")),
        published=_date(where, "published", values.get("published")),
        publisher=text.get("publisher"),
        questions=_questions(where, values.get("questions", [])),
    )


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not normalise_line(value):
        raise SourceError(f"{where}: {key} is {value!r}.", f'{key} must be a text in quotes, as {key} = "…".')
    return normalise_line(value)


def _url(where: str, value: str | None) -> str | None:
    if value is not None and http_url(value) is None:
        raise SourceError(f"{where}: url is {value!r}.", "url must be a complete http:// or https:// address.")
    return value


def _url_kind(where: str, value: str | None) -> UrlKind | None:
    if value == "page":
        return "page"
    if value == "attributed":
        return "attributed"
    if value is None:
        return None
    raise SourceError(
        f"{where}: url_kind is {value!r}.",
        'url_kind is "page" (the address of the text itself) or "attributed" (where a reprint came from).',
    )


def _language(where: str, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[a-z]{2}", value):
        raise SourceError(f"{where}: language is {value!r}.", 'language is a two-letter code, as "en".')
    return value


def _date(where: str, key: str, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return datetime.date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise SourceError(f"{where}: {key} is {value!r}.", f'{key} is a date as {key} = "2025-06-18".')


def _questions(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and normalise_line(item) for item in value):
        raise SourceError(f"{where}: questions is {value!r}.", 'questions is a list of texts, as ["…?", "…?"].')
    return tuple(map(normalise_line, value))
