"""The one place where untrusted text becomes HTML.

Documents, their metadata and questions are untrusted. Each of their characters enters HTML through `esc`.
"""

from __future__ import annotations

import html
import re

from assistant.answer.links import Link
from assistant.html.strings import Strings
from assistant.text.visible import UNSHOWABLE

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def esc(text: str) -> str:
    """Text → HTML that shows it, in an element or in a quoted attribute; character for character.

    >>> esc('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(UNSHOWABLE.sub("\ufffd", text), quote=True)


def lines(text: str) -> str:
    """Escaped text with its line breaks kept, on one line of HTML."""
    return "<br>".join(esc(line) for line in _LINE_END.split(text))


def external_link(link: Link, label: str, strings: Strings, css: str = "") -> str:
    """A link that opens beside the page; `label` is HTML."""
    said = f'<span class="da-hidden"> ({esc(strings.new_tab)})</span>'
    style = f' class="{css}"' if css else ""
    return f'<a{style} href="{esc(link)}" target="_blank" rel="noopener">{label}{said}</a>'


def lang_attribute(code: str) -> str:
    """` lang="…"` for a known language, else nothing: text of unknown language claims none."""
    return f' lang="{code}"' if code != "und" and _LANGUAGE_TAG.fullmatch(code) else ""
