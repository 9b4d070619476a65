"""Messages of the assistant itself in the language of the question, read from one file per language in `locale`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator

from assistant.errors import GenerationFailure
from assistant.records import AbstentionReason, Problem
from assistant.text.fold import strip_accents, words
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
    small_talk: tuple[str, ...]
    back_references: tuple[str, ...]
    abstention: Annotated[dict[AbstentionReason, _Text], one_for_each(AbstentionReason)]
    unsupported: Annotated[dict[Problem, str], one_for_each(Problem), AfterValidator(_details)]
    failure: Annotated[dict[GenerationFailure, _Text], one_for_each(GenerationFailure)]


ALL = read_languages(FOLDER, Messages)


def small_talk_language(text: str, language: str) -> str | None:
    """Return the language of a greeting or of thanks, `language` if it is said in several; None for anything else.

    >>> small_talk_language("Cam on!", "en"), small_talk_language("Thanks to whom?", "en")
    ('vi', None)
    """
    said = _plain(text)
    spoken = [code for code, messages in ALL.items() if said in map(_plain, messages.small_talk)]
    return language if language in spoken else next(iter(spoken), None)


def back_references(language: str) -> tuple[str, ...]:
    """Return the words with which a sentence in `language` begins that speaks of the one before it."""
    return ALL[language].back_references if language in ALL else ()


def _plain(text: str) -> str:
    return " ".join(words(strip_accents(text)))


def abstention_text(reason: AbstentionReason, language: str) -> str:
    """Return the message that there is no answer, in `language`; in English if there is no file for that language."""
    return _messages(language).abstention[reason]


def other_language_notice(quoted: Sequence[str], language: str) -> str | None:
    """Return a message that names the languages of the quotes that are not in `language`; None if there are none.

    `quoted` are the language codes of the quotes, `language` is that of the question.
    """
    others = sorted(set(quoted) - {language, "und"})
    if not others or language == "und":
        return None
    messages = _messages(language)
    names = ", ".join(language_name(code, messages.language) for code in others)
    return messages.other_language.format(languages=names)


def why(problem: Problem, detail: str, language: str) -> str:
    """Return why a sentence is not supported; `detail` is the number, date or name that is not in its source."""
    return _messages(language).unsupported[problem].format(detail=detail)


def no_model_notice(failure: GenerationFailure, language: str) -> str:
    """Return the message that the model did not answer, with the reason."""
    messages = _messages(language)
    return messages.no_reply.format(failure=messages.failure[failure])


def not_shown_notice(language: str) -> str:
    """Return the message that the documents do not confirm the answer of the model."""
    return _messages(language).not_shown


def _messages(language: str) -> Messages:
    return ALL.get(language, ALL[_FALLBACK])


def language_name(code: str, spoken: str) -> str:
    """Return the name of the language `code` in the language `spoken`; the code itself if it has no name there.

    >>> language_name("pl", "en")
    'Polish'
    """
    try:
        return str(Locale.parse(code).get_display_name(spoken) or code)
    except (UnknownLocaleError, ValueError):
        return code
