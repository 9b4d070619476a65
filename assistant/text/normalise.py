"""Tidy characters: NFC, decoded entities, single spaces, nothing invisible. Used on every piece of text."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from urllib.parse import urlsplit

_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#38|#x26|#X26);)+")
# Only with the semicolon: "?a=1&copy=2" in running text is no copyright sign.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# A joiner is spelling in Persian, Indic scripts and emoji, and noise everywhere else.
_SPELLED = "\u0590-\u109f\u1780-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
# Unicode's own limit for marks on one letter; sorting endless ones takes quadratic time.
_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{30})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_NO_SINGLE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LONG = 10_000
_STRAY_JOINER = re.compile(f"(?<![{_SPELLED}])[\u200c\u200d]+|[\u200c\u200d]+(?![{_SPELLED}])")


def tidy(text: str) -> str:
    """One line of clean text: entities decoded, NFC, single spaces, no invisible characters.

    >>> tidy("Sector&amp;#58;\\xa0 quality\\u200b")
    'Sector: quality'
    """
    return one_line(decode_entities(text) if "&" in text else text)


def one_line(text: str) -> str:
    """One line of clean text like `tidy`, in which "&amp;" stays as it is: code says what it says."""
    if not (text.isascii() and text.isprintable()):
        text = _MARKS.sub(r"\1", _STRAY_JOINER.sub("", _INVISIBLE.sub("", text)))
        text = unicodedata.normalize("NFC", text)
    # The words of a long line one by one take ten times its memory.
    return " ".join(text.split()) if len(text) < _LONG else _NO_SINGLE_SPACE.sub(" ", text).strip()


def decode_entities(text: str) -> str:
    """Decode character references, also those that were escaped twice ("&amp;nbsp;")."""
    for _ in range(3):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), _AMPERSANDS.sub("&", text))
        if decoded == text:
            break
        text = decoded
    return text


def squash(text: str) -> str:
    """Only letters and digits, case folded: what two spellings of the same line have in common."""
    return "".join(filter(str.isalnum, text.casefold()))


def hash64(text: str) -> int:
    """64 bits that stand for `text` where very many texts are compared."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def opening_words(text: str, limit: int = 88) -> str:
    """The first words of `text`, cut at a word boundary with an ellipsis: at most `limit` + 1 characters."""
    line = tidy(text[: 4 * limit])
    if len(line) <= limit:
        return line
    head = line[: limit + 1]
    head = head[: head.rfind(" ")] if " " in head[limit // 3 :] else head[:limit]
    return head.rstrip(" ,;:.–—-(„“\"'") + "…"


def web_address(url: object) -> str | None:
    """`url` when it is a complete http(s) address, else None; never a javascript: or file: one."""
    if not isinstance(url, str):
        return None
    url = tidy(url)
    if len(url) > 2000 or any(character in url for character in ' <>"\\^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and host and "@" not in parts.netloc else None


def host_of(url: str) -> str:
    """The host of an address, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
