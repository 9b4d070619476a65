"""The hints of a page to crawlers: links, canonical address, noindex and nofollow."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree, html

from assistant.crawl.http_client import AGENT
from assistant.crawl.urls import normalise_url

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|a|p|div|meta)\b", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE | re.ASCII)
_HEAD_BYTES = 4_000
_HTML_BYTES = 5_000_000
"""Of a larger page the rest is not searched for links: its tree would fill the memory."""
_MOST_LINKS = 5_000
_PACKED = (b"%PDF-", b"PK\x03\x04")


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints of one page: `links` are normalised URLs in page order, `canonical` is the address that the page calls its
    own.
    """

    links: tuple[str, ...] = ()
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


NO_HINTS = Hints()


def read_hints(data: bytes, url: str, content_type: str, robots_header: str) -> Hints:
    """Return the hints of a page fetched from `url`; for a page that is not HTML, only those of the header
    X-Robots-Tag.
    """
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
    base = (normalise_url(base_element.get("href"), url) if base_element is not None else None) or url
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
            target = normalise_url(address, base)
            if target and len(links) < _MOST_LINKS:
                links[target] = None
    return Hints(tuple(links), normalise_url(canonical, base) if canonical else None, noindex, nofollow)


def charset_of(content_type: str) -> str | None:
    """Return Python's name of the encoding in a Content-Type header, None if it states none or an unknown one."""
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
