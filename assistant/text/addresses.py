"""Addresses of the web that documents state: which may be used, and the host that stands for a publisher."""

from __future__ import annotations

from urllib.parse import urlsplit

from assistant.text.normalise import normalise_line

_MAX_CHARS = 2000


def http_url(value: object) -> str | None:
    """Return `value`, normalised, if it is a complete http or https address; None for anything else.

    An address with a user name or password in it is refused, and so is one that needs escapes.

    >>> http_url(" https://example.org/a "), http_url("javascript:alert(1)"), http_url("/a")
    ('https://example.org/a', None, None)
    """
    if not isinstance(value, str):
        return None
    url = normalise_line(value)
    if len(url) > _MAX_CHARS or any(character in url for character in ' <>"\\^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and host and "@" not in parts.netloc else None


def host_of(url: str) -> str:
    """Return the host of an address without "www.", port and brackets; empty where there is none.

    >>> host_of("https://www.example.org:8080/a")
    'example.org'
    """
    return (urlsplit(url).hostname or "").removeprefix("www.")
