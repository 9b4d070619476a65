"""Tables of the codes in which Vietnamese was written before Unicode, and the fonts that tell them.

A document in such a code looks like accented nonsense in any other font: "Quy ®Þnh" is "Quy định" in TCVN3. The bytes
are here as the characters that Windows-1252 or Latin-1 show for them. tests/text/test_legacy_codes.py compares the
tables with those of other programs.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

Code: TypeAlias = Literal["TCVN3", "VNI", "VISCII", "VPS", "VIQR"]
"""TCVN3 is also called ABC; VIQR writes the accents as ASCII signs after the letter (see viqr.py)."""

# Letters from byte 0xA1 on, "_" where the code has none.
_TCVN3 = "ĂÂÊÔƠƯĐăâêôơưđ______àảãáạ_ằẳẵắ_______ặầẩẫấậè_ẻẽéẹềểễếệìỉ___ĩíịò_ỏõóọồổỗốộờởỡớợù_ủũúụừửữứựỳỷỹýỵ"
# Letters from byte 0x80 on.
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII_LOW = {2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ"}
_VPS = (
    "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ__ỀỂỄỐỒỔỖýỷỵỚỜỞ_ắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕựầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺ_"
    "àáâãảạăçèéêẽìíîĩẴĐòóôõ_ƠụùúủüỶẼỳ"
)
_VPS_LOW = {
    2: "Ạ", 3: "Ậ", 4: "Ặ", 5: "Ẹ", 6: "Ệ", 16: "Ị", 17: "Ọ", 18: "Ộ", 19: "Ợ", 20: "Ụ", 21: "Ự", 25: "Ỵ", 28: "Ẫ",
    29: "Ữ",
}  # fmt: skip
# VNI writes a letter and a sign after it; the two signs of an accented vowel are one sign.
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_TCVN3_FONT = re.compile(r"^(?:\.vn[a-z0-9]|vn(?:time|arial)(?:h?\b|h?$))", re.I)
_CAPITALS_FONT = re.compile(r"h(?:$|[\s,-])", re.I)
_VNI_FONT = re.compile(r"^vni(?:[\s_-]|times|helve)", re.I)
_VPS_FONT = re.compile(r"^vps[\s_-]?(?:times|helv|hanoi)", re.I)


@dataclass(frozen=True, slots=True)
class LegacyFont:
    """The code that a font is made for; `capitals`: it shows small letters as capitals."""

    code: Code
    capitals: bool = False


def font_code(name: str) -> LegacyFont | None:
    """Return the code that text in a font of this name is written in, None for fonts of Unicode.

    >>> font_code("ABCDEF+.VnTimeH,Bold"), font_code("Times New Roman")
    (LegacyFont(code='TCVN3', capitals=True), None)
    """
    name = _SUBSET.sub("", name.strip().strip("\"'"))
    if _TCVN3_FONT.match(name):
        return LegacyFont("TCVN3", _CAPITALS_FONT.search(name) is not None)
    if _VNI_FONT.match(name):
        return LegacyFont("VNI")
    return LegacyFont("VPS") if _VPS_FONT.match(name) else None


@cache
def table(code: Code) -> dict[str, str]:
    """Return the letters of a code in Unicode (NFC) by the characters that stand for them; none for VIQR."""
    if code == "TCVN3":
        return _by_byte(_TCVN3, 0xA1)
    if code == "VISCII":
        return _by_byte(_VISCII, 0x80) | {chr(byte): letter for byte, letter in _VISCII_LOW.items()}
    if code == "VPS":
        return _by_byte(_VPS, 0x80) | {chr(byte): letter for byte, letter in _VPS_LOW.items()}
    return _vni() if code == "VNI" else {}


@cache
def pattern(code: Code) -> re.Pattern[str]:
    """Return a pattern of the characters in the table of a code, pairs before single ones."""
    keys = sorted(table(code), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, keys)))


def convert(text: str, code: Code, *, capitals: bool = False) -> str:
    """Return `text` with the characters of a code as Unicode letters (NFC); all others stay.

    `capitals` is for fonts that show small letters as capitals. TCVN3 has no accented capitals but seven: in words
    whose other letters are capitals, the accented ones become capitals too.

    >>> convert("Quy ®Þnh", "TCVN3"), convert("Vieät Nam", "VNI"), convert("TH¤NG B¸O", "TCVN3")
    ('Quy định', 'Việt Nam', 'THÔNG BÁO')
    """
    letters = table(code)
    found = pattern(code).sub(lambda match: letters[match[0]], text)
    if capitals:
        return found.upper()
    return re.sub(r"[^\W\d_]+", _raise, found) if code == "TCVN3" else found


def _raise(match: re.Match[str]) -> str:
    """Return a word with accented small letters as capitals if its others are capitals, of which there are two."""
    word = match[0]
    plain = [letter for letter in word if letter.isascii() or letter in "ĂÂÊÔƠƯĐ"]
    small = any(letter.islower() for letter in plain)
    return word if small or len(plain) < 2 else word.upper()


def as_windows(data: bytes) -> str:
    """Return bytes as the characters that Windows-1252 shows for them, as Latin-1 where it has none."""
    return re.sub("[\x80-\x9f]", lambda match: _windows(ord(match[0])), data.decode("latin-1"))


def _by_byte(letters: str, first: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for byte, letter in enumerate(letters, first):
        if letter != "_":
            found[chr(byte)] = letter
            found[_windows(byte)] = letter
    return found


def _windows(byte: int) -> str:
    return bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte))


def _vni() -> dict[str, str]:
    found: dict[str, str] = {}
    for letters, accent, signs in (
        ("aeouy", "", _VNI_TONES),
        ("aeo", "\u0302", _VNI_CIRCUMFLEX),
        ("a", "\u0306", _VNI_BREVE),
    ):
        for letter in letters:
            found |= {letter + sign: _nfc(letter + accent + tone) for sign, tone in signs.items()}
    for letter in "ôö":
        found |= {letter + sign: _nfc(_VNI_ALONE[letter] + tone) for sign, tone in _VNI_TONES.items()}
    found |= _VNI_ALONE
    # A capital may be followed by a small sign, as by its capital.
    mixed = {key[0].upper() + key[1:]: letter.upper() for key, letter in found.items()}
    return found | mixed | {key.upper(): letter.upper() for key, letter in found.items()}


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
