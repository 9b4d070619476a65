"""What a page says to crawlers: its links, its own address, and whether it wants to be indexed."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree, html

from assistant.crawl.http_client import AGENT
from assistant.crawl.urls import normal

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|a|p|div|meta)\b", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE | re.ASCII)
_HEAD_BYTES = 4_000
_HTML_BYTES = 5_000_000
"""Of a larger page the rest is not searched for links: its tree would fill the memory."""
_MOST_LINKS = 5_000
_PACKED = (b"%PDF-", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class Hints:
    """`links` are normal addresses in their order; `canonical` is what the page calls its own, on whatever site."""

    links: tuple[str, ...] = ()
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


NO_HINTS = Hints()


def read_hints(data: bytes, url: str, content_type: str, robots_header: str) -> Hints:
    """The hints of what was fetched from `url`; only the header's for what is no HTML."""
    told = _directives(robots_header)
    noindex, nofollow = bool(told & {"noindex", "none"}), bool(told & {"nofollow", "none"})
    tree = None
    if not data.startswith(_PACKED) and ("html" in content_type.lower() or _HTML.search(data[:_HEAD_BYTES])):
        tree = _parse(data[:_HTML_BYTES], charset_of(content_type))
    if tree is None:
        return Hints(noindex=noindex, nofollow=nofollow)
    for meta in tree.iter("meta"):
        if (meta.get("name") or "").strip().lower() in ("robots", AGENT):
            told = _directives(meta.get("content") or "")
            noindex |= bool(told & {"noindex", "none"})
            nofollow |= bool(told & {"nofollow", "none"})
    base_element = next((element for element in tree.iter("base") if element.get("href")), None)
    base = (normal(base_element.get("href"), url) if base_element is not None else None) or url
    canonical = next(
        (
            link.get("href")
            for link in tree.iter("link")
            if "canonical" in _tokens(link.get("rel")) and link.get("href")
        ),
        None,
    )
    links: dict[str, None] = {}
    for anchor in [] if nofollow else tree.iter("a"):
        address = anchor.get("href")
        if address and not _tokens(anchor.get("rel")) & {"nofollow"}:
            target = normal(address, base)
            if target and len(links) < _MOST_LINKS:
                links[target] = None
    return Hints(tuple(links), normal(canonical, base) if canonical else None, noindex, nofollow)


def charset_of(content_type: str) -> str | None:
    """The encoding that a header Content-Type states, if it is one that is known."""
    stated = _CHARSET.search(content_type)
    try:
        return codecs.lookup(stated[1]).name if stated else None
    except LookupError:
        return None


def _parse(data: bytes, charset: str | None) -> html.HtmlElement | None:
    for encoding in (charset, None):
        try:
            parser = html.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True, no_network=True)
            return html.document_fromstring(data, parser=parser)
        except LookupError:  # an encoding that Python knows and lxml does not
            continue
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return None
    return None


def _tokens(value: str | None) -> set[str]:
    return set((value or "").lower().split())


def _directives(value: str) -> set[str]:
    """The words of "noindex, nofollow"; those for another crawler ("otherbot: noindex") are not ours."""
    said: set[str] = set()
    for part in value.lower().split(","):
        agent, colon, word = part.partition(":")
        said.add(word.strip() if colon and agent.strip() == AGENT else part.strip())
    return said
