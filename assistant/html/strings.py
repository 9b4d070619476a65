"""The strings of the interface, one file for each language in `locale`.

The language of the interface is chosen by `?lang=` or Accept-Language. It does not depend on the language of the
question, in which replies and notices are written, nor on the language of the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from assistant.text.language_files import checked, placeholders, read_languages

FOLDER = Path(__file__).with_name("locale")
Text = Annotated[str, placeholders()]


@checked
@dataclass(frozen=True, slots=True)
class Strings:
    """Every string of the interface in one language; `language` is its ISO 639-1 code."""

    language: str
    date_format: Text
    """A date pattern of the Unicode CLDR ("d MMMM y"), or the name of one ("long")."""
    product: Text
    tagline: Text
    documents: Text
    languages: Text
    indexed: Text
    document_list: Text
    welcome: Text
    welcome_more: Text
    examples: Text
    example_question: Annotated[str, placeholders("title")]
    question_label: Text
    question_placeholder: Text
    ask: Text
    stop: Text
    chat_label: Text
    searching: Text
    drafting: Text
    stopped: Text
    sources: Text
    source: Annotated[str, placeholders("number", "title")]
    open_source: Text
    also_at: Text
    show_in_document: Text
    page: Annotated[str, placeholders("number")]
    new_tab: Text
    copy: Text
    copied: Text
    copy_failed: Text
    helpful: Text
    not_helpful: Text
    comment: Text
    send: Text
    thanks: Text
    not_kept: Text
    ask_again: Text
    edit: Text
    go_on: Text
    changed: Text
    why_found: Text
    found_as: Annotated[str, placeholders("rank", "of")]
    near_levels: tuple[Text, Text, Text]
    """How near a passage is to the question in meaning: not very near, near, very near."""
    shares_words: Text
    shares_no_words: Text
    new_chat: Text
    save: Text
    clear: Text
    earlier: Text
    remove: Text
    filter: Text
    filter_language: Text
    filter_site: Text
    filter_since: Text
    filter_until: Text
    filter_date: Text
    interface: Text
    no_answer: Text
    closest: Text
    not_answered: Text
    empty_question: Text
    empty_question_hint: Text
    failed: Text
    failed_hint: Text
    stopping: Text
    stopping_hint: Text
    back: Text
    quote_marked: Text
    original: Annotated[str, placeholders("number", "total")]
    page_before: Text
    page_after: Text
    page_text: Text
    panel: Text
    previous: Text
    next: Text
    close: Text
    table: Text
    code: Text
    bad_quote: Text
    not_found: Text
    not_found_hint: Text


ALL = read_languages(FOLDER, Strings)
ENGLISH = ALL["en"]


def choose(wanted: str | None, accept_language: str | None) -> Strings:
    """Return the strings in the language `wanted` (from `?lang=`), else in the best one of an Accept-Language header.

    English is the default.

    >>> choose(None, "de-DE, vi-VN;q=0.8, en;q=0.5").language
    'vi'
    """
    if wanted and (strings := ALL.get(_primary(wanted))):
        return strings
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")[:30]):
        tag, _, parameters = part.partition(";")
        ranked.append((-_quality(parameters), position, _primary(tag)))
    for negative_quality, _, language in sorted(ranked):
        if negative_quality < 0 and language in ALL:
            return ALL[language]
    return ENGLISH


def _primary(tag: str) -> str:
    return tag.strip().lower().replace("_", "-").partition("-")[0]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def language_name(code: str, strings: Strings) -> str | None:
    """Return the name of the language `code` ("Polish", "polski", "Tiếng Ba Lan"); None when it is unknown."""
    try:
        name = Locale.parse(strings.language).languages.get(Locale.parse(code, sep="-").language)
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    return str(name) if name and code != "und" else None


def date_words(iso: str, strings: Strings) -> str:
    """Return an ISO date (or date and time) in words; a text that is not a date is returned unchanged."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return format_date(day, strings.date_format, locale=strings.language)
