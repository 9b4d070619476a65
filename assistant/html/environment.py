"""The templates of everything that is served, and what they need beside their values.

Documents, their metadata, questions and what a model writes are untrusted. Each of their characters enters HTML as a
value of a template, and is escaped there; each of their addresses is a `Link`, which only `answer/links.py` makes.
"""

from __future__ import annotations

import re

from assistant.templates import html_environment
from assistant.text.control_characters import replace_control

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def lines(text: str) -> list[str]:
    """Filter: split `text` at its line breaks, whatever sort they are."""
    return _LINE_END.split(text)


def is_language_tag(code: str) -> bool:
    """Test: `code` names a known language. A text of unknown language claims none."""
    return code != "und" and _LANGUAGE_TAG.fullmatch(code) is not None


ENVIRONMENT = html_environment("assistant.html", replace_control)
ENVIRONMENT.filters["lines"] = lines
ENVIRONMENT.tests["language_tag"] = is_language_tag


def render(template: str, **values: object) -> str:
    """Return the HTML of the file `template` with `values` in it."""
    return ENVIRONMENT.get_template(template).render(values)
