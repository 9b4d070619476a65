"""Front matter: the YAML between "---" lines at the head of a Markdown file.

PyYAML composes the nodes and nothing is built from them: tags make no objects, aliases are not expanded, and only the
scalars of the outermost mapping are used. What strict YAML refuses although people write it ("title: Mill: a history")
is read line by line.
"""

from __future__ import annotations

import re

import yaml

from assistant.text.normalise import normalise_line

_FENCED = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY = re.compile(r"[A-Za-z][\w:.-]{0,60}")
_PAIR = re.compile(rf"({_KEY.pattern})[ \t]*:(?:[ \t]+(.*))?$")
_INDENTED = re.compile(r"[ \t]+\S|-(?:[ \t]|$)|\s*(?:#|$)|[\]}]\s*(?:#|$)")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_NULL = "tag:yaml.org,2002:null"


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the values of the front matter and the text after it.

    Keys are in lower case, with "_" for "-". Lists and nested values are left out. If there is no front matter, or none
    that can be read, no values and the whole text are returned. Lines of `text` end in "\\n".
    """
    fenced = _FENCED.match(text)
    stated = _composed(fenced[1]) if fenced else {}
    if not fenced or not stated:
        return {}, text
    values: dict[str, str] = {}
    for key, value in stated.items():
        values.setdefault(key.lower().replace("-", "_"), normalise_line(value))
    return {key: value for key, value in values.items() if value}, text[fenced.end() :]


def _composed(block: str) -> dict[str, str]:
    """The scalars of a YAML mapping, other values empty; no values where `block` is another kind of text."""
    try:
        node = yaml.compose(block, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return _pairs(block)
    if not isinstance(node, yaml.MappingNode):
        return {}
    values: dict[str, str] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or not _KEY.fullmatch(key.value):
            return {}
        is_text = isinstance(value, yaml.ScalarNode) and value.tag != _NULL
        values.setdefault(key.value, value.value if is_text else "")
    return values


def _pairs(block: str) -> dict[str, str]:
    """The `key: value` lines of a block that is no YAML; no values where a line is neither a pair nor indented."""
    values: dict[str, str] = {}
    for line in block.split("\n"):
        if pair := _PAIR.match(line):
            values.setdefault(pair[1], _COMMENT.sub("", pair[2] or "").strip().strip("\"'"))
        elif not values or not _INDENTED.match(line):
            return {}
    return values
