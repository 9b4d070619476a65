from __future__ import annotations

from assistant.records import Document
from assistant.text.fold import strip_accents, words
from assistant.text.terms import about, terms_of


def test_accents_make_no_difference() -> None:
    assert terms_of("Bệnh viện Đa khoa") == terms_of("benh vien da khoa") == terms_of("BỆNH VIỆN ĐA KHOA")


def test_inflected_forms_share_a_term() -> None:
    assert set(terms_of("szpitalami")) & set(terms_of("szpitale")) == {"szpit*"}


def test_two_syllables_are_a_term_of_their_own() -> None:
    assert "benh vien" in terms_of("bệnh viện")
    assert "vien benh" not in terms_of("bệnh viện")


def test_numbers_and_dates_stay_whole() -> None:
    assert words("Rate 3.57%, on 10/08/2020.") == ["rate", "3.57", "on", "10/08/2020"]


def test_letters_that_do_not_decompose_are_folded() -> None:
    assert strip_accents("Łódź, Đà Nẵng, Straße, ﬁle") == "lodz, da nang, strasse, file"


def test_the_extension_of_an_address_is_no_term() -> None:
    for path in ("nganh-y-te-123.html", "nganh-y-te.htm", "nganh-y-te--.aspx"):
        document = Document("d", "Title", "text", f"https://site.vn/{path}", "page")
        assert set(terms_of(about(document))) & {"html", "htm", "aspx", "te"} == {"te"}
