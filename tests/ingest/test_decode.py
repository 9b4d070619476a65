"""Bytes → text in any encoding that documents come in."""

from __future__ import annotations

import codecs
import unicodedata

import pytest

from assistant.ingest.decode import UnreadableFileError, binary_format, decode

VIETNAMESE = (
    "Nhờ đó, ngành Y tế tỉnh đã hoàn thành các chỉ tiêu do Đại hội Đảng bộ tỉnh đề ra, nâng cao chất lượng khám "
    "chữa bệnh. Bệnh viện đã áp dụng nhiều kỹ thuật mới."
)
POLISH = (
    "Szpital stopniowo zwiększał skalę działalności i udoskonalał infrastrukturę, zaspokajając potrzeby "
    "mieszkańców w zakresie opieki zdrowotnej – także w święta."
)
FRENCH = "L’été dernier, le café de la gare était fermé ; les élèves ont dû déjeuner à l’hôtel, près de l’église."
TONES = "\u0300\u0301\u0303\u0309\u0323"


def windows_1258(text: str) -> bytes:
    """As Windows writes Vietnamese: the letter, then its tone as a mark of its own."""
    encoded = b""
    for character in unicodedata.normalize("NFC", text):
        try:
            encoded += character.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", character)
            base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
            encoded += (base + "".join(part for part in parts if part in TONES)).encode("cp1258")
    return encoded


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (VIETNAMESE.encode(), VIETNAMESE),
        (codecs.BOM_UTF8 + POLISH.encode(), POLISH),
        (VIETNAMESE.encode("utf-16"), VIETNAMESE),
        (codecs.BOM_UTF16_BE + POLISH.encode("utf-16-be"), POLISH),
        (VIETNAMESE.encode("utf-32"), VIETNAMESE),
        (POLISH.encode("utf-16-le"), POLISH),
        (FRENCH.encode("utf-16-be"), FRENCH),
        (windows_1258(VIETNAMESE), VIETNAMESE),
        (POLISH.encode("cp1250"), POLISH),
        (POLISH.replace("–", "-").encode("iso-8859-2"), POLISH.replace("–", "-")),
        (FRENCH.encode("cp1252"), FRENCH),
        ("Больница открыла новое отделение, и очередь стала короче.".encode("cp1251"), None),
        ("病院は新しい手術室を開き、患者の待ち時間が短くなった。".encode("cp932"), None),
    ],
)
def test_encoding_is_found(data: bytes, text: str | None) -> None:
    expected = text or data.decode("cp1251" if data[0] > 0xC0 else "cp932")
    assert unicodedata.normalize("NFC", decode(data, "a.txt")) == expected


def test_declared_charset_decides_where_bytes_do_not() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2"></head>Łódź</html>'
    assert "Łódź" in decode(page.encode("iso-8859-2"), "a.html")


def test_a_few_broken_bytes_do_not_turn_utf8_into_another_encoding() -> None:
    assert decode(VIETNAMESE.encode() + b"\xff" + VIETNAMESE.encode(), "a.txt") == VIETNAMESE * 2


def test_noise_is_undecodable_and_says_what_to_do() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        decode(bytes((i * 7919 + i // 3) % 256 for i in range(5000)), "a.txt")
    assert "save it as UTF-8" in caught.value.failure.hint


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n1 0 obj\n<<>>\nendobj", "pdf"),
        (b"A file that begins with %PDF-1.4 is a PDF, says the manual.", None),
        (b"x" * 2_000 + b"%PDF-1.4\n1 0 obj", None),
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (b"PKO Bank is a bank.", None),
    ],
)
def test_pdf_and_zip_are_told_by_their_bytes(data: bytes, kind: str | None) -> None:
    assert binary_format(data) == kind
