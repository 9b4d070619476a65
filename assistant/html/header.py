"""The header of the chat page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.answer.links import Link, document_link
from assistant.html.about import About, about
from assistant.html.environment import render
from assistant.html.strings import ALL, Strings, date_words, language_name
from assistant.records import Document, Manifest

_NAMED_LANGUAGES = 8
"""How many languages the header names at most, the most frequent ones."""


class Index(Protocol):
    """The summary of an index: `languages` with the most frequent first, `listed` the first documents."""

    @property
    def manifest(self) -> Manifest: ...
    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def listed(self) -> Sequence[Document]: ...


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """An entry in the list of documents."""

    title: str
    language: str
    link: Link
    about: About


def header_html(index: Index, strings: Strings) -> str:
    """Return the header: name, tagline, the size of the index, and a list of documents that opens on a click."""
    manifest = index.manifest
    names = [language_name(code, strings) or code for code in index.languages if code != "und"]
    facts = (
        (strings.documents, str(manifest.documents)),
        (strings.languages, ", ".join(names[:_NAMED_LANGUAGES])),
        (strings.indexed, date_words(manifest.created, strings)),
    )
    others = [(code, language_name(code, other) or code) for code, other in ALL.items() if code != strings.language]
    return render(
        "header.html",
        facts=[(label, value) for label, value in facts if value],
        documents=[_listed(document, strings) for document in index.listed],
        unlisted=max(0, manifest.documents - len(index.listed)),
        others=others,
        strings=strings,
    )


def _listed(document: Document, strings: Strings) -> ListedDocument:
    title = document.title or document.doc_id
    return ListedDocument(title, document.language, document_link(document.doc_id), about(document, strings))
