from __future__ import annotations

import pytest

from assistant.text.language import detect_language

AMONG = ("en", "pl", "vi")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Bệnh viện nào ở Hải Phòng?"),
        ("vi", "benh vien nao o Hai Phong"),
        ("vi", "CO BAO NHIEU BENH VIEN"),
        ("vi", "giam doc so y te la ai"),
        ("pl", "Ile szpitali jest w Hajfong?"),
        ("pl", "Kto kieruje szpitalem i ilu ma lekarzy?"),
        ("en", "Who is Nguyen Thi Hanh?"),
        ("en", "What did Le Quang Trung say about the Thong Nhat hospital?"),
        ("zh", "卫生部门的转诊率是多少"),
        ("und", "😀😀😀"),
        ("und", "3.57% 2020"),
        ("und", ""),
    ],
)
def test_short_questions(language: str, text: str) -> None:
    assert detect_language(text, AMONG) == language


def test_documents_in_a_language_not_listed() -> None:
    text = "Das Krankenhaus hat im vergangenen Jahr mehr als tausend Patienten behandelt und neue Geräte gekauft."
    assert detect_language(text) == "de"


@pytest.mark.slow
def test_a_language_that_nobody_knows_is_never_found_and_does_no_harm() -> None:
    assert detect_language("Where is the hospital?", ("en", "xx", "und", "zh-CN")) == "en"
    assert detect_language("Where is the hospital?", ("xx",)) == "en"
