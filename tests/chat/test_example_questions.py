"""Which questions the empty chat offers."""

from __future__ import annotations

from assistant.chat.example_questions import example_questions
from assistant.records import Document


def document(doc_id: str, language: str, *questions: str, title: str = "T") -> Document:
    return Document(doc_id, title, "text", language=language, questions=questions)


def test_questions_are_spread_over_languages_and_documents() -> None:
    documents = [
        document("a", "en", "a1", "a2"),
        document("b", "en", "b1"),
        document("c", "pl", "c1"),
        document("d", "en", "d1"),
    ]
    assert example_questions(documents) == ("a1", "c1", "b1", "d1")
    assert example_questions(documents, limit=5)[-1] == "a2"


def test_a_question_in_another_language_than_its_document_counts_for_its_own() -> None:
    documents = [
        document("a", "en", "How many hospitals are there?", "Có bao nhiêu bệnh viện?"),
        document("b", "en", "Who is the director?"),
    ]
    assert example_questions(documents, limit=2) == ("How many hospitals are there?", "Có bao nhiêu bệnh viện?")


def test_without_suggestions_titles_are_asked_about_in_their_language() -> None:
    documents = [document("a", "pl", title="Mosty"), document("b", "xx", title="Bridges")]
    assert example_questions(documents) == (
        "Co mówi dokument „Mosty”?",
        "What does the document “Bridges” say?",
    )


def test_the_same_question_is_offered_once_and_no_document_gives_none() -> None:
    assert example_questions([document("a", "en", "q"), document("b", "pl", "q")]) == ("q",)
    assert example_questions([]) == ()
    assert example_questions([document("a", "en", title=" ")]) == ()
