"""Accents put back on Vietnamese typed without them."""

from __future__ import annotations

import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.text.fold import strip_accents
from assistant.text.vietnamese.accents import has_accents, is_syllable, model_tokens, normal_syllable, restore_accents

EVERYDAY = [
    "Số người mắc sốt xuất huyết năm 2023 là bao nhiêu?",
    "lịch tiêm chủng cho trẻ em dưới 1 tuổi",
    "thủ tục cấp giấy phép hành nghề khám chữa bệnh",
    "Triệu chứng của bệnh tay chân miệng là gì?",
    "bảo hiểm y tế chi trả bao nhiêu phần trăm",
    "Ai là giám đốc Sở Y tế?",
    "kế hoạch phòng chống dịch covid-19 năm 2021",
    "giờ làm việc của phòng khám",
    "bác sĩ nào khám tim mạch?",
    "an toàn thực phẩm trong trường học",
    "Tỷ lệ chuyển tuyến của Quảng Ninh là bao nhiêu?",
    "có bao nhiêu giường bệnh tại trung tâm y tế huyện",
    "làm sao để phòng ngừa bệnh dại",
    "số điện thoại đường dây nóng của sở y tế",
]
PIECES = st.sampled_from(
    [*" ".join(map(strip_accents, EVERYDAY)).split(), "Ha", "NOI", "Paris", "x", "12", ".", ",", "\n", "(", "straße"]
)
TEXTS = st.lists(PIECES, max_size=30).map(" ".join) | st.text(max_size=40)


@pytest.mark.parametrize("question", EVERYDAY)
def test_everyday_questions(question: str) -> None:
    bare = "".join(char for char in unicodedata.normalize("NFD", question) if not unicodedata.combining(char))
    assert restore_accents(bare.replace("đ", "d").replace("Đ", "D")) == question


@pytest.mark.parametrize("text", EVERYDAY)
def test_accented_text_is_left_alone(text: str) -> None:
    assert restore_accents(text) == text


def test_accented_words_stay_and_help_the_others() -> None:
    assert restore_accents("benh vien đa khoa o dau?") == "bệnh viện đa khoa ở đâu?"


def test_decomposed_accents_count_as_accents() -> None:
    text = "bệnh viện ở đâu"
    assert restore_accents(unicodedata.normalize("NFD", text)) == text


@pytest.mark.parametrize(
    "text",
    ["", " \n", "12/2021", "http://benh-vien.vn/kham?q=benh", "le.van@benh-vien.vn", "Washington Street", "H5N1", "?!"],
)
def test_what_is_not_vietnamese_is_left_alone(text: str) -> None:
    assert restore_accents(text) == text


def test_case_space_and_punctuation_are_kept() -> None:
    assert restore_accents("BENH VIEN,  benh vien;\tBenh Vien (WHO)") == "BỆNH VIỆN,  bệnh viện;\tBệnh Viện (WHO)"


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_only_accents_are_added(text: str) -> None:
    restored = restore_accents(text)
    assert strip_accents(restored) == strip_accents(text)
    assert [strip_accents(word) for word in restored.split()] == [strip_accents(word) for word in text.split()]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(EVERYDAY), min_size=1, max_size=4).map(" ".join))
def test_restored_text_is_not_restored_again(text: str) -> None:
    restored = restore_accents(strip_accents(text))
    assert restore_accents(restored) == restored


def test_threads_agree() -> None:
    bare = [strip_accents(question) for question in EVERYDAY] * 5
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(restore_accents, bare)) == [restore_accents(question) for question in bare]


@pytest.mark.slow
def test_time_grows_linearly() -> None:
    text = strip_accents(" ".join(EVERYDAY))
    restore_accents(text)

    def seconds(times: int) -> float:
        started = time.perf_counter()
        restore_accents(" ".join([text] * times))
        return time.perf_counter() - started

    # Four times the text may take four times as long; sixteen times would be quadratic.
    assert min(seconds(40) for _ in range(3)) < 10 * min(seconds(10) for _ in range(3))


@pytest.mark.parametrize(
    ("text", "accented"),
    [("", False), ("Ha Noi", False), ("Hà Noi", True), ("dj đj", True), ("Malmö, Łeba, façade", False), ("ơ", True)],
)
def test_has_accents(text: str, accented: bool) -> None:
    assert has_accents(text) is accented
    assert has_accents(unicodedata.normalize("NFD", text)) is accented


@pytest.mark.parametrize("word", ["nghiêng", "quý", "giường", "thuở", "khuya", "y", "ở", "đường"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(strip_accents(word))


@pytest.mark.parametrize("word", ["street", "straße", "covid", "ngừòi", "", "bệnhviện", "jazz", "éclair"])
def test_other_words_are_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_both_places_of_the_tone_mark_are_one_syllable() -> None:
    assert [normal_syllable(word) for word in ("hoà", "thuỷ", "khoẻ")] == ["hòa", "thủy", "khỏe"]
    assert [normal_syllable(word) for word in ("hoàng", "quý", "oà")] == ["hoàng", "quý", "oà"]


def test_tokens_of_the_model() -> None:
    text = "Gọi 115, hoặc a.b@c.vn (street)."
    assert [token for _, _, token in model_tokens(text)] == [
        "gọi", "<n>", "<s>", "hoặc", "<u>", "<s>", "<u>", "<s>", "<s>",
    ]  # fmt: skip
