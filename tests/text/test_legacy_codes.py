"""Vietnamese in codes older than Unicode: the tables, what is recognised, and what must stay as it is."""

from __future__ import annotations

import json
import unicodedata
from itertools import product
from pathlib import Path

import pytest

from assistant.text.vietnamese.legacy_codes import Code, LegacyFont, convert, font_code, table
from assistant.text.vietnamese.legacy_reader import LegacyReader, is_legacy, read_legacy

SHAPES = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}
TONES = {"\u0301": "'", "\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0323": "."}
MARKED = Path(__file__).parent / "data" / "sentence_ends.jsonl"
BYTES: tuple[Code, ...] = ("TCVN3", "VNI", "VISCII", "VPS")


def letters() -> set[str]:
    """The 134 letters of Vietnamese that are not ASCII."""
    plain = {unicodedata.normalize("NFC", letter + tone) for letter, tone in product("aeiouyAEIOUY", TONES)}
    shaped = {
        unicodedata.normalize("NFC", letter + shape + tone)
        for letter, shape in product("aeoAEO", ["\u0302"])
        for tone in ("", *TONES)
    }
    breve = {unicodedata.normalize("NFC", letter + "\u0306" + tone) for letter in "aA" for tone in ("", *TONES)}
    horn = {unicodedata.normalize("NFC", letter + "\u031b" + tone) for letter in "ouOU" for tone in ("", *TONES)}
    return plain | shaped | breve | horn | set("đĐ")


def prose() -> list[str]:
    """Real Vietnamese, a few words a paragraph: about 3,800 words."""
    rows = [json.loads(line) for line in MARKED.read_text("utf-8").splitlines()]
    return [f"{row['before']} {row['after']}" for row in rows if row["language"] == "vi"]


def in_code(text: str, code: Code) -> str:
    """`text` as an old program wrote it, shown in Windows-1252 where it has the byte."""
    if code == "VIQR":
        return "".join(map(in_viqr, text))
    found: dict[str, str] = {}
    for key, letter in table(code).items():
        if all(ord(char) < 256 for char in key):
            found.setdefault(letter, key)
    if code == "TCVN3":  # small letters, which another font showed as capitals
        found |= {letter.upper(): key for letter, key in list(found.items()) if letter.upper() not in found}
    return "".join(found.get(letter, letter) for letter in text)


def in_viqr(letter: str) -> str:
    if letter in "đĐ":
        return "dd" if letter == "đ" else "DD"
    decomposed = unicodedata.normalize("NFD", letter)
    marks = decomposed[1:]
    return (
        decomposed[0] + "".join(SHAPES.get(mark, "") for mark in marks) + "".join(TONES.get(mark, "") for mark in marks)
    )


def right_letters(wanted: str, found: str) -> float:
    """The share of the letters of `wanted` in words that are `found` letter by letter; the case does not count."""
    pairs = list(zip(wanted.lower().split(), found.lower().split(), strict=True))
    right = sum(a == b for one, other in pairs if len(one) == len(other) for a, b in zip(one, other, strict=True))
    return right / sum(len(one) for one, _ in pairs)


def test_there_are_134_letters_and_2000_words() -> None:
    assert len(letters()) == 134
    assert len(" ".join(prose()).split()) > 2_000


@pytest.mark.parametrize("code", ["VNI", "VISCII", "VPS"])
def test_each_letter_has_its_own_sign(code: Code) -> None:
    assert letters() <= set(table(code).values()) | set("ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý")
    written = {in_code(letter, code) for letter in letters()}
    assert len(written) == 134
    assert {convert(sign, code) for sign in written} == letters()


def test_tcvn3_has_the_small_letters_and_seven_capitals() -> None:
    small = {letter for letter in letters() if letter.islower()}
    assert set(table("TCVN3").values()) == small | set("ĂÂÊÔƠƯĐ")
    assert {convert(in_code(letter, "TCVN3"), "TCVN3") for letter in small} == small


@pytest.mark.parametrize("code", [*BYTES, "VIQR"])
def test_99_of_100_letters_are_right(code: Code) -> None:
    text = "\n".join(prose())
    found, codes = read_legacy(in_code(text, code))
    assert codes == (code,)
    assert right_letters(text, found) >= 0.99


@pytest.mark.parametrize("code", BYTES)
def test_paragraphs_in_a_code_stand_among_others_in_unicode(code: Code) -> None:
    paragraphs = prose()
    mixed = [in_code(text, code) if number % 2 else text for number, text in enumerate(paragraphs)]
    found, codes = read_legacy("\n".join(mixed))
    assert codes == (code,)
    assert found.split("\n")[::2] == paragraphs[::2]
    assert right_letters("\n".join(paragraphs), found) >= 0.99


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
        ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
        ("quyÕt ®Þnh cña Bé tr\xadëng Bé Tµi chÝnh", "quyết định của Bộ trưởng Bộ Tài chính"),
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
        ("Co^.ng ho`a xa~ ho^.i chu? nghi~a Vie^.t Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("DDo^.c la^.p - Tu+. do - Ha.nh phu'c", "Độc lập - Tự do - Hạnh phúc"),
    ],
)
def test_one_line_is_enough(written: str, text: str) -> None:
    assert read_legacy(written)[0] == text


