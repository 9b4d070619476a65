"""Sitemaps, feeds and lists of addresses, recognised by their content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.gunzip import GZIP, gunzip
from assistant.crawl.urls import normalise_url
from assistant.text.addresses import ADDRESS, MAX_ADDRESS_CHARS, listed_addresses

Kind = Literal["index", "sitemap", "feed", "list"]

_ROOTS: dict[str, Kind] = {
    "sitemapindex": "index",
    "urlset": "sitemap",
    "rss": "feed",
    "feed": "feed",
    "rdf": "feed",
}
# Nothing that stands before the first element is looked at twice: a page may hold any number of comments.
_FIRST = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?"
    rb"(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[<>]*(?:\[.*?\]\s*)?>)*+<(?:[a-z]+:)?([a-z]+)",
    re.IGNORECASE | re.DOTALL,
)
_ROOT_BYTES = 64_000
_MOST = 50_000
"""Entries of one listing: what the protocol of sitemaps allows."""
_LIST_BYTES = 10_000_000
_PIECE = 1 << 16
_ENTRIES = ("item", "entry")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class Listing:
    """The addresses in a sitemap, a sitemap index, a feed or a list, in order."""

    kind: Kind
    entries: tuple[str, ...]


def read_listing(data: bytes, url: str, most: int) -> Listing | None:
    """Return the listing in `data`, which was fetched from `url` and may be gzip; None if it is none.

    Raises FetchError if it decompresses to more than `most` bytes, is damaged, or declares entities.
    """
    if data.startswith(GZIP):
        data = gunzip([data], most)
    kind = _kind(data)
    if kind is None:
        lines = addresses_in(data)
        return Listing("list", _entries(lines, url)) if lines else None
    return Listing(kind, _entries(_read(data, kind, url), url))


def addresses_in(data: bytes) -> list[str]:
    """Return the addresses of a text that has one in every line, empty lines and lines with "#" aside; else an empty
    list.
    """
    if b"://" not in data[:_ROOT_BYTES] or len(data) > _LIST_BYTES:
        return []
    try:
        return listed_addresses(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return []


def _entries(found: list[str], base: str) -> tuple[str, ...]:
    known = (normalise_url(entry, base) for entry in found[:_MOST])
    return tuple(dict.fromkeys(entry for entry in known if entry))


def _kind(data: bytes) -> Kind | None:
    """By the first element; in UTF-16 every second byte of it is zero."""
    first = _FIRST.match(data[:_ROOT_BYTES].replace(b"\0", b""))
    kind = _ROOTS.get(first[1].decode("ascii").lower()) if first else None
    if kind and first and b"<!entity" in first[0].lower():
        raise _wrong("The XML declares entities, which no sitemap or feed needs.")
    return kind


def _read(data: bytes, kind: Kind, url: str) -> list[str]:
    """The addresses in a sitemap or feed. No tree is made: a small file of nothing but tags would fill the memory."""
    reader = _Feed(url) if kind == "feed" else _Sitemap()
    # Entities can hold whole files or grow without end; none are declared, and none would be put in.
    parser = etree.XMLParser(
        target=reader, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
            if len(reader.found) >= _MOST:
                return reader.found
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _wrong(f"The XML is damaged: {str(error)[:200]}.") from None
    return reader.found


def _wrong(error: str) -> FetchError:
    return FetchError("refused", error, "Correct the sitemap or feed, or name its pages yourself.")


class _Target:
    """Takes in XML element by element: where one stands (`path`, names without namespace) and the `text` in it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.path: list[str] = []
        self.text = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.path.append(tag.rpartition("}")[2])
        self.text = ""
        self.opened(attributes)

    def data(self, text: str) -> None:
        if len(self.text) <= MAX_ADDRESS_CHARS:
            self.text += text[: 2 * MAX_ADDRESS_CHARS]

    def end(self, _tag: str) -> None:
        self.ended()
        self.path.pop()
        self.text = ""

    def close(self) -> None:
        pass

    def opened(self, attributes: Mapping[str, str]) -> None:
        """The last element of `path` begins."""

    def ended(self) -> None:
        """It ends, with `text` in it."""


class _Sitemap(_Target):
    """The <loc> of each <url> or <sitemap>; not those of its pictures, which have other names or lie deeper."""

    def ended(self) -> None:
        if self.path[-1] == "loc" and self.path[-2:-1] in (["url"], ["sitemap"]):
            self.found.append(self.text.strip())


class _Feed(_Target):
    """The address of each entry: RSS <link> or a permanent <guid>, Atom <link rel="alternate" href="…">."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._bases = [url]
        self._link: str | None = None
        self._guid: str | None = None
        self._permanent = False

    def opened(self, attributes: Mapping[str, str]) -> None:
        base = self._bases[-1]
        self._bases.append((normalise_url(attributes[_BASE], base) if _BASE in attributes else base) or base)
        name = self.path[-1]
        if name in _ENTRIES:
            self._link = self._guid = None
        elif name == "link" and self._in_entry() and attributes.get("rel", "alternate") == "alternate":
            if attributes.get("href"):
                self._link = self._link or normalise_url(attributes["href"], self._bases[-1])
        elif name == "guid":
            self._permanent = attributes.get("isPermaLink", "true") == "true"

    def ended(self) -> None:
        self._bases.pop()
        name, text = self.path[-1], self.text.strip()
        if name in _ENTRIES and (address := self._link or self._guid):
            self.found.append(address)
        elif name == "link" and text and self._in_entry():
            self._link = self._link or text
        elif name == "guid" and self._permanent and self._in_entry() and ADDRESS.fullmatch(text):
            self._guid = text

    def _in_entry(self) -> bool:
        return len(self.path) > 1 and self.path[-2] in _ENTRIES
