"""What the assistant itself says, in the language of the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from babel import Locale, UnknownLocaleError

from assistant.errors import GenerationFailure
from assistant.records import AbstentionReason, Problem

_Phrase = TypeVar("_Phrase")
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

_WHY: dict[str, dict[Problem, str]] = {
    "en": {
        "number": "not confirmed: the number {} is not in the source",
        "date": "not confirmed: the date {} is not in the source",
        "name": "not confirmed: the name {} is not in the source",
        "negation": "not confirmed: the source says it the other way round",
        "meaning": "not confirmed: the source does not say this",
        "no_source": "no source: no passage clearly says this",
    },
    "pl": {
        "number": "niepotwierdzone: w źródle nie ma liczby {}",
        "date": "niepotwierdzone: w źródle nie ma daty {}",
        "name": "niepotwierdzone: w źródle nie ma nazwy {}",
        "negation": "niepotwierdzone: źródło mówi odwrotnie",
        "meaning": "niepotwierdzone: źródło tego nie mówi",
        "no_source": "brak źródła: żaden fragment wyraźnie tego nie mówi",
    },
    "vi": {
        "number": "chưa được xác nhận: nguồn không có con số {}",
        "date": "chưa được xác nhận: nguồn không có ngày {}",
        "name": "chưa được xác nhận: nguồn không có tên {}",
        "negation": "chưa được xác nhận: nguồn nói ngược lại",
        "meaning": "chưa được xác nhận: nguồn không nói điều này",
        "no_source": "không có nguồn: không đoạn nào nói rõ điều này",
    },
}
_NO_MODEL = {
    "en": "The language model did not answer: {}.",
    "pl": "Model językowy nie odpowiedział: {}.",
    "vi": "Mô hình ngôn ngữ không trả lời: {}.",
}
_NOT_SHOWN = {
    "en": "What the language model wrote is not confirmed by the documents and not shown.",
    "pl": "Tego, co napisał model językowy, nie potwierdzają dokumenty, więc nie jest pokazywane.",
    "vi": "Nội dung mô hình ngôn ngữ viết không được tài liệu xác nhận nên không hiển thị.",
}
_FAILURES: dict[str, dict[GenerationFailure, str]] = {
    "en": {
        "unreachable": "its server cannot be reached",
        "refused": "its server refused the key",
        "unknown_model": "its server does not know the model",
        "rate_limited": "its server has too much to do",
        "too_long": "the passages are too long for it",
        "server_error": "its server failed",
        "timeout": "it took too long",
        "cut": "its answer broke off",
        "empty": "its answer was empty",
        "endless": "its answer did not end",
        "malformed": "its server sent what cannot be read",
    },
    "pl": {
        "unreachable": "serwer jest nieosiągalny",
        "refused": "serwer odrzucił klucz",
        "unknown_model": "serwer nie zna tego modelu",
        "rate_limited": "serwer jest przeciążony",
        "too_long": "fragmenty są dla niego za długie",
        "server_error": "błąd serwera",
        "timeout": "trwało to zbyt długo",
        "cut": "odpowiedź się urwała",
        "empty": "odpowiedź była pusta",
        "endless": "odpowiedź nie miała końca",
        "malformed": "serwer przysłał nieczytelną odpowiedź",
    },
    "vi": {
        "unreachable": "không kết nối được máy chủ",
        "refused": "máy chủ từ chối khóa truy cập",
        "unknown_model": "máy chủ không có mô hình này",
        "rate_limited": "máy chủ đang quá tải",
        "too_long": "các đoạn văn quá dài đối với mô hình",
        "server_error": "máy chủ bị lỗi",
        "timeout": "quá thời gian chờ",
        "cut": "câu trả lời bị ngắt giữa chừng",
        "empty": "câu trả lời rỗng",
        "endless": "câu trả lời không kết thúc",
        "malformed": "máy chủ gửi dữ liệu không đọc được",
    },
}


def abstention_text(reason: AbstentionReason, language: str) -> str:
    """The sentence that says that there is no answer, in `language` (English where we have no other)."""
    return _spoken(_ABSTENTIONS, language)[reason]


def other_language_notice(quoted: Sequence[str], language: str) -> str | None:
    """Says which languages the quotes are in, where one differs from the question's; None where none does."""
    others = sorted(set(quoted) - {language, "und"})
    if not others or language == "und":
        return None
    spoken = language if language in _OTHER_LANGUAGE else _FALLBACK
    return _OTHER_LANGUAGE[spoken].format(", ".join(language_name(code, spoken) for code in others))


def why(problem: Problem, detail: str, language: str) -> str:
    """What stands in brackets behind a sentence that is not supported; `detail` is the very word its source lacks."""
    return _spoken(_WHY, language)[problem].format(detail)


def no_model_notice(failure: GenerationFailure, language: str) -> str:
    """Says that the model did not answer, and why."""
    return _spoken(_NO_MODEL, language).format(_spoken(_FAILURES, language)[failure])


def not_shown_notice(language: str) -> str:
    """Says that the model answered, and that nothing confirms it."""
    return _spoken(_NOT_SHOWN, language)


def _spoken(phrases: Mapping[str, _Phrase], language: str) -> _Phrase:
    return phrases.get(language, phrases[_FALLBACK])


def language_name(code: str, spoken: str) -> str:
    """Name of the language `code` in the language `spoken`; the code itself where it has none.

    >>> language_name("pl", "en")
    'Polish'
    """
    try:
        return str(Locale.parse(code).get_display_name(spoken) or code)
    except (UnknownLocaleError, ValueError):
        return code
