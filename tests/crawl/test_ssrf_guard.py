"""What is refused: private addresses in every spelling, too much, too slow, packed without end."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from assistant.crawl.ssrf_guard import is_public
from assistant.errors import SourceError
from tests.crawl.conftest import Read
from tests.crawl.site import Answer, Handler, Site, page, story
from tests.crawl.test_crawler import failed, ids

pytestmark = pytest.mark.slow  # each test asks a server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"


def resolver(names: dict[str, list[list[str]]]) -> Callable[..., list[Any]]:
    """A server of names: gives each name its next addresses, and every other name this machine's."""

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        addresses = [host] if host[0].isdigit() else names[host].pop(0) if host in names else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1",
        "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_an_address_that_is_not_everyones_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LocalHost", "2130706433", "0x7f.1", "127.1", "0", "[::ffff:127.0.0.1]", "[::1]"]
)
def test_this_machine_is_refused_in_every_spelling_unless_it_is_listed(site: Site, read: Read, host: str) -> None:
    site["/"] = page("The mill", story("mill"))
    with pytest.raises(SourceError, match="not public") as caught:
        read(site.url(host=host), allow_hosts=("intranet.example", "*.example"))
    assert "fetch.allow_hosts" in caught.value.hint
    assert site.asked == []


@pytest.mark.parametrize(
    "host", ["localhost.", "0177.0.0.1", "127.0.0.1.", "①②⑦.0.0.1", "[::ffff:7f00:1%25lo]", "127。0。0。1"]
)
def test_an_odd_spelling_wins_nothing(site: Site, read: Read, host: str) -> None:
    site["/"] = page("The mill", story("mill"))
    with suppress(SourceError):
        assert ids(read(site.url(host=host), allow_hosts=())) == []
    assert site.asked == []


