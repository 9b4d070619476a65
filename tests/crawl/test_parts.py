"""Addresses, listings and hints of any bytes: one spelling, no crash, little memory."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.page_hints import read_hints
from assistant.crawl.sitemaps import read_listing
from assistant.crawl.urls import normalise_url, site
from tests.command import run_python

ADDRESSES = [
    *"http:// https:// h ä EXAMPLE.org :80 :443 : / // .. . ? & = # %7e %2F % @ [ ] ::1 utm_source x 。".split(),
    *(" ", "\n", "\ud800", "\0"),
]
MARKUP = [
    *"<urlset> </urlset> <sitemapindex> <url> <loc> </loc> </url> <rss> <item> <link> </link> </item> <feed>".split(),
    *"<entry> <guid> <!-- --> ]> &a; http://h/a <html> &#0; ż <![CDATA[ ]]>".split(),
    *("<?xml version='1.0'?>", "<?xml version='1.0' encoding='utf-16'?>", "<!DOCTYPE a [", "<!ENTITY a 'b'>"),
    *("<link href='a'/>", "<a href='/x'>", "<base href='//['>", "<link rel=canonical href='http://['>", "\0", "\n"),
]


def pieces(of: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(of), max_size=most).map("".join)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.ORG:80", "http://www.example.org/"),
        ("https://example.org:443/a/./b/../c?b=2&a=1#x", "https://example.org/a/c?b=2&a=1"),
        ("http://example.org:8080/%7Euser/%e2%82%ac?q=%2f", "http://example.org:8080/~user/%E2%82%AC?q=%2F"),
        ("http://example.org/gęś ?q=ż", "http://example.org/g%C4%99%C5%9B%20?q=%C5%BC"),
        ("http://bücher.example/a/..", "http://xn--bcher-kva.example/"),
        ("http://example.org/../../a/%2E", "http://example.org/a/"),
        ("http://example.org/a?utm_source=x&id=1&fbclid=y", "http://example.org/a?id=1"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_an_address_has_one_spelling(url: str, expected: str) -> None:
    assert normalise_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "a.html",
            "ftp://h/",
            "javascript:alert(1)",
            "http://",
            "http://u:p@h/",
            "http://h:99999/",
            "http://[::1",
        ),
        *("http://h h/", "http://h\\@x/", "http://" + "h" * 300 + "/", "http://h/" + "a" * 3000, "http:///a"),
    ],
)
def test_what_is_no_web_address_has_none(url: str) -> None:
    assert normalise_url(url) is None


@given(pieces(ADDRESSES, 12), pieces(ADDRESSES, 12))
def test_the_spelling_of_an_address_stays(url: str, link: str) -> None:
    first = normalise_url(url)
    if first is not None:
        assert normalise_url(first) == first
        assert first.isascii()
        assert site(first)
        joined = normalise_url(link, first)
        assert joined is None or normalise_url(joined) == joined


@given(st.one_of(pieces(MARKUP, 25).map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=300)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(FetchError):
        listing = read_listing(data, "http://h/x", 1_000_000)
        assert listing is None or all(normalise_url(entry) == entry for entry in listing.entries)
    hints = read_hints(data, "http://h/x", "text/html; charset=utf-8", "")
    assert all(normalise_url(link) == link for link in hints.links)


@pytest.mark.parametrize(
    "filling",
    [
        "<urlset>' + b'<a/>' * 500_000 + b'<url><loc>/a</loc></url></urlset>",
        "<rss><item><link>/a</link>' + b'<b></b>' * 500_000 + b'</item></rss>",
    ],
)
def test_a_listing_of_nothing_but_tags_fills_no_memory(filling: str) -> None:
    code = (
        "import resource; from assistant.crawl.sitemaps import read_listing\n"
        f"data = b'{filling}'\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "listing = read_listing(data, 'http://h/x', len(data))\n"
        "print(listing.entries, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000)\n"
    )
    assert run_python("-c", code).out == "('http://h/a',) True\n"


def test_comments_before_the_first_element_cost_little() -> None:
    assert read_listing(b"<!-- x -->" * 5_000 + b"<?a?>" * 5_000, "http://h/x", 1_000_000) is None
    listing = read_listing(b"<!-- x -->\n" * 50 + b"<urlset><url><loc>/a</loc></url></urlset>", "http://h/x", 1_000_000)
    assert listing is not None
    assert listing.entries == ("http://h/a",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_listing_may_be_in_any_unicode(encoding: str) -> None:
    stated = encoding.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{stated}"?><urlset><url><loc>http://h/ż</loc></url></urlset>'
    listing = read_listing(xml.encode(encoding), "http://h/x", 1_000_000)
    assert listing is not None
    assert listing.entries == ("http://h/%C5%BC",)
