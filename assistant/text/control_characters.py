"""Control and format characters: removed, replaced or refused, by where the text goes.

- `remove_invisible`: text for the index. A joiner stays where it is spelling; white space is left to the caller.
- `remove_nonprinting`: prompts, replies of models, messages of servers. Nothing may steer or hide there, so every
  format character goes.
- `replace_control`: pages and the terminal. They show a document character for character, so format characters stay,
  and the reader sees U+FFFD where a control character was.
- `replace_nonprinting`: reports, which show excerpts of untrusted text, one a line.
- `has_control`: addresses and names of files, which are refused.
"""

from __future__ import annotations

import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: spelling in Persian and Indic scripts and in emoji."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# A joiner is noise unless one of these stands beside it.
_SPELLED = "\u0590-\u109f\u1780-\u18af\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_STRAY_JOINER = re.compile(f"(?<![{_SPELLED}])[{JOINERS}]+|[{JOINERS}]+(?![{_SPELLED}])")
# Control characters but tab, line feed and carriage return, and lone surrogates: no page can hold them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_OR_BREAK = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def remove_invisible(text: str) -> str:
    """Return `text` without characters that show nothing: controls, directions, fillers, tags, stray joiners.

    >>> remove_invisible("qual\\u200bity\\xad of me\\u200ddia")
    'quality of media'
    """
    return _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))


def remove_nonprinting(text: str, keep: str = "") -> str:
    """Return `text` without control and format characters and lone surrogates; those in `keep` stay.

    Line feeds and tabs stay, every other control character that is white space becomes a space.

    >>> remove_nonprinting("one\\u202e\\u200b\\x00 two\\r\\n")
    'one two \\n'
    """
    return _printing(text, keep, "")


def replace_nonprinting(text: str) -> str:
    """Return `text` with U+FFFD for each character that `remove_nonprinting` removes.

    >>> replace_nonprinting("a\\x1b[31m")
    'a�[31m'
    """
    return _printing(text, "", "\ufffd")


def replace_control(text: str) -> str:
    """Return `text`, character for character, with U+FFFD for each that no page can hold.

    >>> replace_control("a\\x1b[31m\\tb")
    'a�[31m\\tb'
    """
    return _CONTROL.sub("\ufffd", text)


def has_control(text: str) -> bool:
    """Return whether `text` has a control character, a line break of any sort, or a lone surrogate."""
    return _CONTROL_OR_BREAK.search(text) is not None


def _printing(text: str, keep: str, replacement: str) -> str:
    kept = set("\n\t" + keep)
    return "".join(
        char if char in kept or not _is_nonprinting(char) else " " if char.isspace() else replacement for char in text
    )


def _is_nonprinting(char: str) -> bool:
    # Variation selectors of the supplement select nothing that fonts have, but can spell out a hidden text.
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") or "\U000e0100" <= char <= "\U000e01ef"
