from __future__ import annotations

import pytest

from assistant.records import ChatMessage
from assistant.retrieve.follow_up import last_answer, standalone_query, sub_query_texts

HISTORY = [
    ChatMessage("user", "What is the referral rate in Quang Ninh?"),
    ChatMessage("assistant", "It is 3.57%. [1]"),
]


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "And the satisfaction rate?"),
        ("en", "Why is it the lowest in the region?"),
        ("en", "Since when?"),
        ("pl", "A jaki jest wskaźnik zadowolenia pacjentów?"),
        ("pl", "Kto w tym regionie o tym zdecydował?"),
        ("vi", "Còn tỷ lệ hài lòng thì sao?"),
        ("vi", "con ty le hai long cua nguoi dan thi sao"),
    ],
)
def test_a_follow_up_takes_the_last_question_along(language: str, question: str) -> None:
    assert standalone_query(question, HISTORY, language) == f"{HISTORY[0].content} {question}"


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "How many patients does the hospital in Hue treat on Mondays?"),
        ("pl", "Ile szpitali działa dziś w mieście Hajfong?"),
        ("vi", "Sở Y tế Quảng Trị có bao nhiêu sáng kiến?"),
    ],
)
def test_a_question_that_stands_alone_is_left_alone(language: str, question: str) -> None:
    assert standalone_query(question, HISTORY, language) == question


def test_words_of_other_languages_point_nowhere() -> None:
    question = "How many doctors did they send to the hospital on one day?"
    assert standalone_query(question, HISTORY, "vi") == question


def test_the_same_question_again_is_no_follow_up() -> None:
    history = [ChatMessage("user", "Giá vé?"), ChatMessage("assistant", "50.000 đồng. [1]")]
    assert standalone_query("gia ve", history, "vi") == "gia ve"
    assert standalone_query("Mở cửa?", history, "vi") == "Giá vé? Mở cửa?"


def test_the_last_answer_is_the_one_before_the_question() -> None:
    assert last_answer(HISTORY) == "It is 3.57%. [1]"
    assert last_answer([*HISTORY, ChatMessage("user", "Why?"), ChatMessage("assistant", " ")]) == "It is 3.57%. [1]"
    assert last_answer(()) == ""


@pytest.mark.parametrize("question", ["😀😀😀", "?!"])
def test_no_words_follow_up_on_nothing(question: str) -> None:
    assert standalone_query(question, HISTORY, "und") == question


def test_without_history_nothing_is_added() -> None:
    assert standalone_query("Why?", [], "en") == "Why?"
    assert standalone_query("Why?", [ChatMessage("assistant", "Hello")], "en") == "Why?"


def test_a_follow_up_is_searched_for_with_and_without_the_question_before() -> None:
    query = standalone_query("And in May?", HISTORY, "en")
    texts = sub_query_texts("And in May?", query, HISTORY)
    assert [text for text, _ in texts] == [query, "And in May?", "It is 3.57%. [1]"]
    weights = [weight for _, weight in texts]
    assert weights[0] == weights[1] > 5 * weights[2] > 0


def test_a_question_that_stands_alone_is_searched_for_as_it_is() -> None:
    assert sub_query_texts("How many beds?", "How many beds?", []) == [("How many beds?", 1.0)]
    after_an_answer = sub_query_texts("How many beds?", "How many beds?", HISTORY)
    assert after_an_answer[0] == ("How many beds?", 1.0)
    assert len(after_an_answer) == 2
