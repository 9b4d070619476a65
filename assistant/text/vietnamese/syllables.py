"""Syllables that tell Vietnamese from other languages, with accents or without."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import numpy as np

from assistant.text.fold import strip_accents

# Syllables that unaccented Vietnamese cannot do without and that no other Latin-script language strings
# together: function words and the commonest syllables of running text, accents stripped.
_VIETNAMESE_SYLLABLES = frozenset(
    """
    ai anh ba bao benh bi bo cac can cang cao cap cau chi chinh cho chu chua chung chuyen co con cong cua cung
    da dau day de den di dieu dinh do doi dong du dua duoc duong gi gia giam giao giup hai hang hanh hay hien
    hoac hoan hoat hoc hoi hon huong huyen khac khach khi kham khoa khoang khong khu kien kinh la lai lam lan
    lao len lich linh loai luc luat luong ly ma mang may mat moi mot muc nam nao nay ngay nghi nghiep ngoai
    nguoi nguon nha nhan nhat nhieu nhu nhung nhieu nhom noi nuoc o phai phan phap phat phe phong phu phuc
    phuong qua quan quy quyet ra rang rat sau se so su suc ta tai tang tao tat tham thanh the theo thi thoi
    thu thuc thuoc thuong tien tieu tim tin tinh to toan toi trach tren trien trinh trong truoc truong trung
    tu tung tuoi tuyen va van vao ve vien viet voi vu vung xa xay xu xuat y yeu
    """.split()
)
# Those of them that are also everyday words of English or Polish prove nothing.
_AMBIGUOUS = frozenset("ai ba bi bo can chi co con da day do du hay la lam may men o so su ta the to tu ma y".split())
_VIETNAMESE_LETTERS = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
# The shape of every Vietnamese syllable, accents stripped: onset, vowels, coda.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"(?:[aeiouy]|a[iouy]|eo|eu|i[aeu]|ieu|o[aeio]|oa[iyo]|oeo|u[aeiouy]|ua[iyo]|uo[iu]|uy[aeu]|yeu?)"
    r"(?:ch|c|m|ng|nh|n|p|t)?"
)


def is_vietnamese_syllable(word: str) -> bool:
    """Whether `word`, with its accents or without, is built like a Vietnamese syllable.

    >>> is_vietnamese_syllable("Nguyễn"), is_vietnamese_syllable("Queen")
    (True, False)
    """
    return bool(_SYLLABLE.fullmatch(strip_accents(word)))


def is_vietnamese(typed: list[str]) -> bool:
    """Whether the words of a text, as they were typed, in NFC and in order, are Vietnamese with accents or without."""
    words = [word.casefold() for word in typed]
    accented = sum(bool(_VIETNAMESE_LETTERS.search(word)) for word in words)
    if accented * 4 >= len(words):
        return True
    if not all(word.isascii() for word in words):
        return False
    # A capitalised syllable may be a name in a sentence of any language; it proves nothing but at the start.
    common = [word for n, word in enumerate(typed) if n == 0 or word[:1].islower() or word.isupper()]
    common = [word.casefold() for word in common]
    known = [word for word in common if word in _VIETNAMESE_SYLLABLES]
    telling = len(set(known) - _AMBIGUOUS)
    if len(common) >= 3 and telling >= 1 and all(_SYLLABLE.fullmatch(word) for word in common):
        return True
    return telling >= 2 and len(known) * 2 >= len(common)


@cache
def known_syllables() -> frozenset[str]:
    """Return the syllables of the counts behind accents.py, in lower case and NFC."""
    with files("assistant.text.vietnamese").joinpath("data/vietnamese_syllables.npz").open("rb") as file:
        stored = np.load(file, allow_pickle=False)["syllables"]
    return frozenset(bytes(stored).decode().split("\n"))
