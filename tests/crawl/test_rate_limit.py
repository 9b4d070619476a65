"""Robots.txt, pauses, and what a busy server wishes; no test waits for a real pause."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from assistant.crawl.crawler import Crawler, Limits
from assistant.crawl.http_cache import FILE_NAME
from assistant.crawl.rate_limit import RateLimiter
from assistant.ingest.load import Loaded, load_documents
from tests.crawl.conftest import Read
from tests.crawl.site import Answer, Handler, Site, page, story
from tests.crawl.test_crawler import failed, ids


class FakeTime:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds

    def clock(self) -> float:
        return self.now


def read_with(passing: FakeTime, folder: Path, *sources: str, **limits: Any) -> Loaded:
    chosen = Limits(**{"allow_hosts": ("127.0.0.1",), "timeout_s": 5.0, "concurrency": 1, **limits})
    limiter = RateLimiter(chosen.concurrency, wait=passing.wait, clock=passing.clock)
    with Crawler(folder / FILE_NAME, chosen, rate_limiter=limiter) as web:
        return load_documents(sources, web=web)


def listing(site: Site, *paths: str) -> str:
    site["/list.txt"] = Answer("\n".join(map(site.url, paths)).encode(), "text/plain")
    return site.url("/list.txt")


def three_pages(site: Site) -> str:
    for name in ("mill", "tower", "well"):
        site[f"/{name}"] = page(name, story(name))
    return listing(site, "/mill", "/tower", "/well")


def test_there_is_a_pause_before_each_further_request(site: Site, tmp_path: Path) -> None:
    passing = FakeTime()
    read_with(passing, tmp_path, three_pages(site), delay_s=0.5)
    assert len(site.paths(robots=True)) == 5
    assert passing.waits == [0.5] * 4


@pytest.mark.parametrize(("asked", "pause"), [("2", 2.0), ("0.1", 0.5), ("3600", 10.0), ("soon", 0.5)])
def test_the_pause_that_a_site_asks_for_is_kept_up_to_a_limit(
    site: Site, tmp_path: Path, asked: str, pause: float
) -> None:
    site["/robots.txt"] = f"User-agent: *\nCrawl-delay: {asked}\n"
    passing = FakeTime()
    read_with(passing, tmp_path, three_pages(site), delay_s=0.5)
    assert passing.waits == [0.5, pause, pause, pause]


def test_servers_do_not_wait_for_each_other() -> None:
    passing = FakeTime()
    limiter = RateLimiter(1, wait=passing.wait, clock=passing.clock)
    for server in ("a", "b", "a"):
        with limiter.slot(server, 5.0):
            pass
    assert passing.waits == [5.0]


def test_no_more_requests_at_a_time_than_allowed(site: Site, read: Read) -> None:
    lock, now, most = threading.Lock(), 0, 0
    together = threading.Barrier(2, timeout=10)

    def slow(body: str) -> Handler:
        def answer(handler: Any) -> None:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            together.wait()  # goes on when two are here
            with lock:
                now -= 1
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body.encode())

        return answer

    paths = [f"/{number}" for number in range(8)]
    for path in paths:
        site[path] = slow(page(path, story(f"mill {path}")))
    loaded = read(listing(site, *paths), concurrency=2)
    assert len(loaded.documents) == 8
    assert most == 2


ROBOTS = """
User-agent: *
Disallow: /

User-agent: Document-Assistant
Disallow: /private/
Disallow: /*.php$
Allow: /private/open
"""


def test_robots_txt_is_honoured(site: Site, read: Read) -> None:
    paths = ["/a", "/private/b", "/private/open", "/c.php", "/c.php?x=1"]
    for path in paths:
        site[path] = page(path, story(f"mill {path}"), links='<a href="/private/crawled">x</a>')
    site["/robots.txt"] = Answer(ROBOTS.encode(), "text/plain")
    loaded = read(listing(site, *paths), depth=1)
    assert ids(loaded) == [site.url(path) for path in ("/a", "/private/open", "/c.php?x=1")]
    assert set(failed(loaded)) == {site.url("/private/b"), site.url("/c.php")}
    assert all("robots.txt" in error for error in failed(loaded).values())
    assert site.paths(robots=True).count("/robots.txt") == 1
    assert not {"/private/b", "/c.php", "/private/crawled"} & set(site.paths())


def test_a_redirect_does_not_lead_around_robots_txt(site: Site, read: Read) -> None:
    site["/robots.txt"] = "User-agent: *\nDisallow: /private"
    site["/private"] = page("The mill", story("mill"))
    site.redirect("/a", "/private")
    assert "robots.txt" in failed(read(site.url("/a")))[site.url("/a")]
    assert "/private" not in site.paths()


@pytest.mark.parametrize("status", [404, 401, 403, 410, 301])
def test_without_a_robots_txt_all_is_allowed(site: Site, read: Read, status: int) -> None:
    site["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", status=status)
    site["/a"] = page("The mill", story("mill"))
    assert ids(read(site.url("/a"))) == [site.url("/a")]


def test_with_a_robots_txt_that_fails_nothing_is_fetched(site: Site, read: Read) -> None:
    site["/robots.txt"] = Answer(b"", status=500)
    site["/a"] = page("The mill", story("mill"))
    assert "500 for its robots.txt" in failed(read(site.url("/a")))[site.url("/a")]
    assert site.paths() == []


def busy(site: Site, path: str, times: int, headers: str) -> None:
    """The page at `path` comes after being refused `times` times."""
    body = page("The mill", story("mill")).encode()

    def answer(handler: Any) -> None:
        refused = site.paths().count(path) <= times
        head = f"HTTP/1.1 503 Busy\r\n{headers}" if refused else "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        handler.wfile.write(f"{head}Connection: close\r\n\r\n".encode() + (b"" if refused else body))

    site[path] = answer


def test_a_busy_server_is_asked_again_when_it_wishes(site: Site, tmp_path: Path) -> None:
    passing = FakeTime()
    busy(site, "/a", 2, "Retry-After: 7\r\n")
    loaded = read_with(passing, tmp_path, site.url("/a"), delay_s=0)
    assert (ids(loaded), passing.waits) == ([site.url("/a")], [7.0, 7.0])


@pytest.mark.parametrize(("times", "wish"), [(9, "Retry-After: 7\r\n"), (1, "Retry-After: 86400\r\n"), (9, "")])
def test_a_server_that_stays_busy_is_left_alone(site: Site, tmp_path: Path, times: int, wish: str) -> None:
    busy(site, "/a", times, wish)
    passing = FakeTime()
    loaded = read_with(passing, tmp_path, site.url("/a"), delay_s=0)
    assert "busy" in failed(loaded)[site.url("/a")]
    assert sum(passing.waits) <= 20
    assert len(site.paths()) == min(times, 3)
