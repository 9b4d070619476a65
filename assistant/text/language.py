"""Language detection, with a rule of our own for Vietnamese typed without its accents."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from assistant.text.fold import strip_accents

UNKNOWN = "und"
SAMPLE_CHARS = 5_000
"""Characters of a document from which its language is detected; a limit of time."""
# Pseudo-count of the prior: a language with few chunks is pulled towards the mean over all languages, because a few
# chunks say more about their topic than about their language. Fitted by benchmarks/tune/retrieval.py.
PRIOR_CHUNKS = 8

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
_WORD = re.compile(r"[^\W\d_]+")


def is_vietnamese_syllable(word: str) -> bool:
    """Return whether `word`, with its accents or without, is built like a Vietnamese syllable.

    >>> is_vietnamese_syllable("Nguyễn"), is_vietnamese_syllable("Queen")
    (True, False)
    """
    return bool(_SYLLABLE.fullmatch(strip_accents(word)))


def detect_language(text: str, among: tuple[str, ...] = ()) -> str:
    """Return the ISO 639-1 code of the language of `text`, or "und" if it has too few letters to tell.

    `among` limits the choice for short texts, where it is otherwise a lottery; it is ignored for text that is not in
    Latin script.

    >>> detect_language("Benh vien nao o Hai Phong?")
    'vi'
    """
    typed = _WORD.findall(unicodedata.normalize("NFC", text))
    words = [word.casefold() for word in typed]
    letters = "".join(words)
    if len(letters) < 2:
        return UNKNOWN
    if _is_vietnamese(words, typed):
        return "vi"
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters)
    language, _ = _identifier(among if latin * 2 > len(letters) else ()).classify(" ".join(words))
    return str(language)


def _is_vietnamese(words: list[str], typed: list[str]) -> bool:
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
def _identifier(among: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = sorted({*among} & {*identifier.labels})  # a document may claim any language
    if known:
        identifier.set_languages(known)
    return identifier
