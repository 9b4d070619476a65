"""Addresses of the web that documents state: which may be used, and the host that stands for a publisher."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from assistant.text.normalise import normalise_line

ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_REMOTE = re.compile(r"(?:webdavs?|smb|s3)://", re.IGNORECASE)
_USER = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
MAX_ADDRESS_CHARS = 2_000
"""Characters of a web address; a longer one is not taken for one. Most servers and browsers have a limit near this."""


def http_url(value: object) -> str | None:
    """Return `value`, normalised, if it is a complete http or https address; None for anything else.

    An address with a user name or password in it is refused, and so is one that needs escapes.

    >>> http_url(" https://example.org/a "), http_url("javascript:alert(1)"), http_url("/a")
    ('https://example.org/a', None, None)
    """
    if not isinstance(value, str):
        return None
    url = normalise_line(value)
    if len(url) > MAX_ADDRESS_CHARS or any(character in url for character in ' <>"\\^`{|}'):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and host and "@" not in parts.netloc else None


def is_remote_folder(source: str) -> bool:
    """Return whether a source is a folder on a file server."""
    return _REMOTE.match(source) is not None


def shown_address(source: str) -> str:
    """Return a source without user and password, for messages; a path as it is.

    >>> shown_address("webdavs://anna:secret@cloud.example/reports")
    'webdavs://cloud.example/reports'
    """
    return _USER.sub(r"\1", source)


def host_of(url: str) -> str:
    """Return the host of an address without "www.", port and brackets; empty where there is none.

    >>> host_of("https://www.example.org:8080/a")
    'example.org'
    """
    return (urlsplit(url).hostname or "").removeprefix("www.")


def listed_addresses(text: str) -> list[str]:
    """Return the addresses of a text whose every line is one, except for empty lines and comments ("# …"); else []."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return lines if all(ADDRESS.fullmatch(line) for line in lines) else []
