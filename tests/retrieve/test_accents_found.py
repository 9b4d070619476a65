"""Accents put back as the passages have them."""

from __future__ import annotations

from assistant.retrieve.accents_found import accented_as_found

PASSAGES = ["Phí gửi xe là 5.000 đồng mỗi lượt.", "Gửi xe máy tại tầng hầm.", "GỬI XE Ô TÔ"]


def test_the_passages_correct_a_wrong_guess() -> None:
    assert accented_as_found("phi gui xe bao nhieu", "phi gửi xé bao nhiêu", PASSAGES) == "phí gửi xe bao nhiêu"


def test_the_longest_run_of_syllables_decides() -> None:
    passages = ["giá thẻ", "thể dục", "thể dục", "giá thẻ dục"]
    assert accented_as_found("gia the duc", "gia thế đức", passages) == "giá thẻ dục"


def test_what_most_passages_have_is_taken() -> None:
    assert accented_as_found("gui xe", "gùi xẻ", [*PASSAGES, "gửi xế"]) == "gửi xe"


def test_capitals_stay_and_single_syllables_are_left_to_the_guess() -> None:
    assert accented_as_found("Gui XE o dau", "Gùi XÈ ở đâu", PASSAGES) == "Gửi XE ở đâu"
    assert accented_as_found("xe", "xé", PASSAGES) == "xé"


def test_passages_without_accents_say_nothing() -> None:
    assert accented_as_found("gui xe", "gửi xe", ["gui xe", "gui xe"]) == "gửi xe"
