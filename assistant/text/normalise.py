"""Normalise characters: NFC, decoded entities, single spaces, nothing invisible. Used on every piece of text."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from assistant.text.control_characters import remove_invisible

_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#38|#x26|#X26);)+")
# Only with the semicolon: "?a=1&copy=2" in running text is no copyright sign.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Unicode's own limit for marks on one letter; sorting endless ones takes quadratic time.
_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{30})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_NO_SINGLE_SPACE = re.compile(r"\s{2,}|[^\S ]")
_LONG = 10_000
_DEEPEST = 60  # columns to which code is indented


def normalise_line(text: str) -> str:
    """Return `text` as one line: entities decoded, NFC, single spaces, no invisible characters.

    >>> normalise_line("Sector&amp;#58;\\xa0 quality\\u200b")
    'Sector: quality'
    """
    return normalise_code_line(decode_entities(text) if "&" in text else text)


def normalise_code_line(text: str) -> str:
    """Return `text` as one line like `normalise_line`, but with its entities as they are: code says what it says."""
    if not (text.isascii() and text.isprintable()):
        text = _MARKS.sub(r"\1", remove_invisible(text))
        text = unicodedata.normalize("NFC", text)
    # The words of a long line one by one take ten times its memory.
    return " ".join(text.split()) if len(text) < _LONG else _NO_SINGLE_SPACE.sub(" ", text).strip()


def code_lines(text: str) -> list[str]:
    """Return the lines of code, indented as they are to the first of them, tabs as four spaces; no blank lines.

    >>> code_lines("\\tif wet:\\n\\n\\t\\treturn  1")
    ['if wet:', '    return 1']
    """
    lines = [line.expandtabs(4) for line in text.split("\n") if normalise_code_line(line)]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    return [
        " " * min(max(indent - indents[0], 0), _DEEPEST) + normalise_code_line(line)
        for indent, line in zip(indents, lines, strict=True)
    ]


def decode_entities(text: str) -> str:
    """Return `text` with its character references decoded, also those that were escaped twice ("&amp;nbsp;")."""
    for _ in range(3):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), _AMPERSANDS.sub("&", text))
        if decoded == text:
            break
        text = decoded
    return text


def alphanumeric(text: str) -> str:
    """Return the letters and digits of `text`, case folded: what two spellings of one line have in common.

    >>> alphanumeric("Read more … (12)")
    'readmore12'
    """
    return "".join(filter(str.isalnum, text.casefold()))


def hash_uint64(text: str) -> int:
    """Return a hash of `text` in 64 bits, from 0 to 2**64 - 1; the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def opening_words(text: str, limit: int = 88) -> str:
    """Return the first words of `text`, cut at a word boundary with an ellipsis: at most `limit` + 1 characters."""
    line = normalise_line(text[: 4 * limit])
    if len(line) <= limit:
        return line
    head = line[: limit + 1]
    head = head[: head.rfind(" ")] if " " in head[limit // 3 :] else head[:limit]
    return head.rstrip(" ,;:.–—-(„“\"'") + "…"
