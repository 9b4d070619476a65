"""Numbers, dates and names, in whatever format."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.facts.extraction import facts_of

EN, PL, VI = "en", "pl", "vi"
MONTHS = "January February March April May June July August September October November December".split()


def unheld(statement: tuple[str, str], source: tuple[str, str]) -> list[str]:
    """The facts of `statement` that `source` does not hold; both are (text, language)."""
    held = facts_of(*source)
    return [fact.written for fact in facts_of(*statement).stated if not held.hold(fact)]


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        (("It reached 95%.", EN), ("Osiągnął 95 procent.", PL)),
        (("It reached 95 per cent.", EN), ("đạt 95 phần trăm", VI)),
        (("The rate was 3.57%.", EN), ("tỷ lệ là 3,57%", VI)),
        (("It has 1,234 beds.", EN), ("Ma 1 234 łóżka, i 1.234 pacjentów.", PL)),
        (("It cost 2 million.", EN), ("Kosztowało to 2 mln.", PL)),
        (("It cost 1.2 million.", EN), ("It cost 1.2 or 2 million.", EN)),
        (("Chi phí là 3 tỷ đồng.", VI), ("It cost 3 billion.", EN)),
        (("Two nurses came.", EN), ("Có 2 y tá.", VI)),
        (("There were 3 doctors.", EN), ("Było trzech lekarzy.", PL)),
        (("On 10 August 2020 it opened.", EN), ("Khai trương ngày 10/08/2020.", VI)),
        (("Otwarto 10 sierpnia 2020.", PL), ("It opened on August 10, 2020.", EN)),
        (("Vào tháng 8 năm 2020.", VI), ("It opened on 10 August 2020.", EN)),
        (("In 2020 it opened.", EN), ("Otwarto 10 sierpnia 2020 r.", PL)),
        (("It is in Warsaw, near Gdynia.", EN), ("Warsaw lies far from Gdynia.", EN)),
        (("Mieszka w Warszawie od lat.", PL), ("Stolicą jest Warszawa nad Wisłą.", PL)),
        (("He lives in Ha Noi today.", EN), ("ông sống ở Hà Nội", VI)),
    ],
)
def test_a_fact_is_held_in_any_format(statement: tuple[str, str], source: tuple[str, str]) -> None:
    assert facts_of(*statement).stated
    assert unheld(statement, source) == []


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        (("It reached 95%.", EN), ("It reached 96%.", EN)),
        (("It reached 3.57%.", EN), ("tỷ lệ là 35,7%", VI)),
        (("It cost 2 million.", EN), ("Kosztowało to 2 tys.", PL)),
        (("It cost 1,250,000.", EN), ("It cost 1,250 or two million.", EN)),
        (("On 10 August 2020 it opened.", EN), ("Khai trương ngày 11/08/2020.", VI)),
        (("In August 2021 it opened.", EN), ("It opened on 10 August 2020.", EN)),
        (("There were 3 doctors.", EN), ("Było czterech lekarzy.", PL)),
        (("He lives in Ha Noi today.", EN), ("ông sống ở Hà Nam", VI)),
        (("Mieszka w Warszawie od lat.", PL), ("Stolicą był Kraków nad Wisłą.", PL)),
    ],
)
def test_another_fact_is_not(statement: tuple[str, str], source: tuple[str, str]) -> None:
    assert unheld(statement, source)


@given(st.integers(10, 10**9))
def test_thousands_are_the_same_however_they_are_set_apart(number: int) -> None:
    plain = f"It has {number} beds."
    for separator in (",", ".", " ", "\u00a0"):
        grouped = f"{number:,}".replace(",", separator)
        assert unheld((plain, EN), (f"It has {grouped} beds.", EN)) == []


@given(st.dates(min_value=datetime.date(1950, 1, 1), max_value=datetime.date(2050, 1, 1)))
def test_a_date_is_the_same_in_figures_and_in_words(date: datetime.date) -> None:
    in_words = f"It opened on {date.day} {MONTHS[date.month - 1]} {date.year}."
    in_figures = f"Khai trương ngày {date.day:02}/{date.month:02}/{date.year}."
    assert unheld((in_words, EN), (in_figures, VI)) == []
    other = date + datetime.timedelta(days=40)
    assert unheld((in_words, EN), (f"Khai trương ngày {other.day:02}/{other.month:02}/{other.year}.", VI))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "1" * 5_000, "a1b2" * 5_000, "\u202e12\u202c\0", "٣٤ １２", "- " * 50_000]
)
def test_hostile_text_has_facts_too_or_none(text: str) -> None:
    for language in (EN, PL, VI, "und"):
        assert isinstance(facts_of(text, language).stated, tuple)
