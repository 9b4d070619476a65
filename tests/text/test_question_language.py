"""The language of short questions, and who decides where the question does not."""

from __future__ import annotations

import pytest

from assistant.text.facts.question_language import question_language

AMONG = ("en", "pl", "vi")


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "How do I sign up?"),
        ("en", "Can I smoke?"),
        ("en", "Do I tip?"),
        ("en", "Is it on?"),
        ("pl", "Ile to zajmie?"),
        ("pl", "Do kiedy?"),
        ("pl", "gdzie to jest"),
        ("pl", "A dla dzieci?"),
        ("vi", "Ở đâu?"),
        ("vi", "o dau vay"),
        ("vi", "khi nao mo cua"),
        ("vi", "Ai ký?"),
        ("vi", "In sách ở đâu?"),
        ("vi", "khi nao in an"),
        ("vi", "ai lay so"),
        ("vi", "MAT BAO LAU"),
        ("zh", "卫生部门的转诊率是多少"),
    ],
)
def test_function_words_decide_whatever_page_the_question_was_typed_on(language: str, question: str) -> None:
    for page in ((), ("en",), ("pl",), ("vi",)):
        assert question_language(question, AMONG, page) == language


@pytest.mark.parametrize(
    "question", ["KR-7710-B", "4417", "Wi2", "Maria Nowak", "Tran Van Binh", "Trần Văn Bình?", "😀"]
)
@pytest.mark.parametrize("page", AMONG)
def test_codes_and_names_leave_the_language_to_the_page(question: str, page: str) -> None:
    assert question_language(question, AMONG, (page,)) == page


def test_a_word_of_several_languages_is_in_that_of_the_conversation() -> None:
    assert [question_language("login", AMONG, (page,)) for page in ("en", "pl")] == ["en", "pl"]
    assert question_language("bat dau", AMONG, ("vi", "en")) == "vi"


def test_a_word_that_only_one_language_has_is_in_that_language_on_every_page() -> None:
    assert question_language("Opening hours", AMONG, ("vi",)) == "en"
    assert question_language("Godziny otwarcia", AMONG, ("en",)) == "pl"


def test_nothing_tells_the_language_of_a_code_alone() -> None:
    assert question_language("KR-7710-B", AMONG) == "und"
