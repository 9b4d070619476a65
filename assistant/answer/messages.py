"""Messages of the assistant itself, in the language of the question: one file a language in `locale`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator

from assistant.errors import GenerationFailure
from assistant.records import AbstentionReason, Problem
from assistant.text.language_files import checked, has_placeholders, one_for_each, placeholders, read_languages

FOLDER = Path(__file__).with_name("locale")
_FALLBACK = "en"
_WITH_DETAIL = ("number", "date", "name")
_Text = Annotated[str, placeholders()]


def _details(table: dict[Problem, str]) -> dict[Problem, str]:
    for problem, text in table.items():
        has_placeholders(text, *(["detail"] if problem in _WITH_DETAIL else []))
    return table


@checked
@dataclass(frozen=True, slots=True)
class Messages:
    """Every message in one language; `language` is its ISO 639-1 code."""

    language: str
    other_language: Annotated[str, placeholders("languages")]
    no_reply: Annotated[str, placeholders("failure")]
    not_shown: _Text
    abstention: Annotated[dict[AbstentionReason, _Text], one_for_each(AbstentionReason)]
    unsupported: Annotated[dict[Problem, str], one_for_each(Problem), AfterValidator(_details)]
    failure: Annotated[dict[GenerationFailure, _Text], one_for_each(GenerationFailure)]


ALL = read_languages(FOLDER, Messages)


def abstention_text(reason: AbstentionReason, language: str) -> str:
    """The sentence that says that there is no answer, in `language` (English where we have no other)."""
    return _messages(language).abstention[reason]


def other_language_notice(quoted: Sequence[str], language: str) -> str | None:
    """Says which languages the quotes are in, where one differs from the question's; None where none does."""
    others = sorted(set(quoted) - {language, "und"})
    if not others or language == "und":
        return None
    messages = _messages(language)
    names = ", ".join(language_name(code, messages.language) for code in others)
    return messages.other_language.format(languages=names)


def why(problem: Problem, detail: str, language: str) -> str:
    """What stands in brackets behind a sentence that is not supported; `detail` is the very word its source lacks."""
    return _messages(language).unsupported[problem].format(detail=detail)


def no_model_notice(failure: GenerationFailure, language: str) -> str:
    """Says that the model did not answer, and why."""
    messages = _messages(language)
    return messages.no_reply.format(failure=messages.failure[failure])


def not_shown_notice(language: str) -> str:
    """Says that the model answered, and that nothing confirms it."""
    return _messages(language).not_shown


def _messages(language: str) -> Messages:
    return ALL.get(language, ALL[_FALLBACK])


def language_name(code: str, spoken: str) -> str:
    """Name of the language `code` in the language `spoken`; the code itself where it has none.

    >>> language_name("pl", "en")
    'Polish'
    """
    try:
        return str(Locale.parse(code).get_display_name(spoken) or code)
    except (UnknownLocaleError, ValueError):
        return code
