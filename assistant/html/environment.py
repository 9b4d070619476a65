"""The Jinja2 environment of the served pages, with its filters and tests.

Documents, metadata, questions and a model's text are untrusted. All of it enters HTML as values of templates, which
escape it; each address in it is a `Link`, which only `answer/links.py` makes.
"""

from __future__ import annotations

import re

from assistant.templates import html_environment
from assistant.text.control_characters import replace_control

BULLET = "• "
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def lines(text: str) -> list[str]:
    """Filter: split `text` at line breaks of every kind."""
    return _LINE_END.split(text)


def bulleted(line: str) -> str:
    """Filter: return a line with a bullet in place of the dash of a list item."""
    return BULLET + line[2:] if line.startswith("- ") else line


def is_language_tag(code: str) -> bool:
    """Test: return whether `code` is a language tag other than "und", which stands for an unknown language."""
    return code != "und" and _LANGUAGE_TAG.fullmatch(code) is not None


ENVIRONMENT = html_environment("assistant.html", replace_control)
ENVIRONMENT.filters["lines"] = lines
ENVIRONMENT.filters["bulleted"] = bulleted
ENVIRONMENT.tests["language_tag"] = is_language_tag


def render(template: str, **values: object) -> str:
    """Return the HTML of the file `template` with `values`. Raises jinja2.UndefinedError when a value is missing."""
    return ENVIRONMENT.get_template(template).render(values)