@pytest.mark.parametrize("allowed", ["wiki.office.example", "*.office.example", "*.example"])
def test_a_listed_host_is_fetched_under_its_name(
    site: Site, read: Read, monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    monkeypatch.setattr("assistant.crawl.ssrf_guard.socket.getaddrinfo", resolver({}))
    site["/"] = page("The mill", story("mill"))
    url = site.url(host="wiki.office.example")
    assert ids(read(url, allow_hosts=(allowed,))) == [url]
    assert {asked.headers["host"] for asked in site.asked} == {f"wiki.office.example:{site.port}"}
    for other in ("office.example.org", "wikioffice.example.org", "xwiki.office.example.org"):
        with pytest.raises(SourceError, match="not public"):
            read(site.url(host=other), allow_hosts=(allowed,))


def test_a_private_page_in_a_list_is_a_failure_and_the_rest_is_read(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/sitemap.xml"] = Answer(f"{site.url('/a')}\n{site.url('/b')}".encode(), "text/plain")
    site.redirect("/b", site.url("/a", host="localhost"))
    site["/feed"] = Answer(
        f"<rss><item><link>{site.url('/a', host='localhost')}</link></item></rss>".encode(), "application/rss+xml"
    )
    loaded = read(site.url("/sitemap.xml"), site.url("/feed"))
    assert ids(loaded) == [site.url("/a")]
    errors = failed(loaded)
    assert "redirects to" in errors[site.url("/b")]
    assert "not public" in errors[site.url("/b")]
    assert "not public" in errors[site.url("/a", host="localhost")]
    assert all(asked.headers["host"].startswith("127.0.0.1") for asked in site.asked)


@pytest.mark.parametrize(
    "target",
    ["http://localhost:{}/", "http://2130706433:{}/", "//[::ffff:7f00:1]:{}/", "file:///etc/passwd", "gopher://h:{}/"],
)
def test_every_redirect_is_checked(site: Site, read: Read, target: str) -> None:
    site.redirect("/", target.format(site.port))
    loaded = read(site.url())
    assert ids(loaded) == []
    assert len(failed(loaded)) == 1
    assert site.paths() == ["/"]


def test_a_robots_txt_cannot_lead_to_a_private_address(site: Site, read: Read) -> None:
    site["/"] = page("The mill", story("mill"))
    site.redirect("/robots.txt", site.url("/robots.txt", host="localhost"))
    loaded = read(site.url())
    assert "robots.txt leads astray" in failed(loaded)[site.url()]


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    site: Site, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of names that gives a public address first and a private one next, and one that gives both at once."""
    site["/"] = page("The mill", story("mill"))
    names = {"rebound.example": [["93.184.216.34"], ["127.0.0.1"]], "both.example": [["93.184.216.34", "127.0.0.1"]]}
    monkeypatch.setattr("assistant.crawl.ssrf_guard.socket.getaddrinfo", resolver(names))
    loaded = read(site.url(host="rebound.example"))  # the fixture lets no test reach the internet
    assert "tests may not connect to ('93.184.216.34'" in failed(loaded)[site.url(host="rebound.example")]
    assert len(names["rebound.example"]) == 1
    with pytest.raises(SourceError, match="not public"):
        read(site.url(host="both.example"))
    assert site.asked == []


def test_a_proxy_of_the_environment_is_not_asked(site: Site, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    site["/"] = page("The mill", story("mill"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ids(read(site.url())) == [site.url()]


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD + b"\r\n")
    while True:
        handler.wfile.write(b"<p>and on and on and on</p>" * 1000)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD + b"\r\n")
    while True:
        handler.wfile.write(b".")
        time.sleep(0.05)


def dripping_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD + b"X: ")
    while True:
        handler.wfile.write(b".")
        time.sleep(0.05)


def endless_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD)
    while True:
        handler.wfile.write(b"X-Header: " + b"x" * 10_000 + b"\r\n")


def silent(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(HEAD + b"Content-Length: 100000\r\n\r\nThe mill")


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\x01\x02 not HTTP\r\n\r\n")


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (endless, "larger than"),
        (dripping, "had not ended after"),
        (dripping_head, "did not answer within"),
        (endless_head, "connection broke"),
        (silent, "did not answer within"),
        (cut, "connection broke"),
        (nonsense, "connection broke"),
    ],
)
def test_an_answer_that_is_none_is_cut_and_the_rest_is_read(
    site: Site, read: Read, handler: Handler, said: str
) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/bad"] = handler
    loaded = read(site.url("/bad"), site.url("/a"), timeout_s=1.0, max_bytes=3_000_000)
    assert ids(loaded) == [site.url("/a")]
    assert said in failed(loaded)[site.url("/bad")]


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()


@pytest.mark.parametrize("path", ["/header", "/body", "/nested"])
def test_a_gzip_bomb_is_not_unpacked(site: Site, read: Read, path: str) -> None:
    packed = bomb(200_000_000)
    assert len(packed) < 500_000
    site["/a"] = page("The mill", story("mill"))
    site["/header"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    site["/body"] = Answer(packed, "application/gzip")
    site["/nested"] = Answer(gzip.compress(packed), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        loaded = read(site.url(path), site.url("/a"), max_bytes=2_000_000)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ids(loaded) == [site.url("/a")]
    assert "larger than 2 MB" in failed(loaded)[site.url(path)]
    assert most < 40_000_000


def test_packed_pages_are_read_and_damaged_ones_listed(site: Site, read: Read) -> None:
    whole = gzip.compress(page("The mill", story("mill")).encode())
    packed = {"Content-Encoding": "gzip"}
    site["/two"] = Answer(whole[:0] + gzip.compress(b"<!doctype html>") + whole + b"\0\0", headers=packed)
    site["/cut"], site["/lie"] = Answer(whole[:-20], headers=packed), Answer(b"The mill stands.", headers=packed)
    site["/other"] = Answer(whole, headers={"Content-Encoding": "br"})
    loaded = read(*map(site.url, ("/two", "/cut", "/lie", "/other")))
    assert ids(loaded) == [site.url("/two")]
    errors = failed(loaded)
    assert all("damaged" in errors[site.url(path)] for path in ("/cut", "/lie"))
    assert "'br'" in errors[site.url("/other")]


def test_a_hostile_robots_txt_fills_no_memory(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    names = "".join(f"User-agent: {number}\n" for number in range(15_000))
    site["/robots.txt"] = names + "".join(f"Disallow: /{number}\n" for number in range(15_000))
    assert "robots.txt is too large" in failed(read(site.url("/a")))[site.url("/a")]
