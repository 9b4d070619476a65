"""Sitemaps, feeds and lists of addresses, recognised by what they hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from assistant.fetch.failure import FetchError
from assistant.fetch.unpack import GZIP, gunzip
from assistant.fetch.urls import normal

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
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MOST = 50_000
"""Entries of one listing: what the protocol of sitemaps allows."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Addresses that stand in a sitemap ("index": of further sitemaps), a feed or a list, in their order."""

    kind: Kind
    entries: tuple[str, ...]


def read_listing(data: bytes, url: str, most: int) -> Listing | None:
    """The listing that `data`, fetched from `url`, is, packed or not; None when it is none.

    Raises FetchError for one that unpacks to more than `most` bytes, is damaged, or declares entities.
    """
    if data.startswith(GZIP):
        data = gunzip([data], most)
    kind = _kind(data)
    if kind is None:
        lines = addresses_in(data)
        return Listing("list", _entries(lines, url)) if lines else None
    root = _parse(data)
    found = _feed(root, url) if kind == "feed" else _sitemap(root)
    return Listing(kind, _entries(found, url))


def addresses_in(data: bytes) -> list[str]:
    """The addresses of a text whose every line is one, but for empty lines and those that begin with "#"; else []."""
    if b"://" not in data[:_ROOT_BYTES]:
        return []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return []
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return lines if all(_ADDRESS.fullmatch(line) for line in lines) else []


def _entries(found: list[str], base: str) -> tuple[str, ...]:
    known = (normal(entry, base) for entry in found[:_MOST])
    return tuple(dict.fromkeys(entry for entry in known if entry))


def _kind(data: bytes) -> Kind | None:
    """By the first element; in UTF-16 every second byte of it is zero."""
    first = _FIRST.match(data[:_ROOT_BYTES].replace(b"\0", b""))
    kind = _ROOTS.get(first[1].decode("ascii").lower()) if first else None
    if kind and first and b"<!entity" in first[0].lower():
        raise _wrong("The XML declares entities, which no sitemap or feed needs.")
    return kind


# Entities can hold whole files or grow without end, and no listing needs any.
_SAFE: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_pis": True,
    "remove_comments": True,
}  # fmt: skip


def _parse(data: bytes) -> Any:
    try:
        tree = etree.parse(io.BytesIO(data), etree.XMLParser(**_SAFE))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _wrong(f"The XML is damaged: {str(error)[:200]}.") from None
    return tree.getroot()


def _wrong(error: str) -> FetchError:
    return FetchError("refused", error, "Correct the sitemap or feed, or name its pages yourself.")


def _name(element: Any) -> str:
    """The name of an element without its namespace; "" of a comment."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _sitemap(root: Any) -> list[str]:
    """The <loc> of each <url> or <sitemap>; not those of its pictures, which lie deeper."""
    return [
        inner.text.strip()
        for entry in root
        if _name(entry) in ("url", "sitemap")
        for inner in entry
        if _name(inner) == "loc" and inner.text
    ]


def _feed(root: Any, url: str) -> list[str]:
    return [link for entry in root.iter() if _name(entry) in ("item", "entry") for link in _links(entry, url)]


def _links(entry: Any, url: str) -> Iterator[str]:
    """The address of one entry: RSS <link> or a permanent <guid>, Atom <link rel="alternate" href="…">."""
    guid = None
    for inner in entry:
        name, text = _name(inner), (inner.text or "").strip()
        if name == "link" and inner.get("href"):
            if inner.get("rel", "alternate") == "alternate":
                yield normal(inner.get("href"), normal(inner.base or url, url) or url) or ""
                return
        elif name == "link" and text:
            yield text
            return
        elif name == "guid" and inner.get("isPermaLink", "true") == "true" and _ADDRESS.fullmatch(text):
            guid = text
    if guid:
        yield guid
