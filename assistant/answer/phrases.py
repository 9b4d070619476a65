"""What the assistant itself says, in the language of the question."""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale, UnknownLocaleError

from assistant.records import AbstentionReason

_FALLBACK = "en"
_ABSTENTIONS: dict[str, dict[AbstentionReason, str]] = {
    "en": {
        "no_evidence": "I did not find this in the documents.",
        "weak_evidence": "I did not find a reliable answer to this in the documents.",
        "unsupported": "I found passages on this, but they do not support an answer.",
    },
    "pl": {
        "no_evidence": "Nie znalazłem tego w dokumentach.",
        "weak_evidence": "Nie znalazłem w dokumentach wiarygodnej odpowiedzi na to pytanie.",
        "unsupported": "Znalazłem fragmenty na ten temat, ale nie potwierdzają one odpowiedzi.",
    },
    "vi": {
        "no_evidence": "Tôi không tìm thấy điều này trong tài liệu.",
        "weak_evidence": "Tôi không tìm thấy câu trả lời đáng tin cậy cho câu hỏi này trong tài liệu.",
        "unsupported": "Tôi tìm thấy đoạn liên quan, nhưng chúng không đủ căn cứ để trả lời.",
    },
}
_OTHER_LANGUAGE = {
    "en": "The source is in another language than your question: {}.",
    "pl": "Źródło jest w innym języku niż pytanie: {}.",
    "vi": "Nguồn được viết bằng ngôn ngữ khác với câu hỏi: {}.",
}


def abstention_text(reason: AbstentionReason, language: str) -> str:
    """The sentence that says that there is no answer, in `language` (English where we have no other)."""
    return _ABSTENTIONS.get(language, _ABSTENTIONS[_FALLBACK])[reason]


def other_language_notice(quoted: Sequence[str], language: str) -> str | None:
    """Says which languages the quotes are in, where one differs from the question's; None where none does."""
    others = sorted(set(quoted) - {language, "und"})
    if not others or language == "und":
        return None
    spoken = language if language in _OTHER_LANGUAGE else _FALLBACK
    return _OTHER_LANGUAGE[spoken].format(", ".join(language_name(code, spoken) for code in others))


def language_name(code: str, spoken: str) -> str:
    """Name of the language `code` in the language `spoken`; the code itself where it has none.

    >>> language_name("pl", "en")
    'Polish'
    """
    try:
        return str(Locale.parse(code).get_display_name(spoken) or code)
    except (UnknownLocaleError, ValueError):
        return code
