"""What the interface says, in English, Polish and Vietnamese.

The language of the interface is the reader's, from `?lang=` or Accept-Language; it is independent of the
language of the question, in which replies and notices are written, and of that of the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date


@dataclass(frozen=True, slots=True)
class Strings:
    """Every string of the interface in one language; `language` is its ISO 639-1 code."""

    language: str
    product: str
    tagline: str
    documents: str
    languages: str
    indexed: str
    document_list: str
    welcome: str
    welcome_more: str
    examples: str
    example_question: str
    """Holds {title}."""
    question_label: str
    question_placeholder: str
    ask: str
    stop: str
    chat_label: str
    searching: str
    drafting: str
    stopped: str
    sources: str
    source: str
    """Holds {number} and {title}."""
    open_source: str
    also_at: str
    show_in_document: str
    page: str
    """Holds {number}."""
    new_tab: str
    copy: str
    copied: str
    copy_failed: str
    helpful: str
    not_helpful: str
    comment: str
    send: str
    thanks: str
    not_kept: str
    ask_again: str
    edit: str
    go_on: str
    changed: str
    why_found: str
    found_as: str
    """Holds {rank} and {of}."""
    near_levels: tuple[str, str, str]
    """Of a passage that is not very near to the question in meaning, near, and very near."""
    shares_words: str
    shares_no_words: str
    new_chat: str
    save: str
    clear: str
    earlier: str
    remove: str
    filter: str
    filter_language: str
    filter_site: str
    filter_since: str
    filter_until: str
    filter_date: str
    interface: str
    no_answer: str
    closest: str
    not_answered: str
    empty_question: str
    empty_question_hint: str
    failed: str
    failed_hint: str
    back: str
    quote_marked: str
    bad_quote: str
    not_found: str
    not_found_hint: str


ENGLISH = Strings(
    language="en",
    product="Document assistant",
    tagline="Answers from your documents, each sentence with its source.",
    documents="Documents",
    languages="Languages",
    indexed="Indexed",
    document_list="What is indexed",
    welcome="Ask about the documents",
    welcome_more="The number behind a sentence opens the source at the very words.",
    examples="Example questions",
    example_question="What does the document “{title}” say?",
    question_label="Your question",
    question_placeholder="Ask about the documents",
    ask="Ask",
    stop="Stop",
    chat_label="Conversation",
    searching="Searching the documents …",
    drafting="The model is writing; nothing of this is verified yet.",
    stopped="Stopped.",
    sources="Sources",
    source="Source {number}: {title}",
    open_source="Open source",
    also_at="Also at:",
    show_in_document="Show in document",
    page="page {number}",
    new_tab="opens in a new tab",
    copy="Copy answer",
    copied="Copied",
    copy_failed="Not copied",
    helpful="Helpful",
    not_helpful="Not helpful",
    comment="What was wrong or missing?",
    send="Send",
    thanks="Thank you.",
    not_kept="It could not be kept.",
    ask_again="Ask again",
    edit="Edit question",
    go_on="You could go on with",
    changed="The documents have changed since; ask again.",
    why_found="Why this was found",
    found_as="Passage {rank} of the {of} that were found.",
    near_levels=(
        "It is not very near to the question in meaning.",
        "It is near to the question in meaning.",
        "It is very near to the question in meaning.",
    ),
    shares_words="It shares words with the question.",
    shares_no_words="It shares no words with the question.",
    new_chat="New chat",
    save="Save",
    clear="Clear",
    earlier="Earlier chats",
    remove="Remove",
    filter="Only some documents",
    filter_language="Language",
    filter_site="Site",
    filter_since="From",
    filter_until="To",
    filter_date="year-month-day, as 2025-06-30",
    interface="Language of this page",
    no_answer="No answer in the documents",
    closest="The closest passages – they do not answer the question",
    not_answered="This question was not answered",
    empty_question="There is no question to answer.",
    empty_question_hint="Type a question and press Enter.",
    failed="Something went wrong on the server.",
    failed_hint="Try again; if it happens again, tell whoever runs this assistant.",
    back="Back to the assistant",
    quote_marked="Go to the quote",
    bad_quote="The link names a quote that is not in this document, so nothing is marked.",
    not_found="There is no such document",
    not_found_hint="It may have been removed, or the link is incomplete.",
)

POLISH = Strings(
    language="pl",
    product="Asystent dokumentów",
    tagline="Odpowiedzi z Twoich dokumentów, każde zdanie ze źródłem.",
    documents="Dokumenty",
    languages="Języki",
    indexed="Zindeksowano",
    document_list="Co jest zindeksowane",
    welcome="Zapytaj o dokumenty",
    welcome_more="Numer za zdaniem otwiera źródło w tym właśnie miejscu.",
    examples="Przykładowe pytania",
    example_question="Co mówi dokument „{title}”?",
    question_label="Twoje pytanie",
    question_placeholder="Zapytaj o dokumenty",
    ask="Zapytaj",
    stop="Zatrzymaj",
    chat_label="Rozmowa",
    searching="Przeszukuję dokumenty …",
    drafting="Model pisze; nic z tego nie jest jeszcze sprawdzone.",
    stopped="Zatrzymano.",
    sources="Źródła",
    source="Źródło {number}: {title}",
    open_source="Otwórz źródło",
    also_at="Także pod adresem:",
    show_in_document="Pokaż w dokumencie",
    page="strona {number}",
    new_tab="otwiera się w nowej karcie",
    copy="Kopiuj odpowiedź",
    copied="Skopiowano",
    copy_failed="Nie skopiowano",
    helpful="Pomocna",
    not_helpful="Niepomocna",
    comment="Co było błędne lub czego zabrakło?",
    send="Wyślij",
    thanks="Dziękujemy.",
    not_kept="Nie udało się tego zapisać.",
    ask_again="Zapytaj ponownie",
    edit="Popraw pytanie",
    go_on="Możesz zapytać dalej",
    changed="Dokumenty się od tego czasu zmieniły; zapytaj ponownie.",
    why_found="Dlaczego to znaleziono",
    found_as="Fragment {rank} z {of} znalezionych.",
    near_levels=(
        "Znaczeniem nie jest zbyt bliski pytaniu.",
        "Znaczeniem jest bliski pytaniu.",
        "Znaczeniem jest bardzo bliski pytaniu.",
    ),
    shares_words="Ma z pytaniem wspólne słowa.",
    shares_no_words="Nie ma z pytaniem wspólnych słów.",
    new_chat="Nowa rozmowa",
    save="Zapisz",
    clear="Wyczyść",
    earlier="Wcześniejsze rozmowy",
    remove="Usuń",
    filter="Tylko niektóre dokumenty",
    filter_language="Język",
    filter_site="Strona",
    filter_since="Od",
    filter_until="Do",
    filter_date="rok-miesiąc-dzień, np. 2025-06-30",
    interface="Język tej strony",
    no_answer="Brak odpowiedzi w dokumentach",
    closest="Najbliższe fragmenty – nie odpowiadają na pytanie",
    not_answered="Nie odpowiedziano na to pytanie",
    empty_question="Nie ma pytania, na które można odpowiedzieć.",
    empty_question_hint="Wpisz pytanie i naciśnij Enter.",
    failed="Coś poszło nie tak na serwerze.",
    failed_hint="Spróbuj ponownie; jeśli to się powtórzy, powiadom osobę, która prowadzi tego asystenta.",
    back="Wróć do asystenta",
    quote_marked="Przejdź do cytatu",
    bad_quote="Odnośnik wskazuje cytat, którego nie ma w tym dokumencie, więc nic nie zaznaczono.",
    not_found="Nie ma takiego dokumentu",
    not_found_hint="Mógł zostać usunięty albo odnośnik jest niepełny.",
)

VIETNAMESE = Strings(
    language="vi",
    product="Trợ lý tài liệu",
    tagline="Câu trả lời từ tài liệu của bạn, mỗi câu đều có nguồn.",
    documents="Tài liệu",
    languages="Ngôn ngữ",
    indexed="Lập chỉ mục",
    document_list="Các tài liệu đã lập chỉ mục",
    welcome="Hãy hỏi về các tài liệu",
    welcome_more="Số sau mỗi câu mở nguồn đúng tại đoạn đó.",
    examples="Câu hỏi ví dụ",
    example_question="Tài liệu “{title}” nói gì?",
    question_label="Câu hỏi của bạn",
    question_placeholder="Hỏi về các tài liệu",
    ask="Hỏi",
    stop="Dừng",
    chat_label="Cuộc trò chuyện",
    searching="Đang tìm trong các tài liệu …",
    drafting="Mô hình đang viết; nội dung này chưa được kiểm chứng.",
    stopped="Đã dừng.",
    sources="Nguồn",
    source="Nguồn {number}: {title}",
    open_source="Mở nguồn",
    also_at="Cũng có tại:",
    show_in_document="Xem trong tài liệu",
    page="trang {number}",
    new_tab="mở trong thẻ mới",
    copy="Sao chép câu trả lời",
    copied="Đã sao chép",
    copy_failed="Không sao chép được",
    helpful="Hữu ích",
    not_helpful="Không hữu ích",
    comment="Điều gì sai hoặc còn thiếu?",
    send="Gửi",
    thanks="Cảm ơn bạn.",
    not_kept="Không lưu được.",
    ask_again="Hỏi lại",
    edit="Sửa câu hỏi",
    go_on="Bạn có thể hỏi tiếp",
    changed="Tài liệu đã thay đổi từ lúc đó; hãy hỏi lại.",
    why_found="Vì sao tìm thấy đoạn này",
    found_as="Đoạn {rank} trong {of} đoạn tìm được.",
    near_levels=(
        "Nghĩa không gần lắm với câu hỏi.",
        "Nghĩa gần với câu hỏi.",
        "Nghĩa rất gần với câu hỏi.",
    ),
    shares_words="Có từ chung với câu hỏi.",
    shares_no_words="Không có từ chung với câu hỏi.",
    new_chat="Cuộc trò chuyện mới",
    save="Lưu",
    clear="Xóa",
    earlier="Các cuộc trò chuyện trước",
    remove="Gỡ bỏ",
    filter="Chỉ một số tài liệu",
    filter_language="Ngôn ngữ",
    filter_site="Trang",
    filter_since="Từ ngày",
    filter_until="Đến ngày",
    filter_date="năm-tháng-ngày, ví dụ 2025-06-30",
    interface="Ngôn ngữ của trang này",
    no_answer="Không có câu trả lời trong tài liệu",
    closest="Các đoạn gần nhất – chúng không trả lời câu hỏi",
    not_answered="Câu hỏi này chưa được trả lời",
    empty_question="Chưa có câu hỏi để trả lời.",
    empty_question_hint="Hãy nhập câu hỏi rồi nhấn Enter.",
    failed="Đã xảy ra lỗi trên máy chủ.",
    failed_hint="Hãy thử lại; nếu vẫn lỗi, hãy báo cho người quản lý trợ lý này.",
    back="Quay lại trợ lý",
    quote_marked="Đến phần trích dẫn",
    bad_quote="Liên kết chỉ đến một trích dẫn không có trong tài liệu này nên không có gì được đánh dấu.",
    not_found="Không có tài liệu này",
    not_found_hint="Tài liệu có thể đã bị xóa hoặc liên kết không đầy đủ.",
)

ALL = {strings.language: strings for strings in (ENGLISH, POLISH, VIETNAMESE)}


def choose(wanted: str | None, accept_language: str | None) -> Strings:
    """The strings for `wanted` (`?lang=`) or else the best of an Accept-Language header; English otherwise.

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
    """`code` in words ("Polish", "polski", "Tiếng Ba Lan"); None when it is unknown."""
    try:
        name = Locale.parse(strings.language).languages.get(Locale.parse(code, sep="-").language)
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    return str(name) if name and code != "und" else None


def date_words(iso: str, strings: Strings) -> str:
    """An ISO date (or date and time) in words; what is no date is returned as it is."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    if strings.language == "en":  # day first: readers of month-first English lose nothing
        return format_date(day, "d MMMM y", locale="en")
    return format_date(day, "long", locale=strings.language)
