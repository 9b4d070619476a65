"""The one place where untrusted text becomes HTML.

Documents, their metadata and questions are untrusted. Each of their characters enters HTML through `esc`
and each of their addresses through `safe_link`.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote, urlsplit

from assistant.html.strings import Strings

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def esc(text: str) -> str:
    """Text → HTML that shows it, in an element or in a quoted attribute; character for character.

    >>> esc('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(_UNSHOWABLE.sub("\ufffd", text), quote=True)


def lines(text: str) -> str:
    """Escaped text with its line breaks kept, on one line of HTML."""
    return "<br>".join(esc(line) for line in _LINE_END.split(text))


def safe_link(link: str | None) -> str | None:
    """`link` if it is a web address or a page of ours, else None: `javascript:` never becomes a link.

    Pages of ours come out relative to the chat's own address, so that they hold behind a proxy's prefix.
    """
    if not link or _UNSHOWABLE.search(link) or link.split() != [link]:
        return None
    if link.startswith("/documents/"):
        return link.removeprefix("/")
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.hostname else None


def document_link(doc_id: str, start: int | None = None, end: int | None = None) -> str:
    """The address of the document page, with the quote marked where offsets are given."""
    path = "documents/" + quote(doc_id.encode("utf-8", "replace"), safe="/")
    return path if start is None else f"{path}?start={start}&end={end}#quote"


def external_link(link: str, label: str, strings: Strings, css: str = "") -> str:
    """A link that opens beside the page; `link` has passed `safe_link`, `label` is HTML."""
    said = f'<span class="da-hidden"> ({esc(strings.new_tab)})</span>'
    style = f' class="{css}"' if css else ""
    return f'<a{style} href="{esc(link)}" target="_blank" rel="noopener">{label}{said}</a>'


def lang_attribute(code: str) -> str:
    """` lang="…"` for a known language, else nothing: text of unknown language claims none."""
    return f' lang="{code}"' if code != "und" and _LANGUAGE_TAG.fullmatch(code) else ""
