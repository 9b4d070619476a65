from __future__ import annotations

import pytest

from assistant.text.addresses import host_of, http_url


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "/news/1",
        "www.example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        'https://example.org/"onclick="x',
        "https://[::1",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_complete_web_address_is_refused(value: object) -> None:
    assert http_url(value) is None


def test_an_address_is_normalised() -> None:
    assert http_url(" https://example.org/a?b=1&amp;c=2\u200b ") == "https://example.org/a?b=1&c=2"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.example.org:8080/a", "example.org"),
        ("http://[::1]/", "::1"),
        ("https://News.Example.org", "news.example.org"),
        ("/a", ""),
    ],
)
def test_the_host_stands_without_www_and_port(url: str, host: str) -> None:
    assert host_of(url) == host
