"""What a quote lacks of a question: names, numbers, labels, and the kind of thing that is asked for."""

from __future__ import annotations

import pytest

from assistant.answer.confidence import Evidence, confidence
from assistant.answer.requested_facts import Lacking, Requested
from assistant.records import Chunk, Document


def lacking(question: str, language: str, text: str, quote: str = "", *, title: str = "", spoken: str = "") -> Lacking:
    document = Document("d", title, text, language=spoken or language)
    quote = quote or text
    start = text.index(quote)
    return Requested(question, language).lacking(document, Chunk.cut(document, 0, len(text)), start, start + len(quote))


BRIDGES = "Bridge 12 was opened in 1998. Bridge 2 was opened in 2004."


def test_a_name_that_is_nowhere_lacks_and_another_one_in_the_quote_counts_too() -> None:
    text = "The museum of Tarnbrook was founded in 1912."
    assert lacking("When was the museum of Tarnbrook founded?", "en", text) == Lacking(0, 0, False)
    assert lacking("When was the museum of Oldmere founded?", "en", text) == Lacking(1, 1, False)


def test_a_name_in_the_title_or_beside_the_quote_is_there() -> None:
    text = "Oldmere has a museum. It was founded in 1912."
    quote = "It was founded in 1912."
    assert lacking("When was the museum of Oldmere founded?", "en", text, quote).facts == 0
    titled = lacking("When was the museum of Oldmere founded?", "en", quote, title="Museum of Oldmere")
    assert titled.facts == 0


def test_the_label_of_a_thing_is_not_met_by_another_thing_with_that_number() -> None:
    first, second = BRIDGES.split(". ")
    assert lacking("When was bridge 2 opened?", "en", BRIDGES, first).otherwise == 1
    assert lacking("When was bridge 2 opened?", "en", BRIDGES, second).otherwise == 0
    assert lacking("When was bridge 1 opened?", "en", BRIDGES, first).otherwise >= 1
    wrong, other = (lacking("When was bridge 2 opened?", "en", BRIDGES, quote) for quote in (first, second))
    assert wrong.charge > lacking("When was the lock opened?", "en", BRIDGES, second).charge + other.charge


@pytest.mark.parametrize(
    ("question", "language", "quote", "lacks"),
    [
        ("How many cooks work here?", "en", "Cooks work in two kitchens.", True),
        ("How many cooks work here?", "en", "Cooks are trained here.", True),
        ("How many cooks work here?", "en", "There are 14 cooks.", False),
        ("How much of the hall is used?", "en", "A third of the hall is used.", False),
        ("When does it open?", "en", "It opens with a key.", True),
        ("When does it open?", "en", "It opens on Mondays.", False),
        ("When does it open?", "en", "It opens in the evening.", False),
        ("Who leads the choir?", "en", "The choir sings every week.", True),
        ("Who leads the choir?", "en", "The choir is led by Olga Brandt.", False),
        ("Ile jest miejsc?", "pl", "Miejsca są na sali.", True),
        ("Ile jest miejsc?", "pl", "Na sali jest 40 miejsc.", False),
        ("Kiedy otwierają basen?", "pl", "Basen otwiera kierownik.", True),
        ("Có bao nhiêu phòng?", "vi", "Phòng rất sạch sẽ.", True),
        ("co bao nhieu phong", "vi", "Có 14 phòng.", False),
        ("Ai là trưởng khoa?", "vi", "Khoa mở cửa mỗi ngày.", True),
        ("Ai là trưởng khoa?", "vi", "Trưởng khoa là bác sĩ Trần Văn Bình.", False),
    ],
)
def test_the_kind_of_thing_asked_for_must_be_in_the_quote(
    question: str, language: str, quote: str, lacks: bool
) -> None:
    assert lacking(question, language, quote).kind is lacks


def test_a_name_counts_across_languages_in_every_spelling() -> None:
    text = "Thành phố Hải Phòng có 12 trường."
    assert lacking("Ile szkół jest w Hajfongu?", "pl", text, spoken="vi").facts == 0
    assert lacking("How many schools does Hai Phong have?", "en", text, spoken="vi").facts == 0
    assert lacking("How many schools does Nam Dinh have?", "en", text, spoken="vi").facts == 1


def test_what_a_quote_lacks_lowers_the_confidence() -> None:
    whole = Evidence(0.86, 0.7, False, 3.0)
    for lack in ({"absent": 1}, {"otherwise": 1}, {"no_kind": True}, {"unlike": 1}):
        assert confidence(Evidence(0.86, 0.7, False, 3.0, **lack)) < confidence(whole)