def test_words_of_one_letter_are_read_and_signs_beside_numbers_stay() -> None:
    text = "Ai ở phố này có một ô tô thì ạ, ô ấy dài 2 × 5 m và giá 500 đ"
    assert read_legacy(in_code(text, "TCVN3"))[0] == text
    text = "Người ở phố này có một ô tô thì ạ, ô ấy dài lắm"
    for code in BYTES:
        assert read_legacy(in_code(text, code))[0] == text


def test_words_in_capitals_get_accented_capitals() -> None:
    assert convert("THùC HIÖN TIÕT KIÖM", "TCVN3") == "THỰC HIỆN TIẾT KIỆM"
    assert convert("thùc hiÖn", "TCVN3", capitals=True) == "THỰC HIỆN"


def test_full_stops_and_question_marks_stay_beside_viqr_accents() -> None:
    text = (
        "To^i dde^'n tru+o+`ng. Ba.n la`m gi`? Chu'ng to^i kho^ng bie^'t ho. o+? dda^u, ma` ba la` ai.\nBa.n ho?i gi`?"
    )
    wanted = "Tôi đến trường. Bạn làm gì? Chúng tôi không biết họ ở đâu, mà ba là ai.\nBạn hỏi gì?"
    assert read_legacy(text) == (wanted, ("VIQR",))


def test_addresses_stay_in_viqr_text() -> None:
    text = "Ngu+o+`i thu? thu+ cu?a thu+ vie^.n vie^'t cho to^i: tha.i.ba@dia.chi.vn, http://thu.vien.vn/dda?a=1."
    found, codes = read_legacy(text)
    assert codes == ("VIQR",)
    assert "tha.i.ba@dia.chi.vn, http://thu.vien.vn/dda?a=1." in found


@pytest.mark.parametrize(
    "text",
    [
        "Où est le thé du curé ? Il est né à côté, tôt ou tard, sur l'île — « là-bas », déjà.",
        "Dès l'été, né à Sète, René a fêté Noël à l'hôtel: thé, pâté, brûlé, dû, né, dé, nôtre, tôt.",
        "Zażółć gęślą jaźń. Król i córka, ból, mój, twój, rów, wół, bój, sól, gór, stół, chór.",
        "Für größere Bären tätig: Öl, Tür, nö, Köln, schön, müßig, König, Föhn, Höhle, nähte.",
        "El niño llegó a la montaña. ¿Qué pasó? ¡Así cayó él! Mañana volverá también más café, mamá y papá.",
        "Não são pães, mãe; é pé, já há fé, cá e lá. O avô e a avó têm três bebés.",
        "København, Malmö, Ærø, Øre, på, være, år, når, også, få, gå, må, så.",
        "What? Why not? (e.g. this one) a^2 + b^2 = c^2, o+ and u+, x~y, don't, I'm, who's `me` `to`?",
        "Use la(n) or cha(n) in C++; a.b.c, e.g., i.e., o'clock, ma'am, to`, add(dd), odd? ba.",
        "thu.do@ha.noi.vn, co.uk, a.m., U.S.A., e.V., o.o., Nguyen? Tran. Le. Ba? Co? Di. Anh.",
        "Thủ đô Hà Nội là trung tâm chính trị của nước Việt Nam. Có gì không? Tôi đã hỏi.",
        unicodedata.normalize("NFD", "Thủ đô Hà Nội là trung tâm chính trị của nước Việt Nam."),
        "25 µm ± 2 °C, § 5 Abs. 2, © 2024, ® ¼ ½ ¾ ¹²³ 10 × 20, 5 ÷ 2, £5, ¥6, «Bonjour», “quoted” – …",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert read_legacy(text) == (text, ())
    assert not is_legacy(text.encode("cp1252", "replace").decode("latin-1"))


def test_other_text_stays_in_a_document_with_legacy_paragraphs() -> None:
    french = "Où est le thé du curé ? Il est né à côté, sur l'île, déjà."
    polish = "Zażółć gęślą jaźń, córko: ból, mój, twój."
    text = "\n".join([french, "Céng hoµ x· héi chñ nghÜa ViÖt Nam", polish])
    assert read_legacy(text)[0].split("\n") == [french, "Cộng hoà xã hội chủ nghĩa Việt Nam", polish]


@pytest.mark.parametrize(
    ("name", "font"),
    [
        (".VnTime", LegacyFont("TCVN3")),
        ("ABCDEF+.VnTimeH,Bold", LegacyFont("TCVN3", capitals=True)),
        (".VnArial Narrow", LegacyFont("TCVN3")),
        (".vnarialh", LegacyFont("TCVN3", capitals=True)),
        ("VNI-Times", LegacyFont("VNI")),
        ("VNI-Helve-Condense", LegacyFont("VNI")),
        ("VPS Times", LegacyFont("VPS")),
        ("Times New Roman", None),
        ("UVN Bai Sau", None),
        ("VNF-Comic Sans", None),
        ("Vnunicode", None),
    ],
)
def test_fonts_tell_their_code(name: str, font: LegacyFont | None) -> None:
    assert font_code(name) == font


def test_a_font_converts_what_is_too_short_to_be_recognised_but_no_unicode() -> None:
    reader = LegacyReader()
    assert reader.read_font("VÐ xe", LegacyFont("TCVN3")) == "Vé xe"
    assert reader.read_font("Vé gửi xe", LegacyFont("TCVN3")) == "Vé gửi xe"
    assert reader.found == {"TCVN3"}
