"""Front matter: the lines between "---" at the head of a Markdown file, in the part of YAML that people write there.

`key: value` with or without quotes and comments, and folded texts are read; lists and nested values are passed over.
That little needs no YAML library, whose anchors and tags nobody wants from a stranger's file.
"""

from __future__ import annotations

import json
import re

from assistant.text.normalise import tidy

_FENCED = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z][\w-]{0,60})[ \t]*:(?:[ \t]+(.*))?$")
_INDENTED = re.compile(r"[ \t]+\S|-(?:[ \t]|$)|\s*(?:#|$)|[\]}]\s*(?:#|$)")
_DOUBLE = re.compile(r'("(?:[^"\\]|\\.)*")[ \t]*(?:#.*)?$')
_SINGLE = re.compile(r"'((?:[^']|'')*)'[ \t]*(?:#.*)?$")
_FOLDED = re.compile(r"[>|][+-]?\d?[ \t]*(?:#.*)?$")


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """What the front matter states, keys in lower case, and the text after it.

    What is no front matter, or none that can be read, is text.
    """
    fenced = _FENCED.match(text)
    if fenced is None:
        return {}, text
    values: dict[str, str] = {}
    key, folded = "", False
    for line in fenced[1].split("\n"):
        pair = _PAIR.match(line)
        if pair:
            key, stated = pair[1].lower().replace("-", "_"), (pair[2] or "").strip()
            folded = bool(_FOLDED.match(stated))
            values.setdefault(key, "" if folded else _scalar(stated))
        elif key and _INDENTED.match(line):
            if folded:
                values[key] = f"{values[key]} {line.strip()}"
        else:
            return {}, text
    if not values:
        return {}, text
    return {key: shown for key, value in values.items() if (shown := tidy(value))}, text[fenced.end() :]


def _scalar(stated: str) -> str:
    """The text of one value; empty for a list or a mapping."""
    if stated.startswith(("[", "{", "&", "*", "!")):
        return ""
    double, single = _DOUBLE.match(stated), _SINGLE.match(stated)
    if double:
        try:
            return str(json.loads(double[1], strict=False))
        except ValueError:
            return double[1][1:-1]
    if single:
        return single[1].replace("''", "'")
    return re.sub(r"(?:^|[ \t]+)#.*$", "", stated)
