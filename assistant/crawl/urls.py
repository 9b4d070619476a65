"""URLs in normal form, so that a page is known by one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from assistant.text.addresses import MAX_ADDRESS_CHARS

_DEFAULT_PORT = {"http": 80, "https": 443}
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNSAFE = re.compile(r"""[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|%(?![0-9A-Fa-f]{2})""")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|msclkid|mc_[ce]id", re.IGNORECASE)


def normalise_url(url: str, base: str | None = None) -> str | None:
    """Return `url`, joined to `base`, in normal form; None if it is not a complete http or https address.

    The host is lower-case ASCII. Default port, fragment, dot segments, tracking parameters and needless escapes are
    removed.

    >>> normalise_url("HTTP://Example.ORG:80/a/../b%7e?utm_source=x#top")
    'http://example.org/b~'
    """
    try:
        joined = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(joined)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    if scheme not in _DEFAULT_PORT or not host or len(joined) > MAX_ADDRESS_CHARS or "@" in parts.netloc:
        return None
    name = _ascii(host)
    if name is None:
        return None
    place = name if port in (None, _DEFAULT_PORT[scheme]) else f"{name}:{port}"
    path = _without_dots(_escaped(parts.path or "/"))
    return urlunsplit((scheme, place, path, _escaped(_without_tracking(parts.query)), ""))


def origin(url: str) -> str:
    """Return scheme, host and port of a normalised URL, the unit that a robots.txt is valid for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site(url: str) -> str:
    """Return host and port of a normalised URL without "www.", the unit that a crawl stays within."""
    return urlsplit(url).netloc.removeprefix("www.")


def _ascii(host: str) -> str | None:
    if ":" in host:
        name = f"[{host.lower()}]"
    else:
        try:
            name = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
        except UnicodeError:
            return None
    return name if _HOST.fullmatch(name) and len(name) <= 255 else None


def _escaped(text: str) -> str:
    """`text` with its escapes in capitals, none of them needless, and all others that are needed."""

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), text)
    return _ESCAPED.sub(one, text)


def _without_dots(path: str) -> str:
    """`path` without the segments "." and ".."."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == ".." and kept:
            kept.pop()
        if segment not in (".", ".."):
            kept.append(segment)
    end = "/" if segments[-1] in (".", "..") and kept else ""
    return "/" + "/".join(kept) + end


def _without_tracking(query: str) -> str:
    if not any(_TRACKING.fullmatch(name) for name, _ in parse_qsl(query, keep_blank_values=True, max_num_fields=None)):
        return query
    return "&".join(part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0]))
