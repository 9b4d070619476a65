"""Sentence ends after abbreviations, initials and short words, on places marked by reading them (data/README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.text.sentences import sentence_spans

PLACES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "sentence_ends.jsonl").read_text("utf-8").splitlines()
]


def accuracy(places: list[dict[str, Any]], language: str | None = None) -> float:
    """Share of `places` that are cut as they are marked; `language` instead of each one's own."""
    right = 0
    for place in places:
        text, end = f"{place['before']} {place['after']}", len(place["before"])
        found = any(last == end for _, last in sentence_spans(text, language or place["language"]))
        right += found == place["ends"]
    return right / len(places)


@pytest.mark.parametrize("half", ["tuning", "held_out"])
@pytest.mark.parametrize("language", ["en", "pl", "vi"])
def test_sentences_end_where_readers_see_them_end(language: str, half: str) -> None:
    places = [p for p in PLACES if (p["language"], p["half"]) == (language, half)]
    for ends in (True, False):
        marked = [p for p in places if p["ends"] is ends]
        assert len(marked) >= 50
        assert accuracy(marked) >= 0.95


def test_the_language_of_a_text_need_not_be_known() -> None:
    assert accuracy(PLACES, "und") >= 0.9


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("pl", "Umarł w 1989 r. Polska miała nowy rząd.", 2),
        ("pl", "W 1989 r. Polska miała nowy rząd.", 1),
        ("pl", "Miał 55 gr. Reszta przepadła.", 2),
        ("vi", "Anh sống ở TP.HCM từ nhỏ.", 1),
        ("en", "It was kept at 37 °C. Cells were washed.", 2),
    ],
)
def test_what_stands_around_an_abbreviation_decides(language: str, text: str, sentences: int) -> None:
    assert len(sentence_spans(text, language)) == sentences
