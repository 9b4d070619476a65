"""What is kept between builds: unchanged pages are not sent again, and nothing is lost because a server is down."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from assistant.crawl.http_cache import FILE_NAME
from assistant.errors import StoreError
from tests.command import child_environment
from tests.crawl.conftest import Read
from tests.crawl.site import Answer, Site, page, running, story
from tests.crawl.test_crawler import failed, ids, sitemap


def cached_urls(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        return [url.decode() for (url,) in database.execute("SELECT key FROM entries ORDER BY key")]


def test_an_unchanged_page_costs_no_body(site: Site, read: Read) -> None:
    site["/a"] = Answer(page("The mill", story("mill")).encode(), headers={"ETag": '"1"'})
    modified = "Mon, 05 Jan 2026 10:00:00 GMT"
    site["/b"] = Answer(page("The tower", story("tower")).encode(), headers={"Last-Modified": modified})
    site["/plain"] = page("The well", story("well"))
    site.redirect("/moved", "/a")
    sources = [site.url(path) for path in ("/moved", "/b", "/plain")]
    first = read(*sources)
    site.asked.clear()
    second = read(*sources)
    assert (list(first.documents), first.failures) == (list(second.documents), second.failures)
    assert len(first.documents) == 3
    sent = {asked.path: (asked.status, asked.sent > 0) for asked in site.asked}
    assert sent["/a"] == (304, False)
    assert sent["/b"] == (304, False)
    assert sent["/plain"] == (200, True)


def test_a_changed_page_is_read_anew(site: Site, read: Read) -> None:
    site["/a"] = Answer(page("The mill", story("mill")).encode(), headers={"ETag": '"1"'})
    read(site.url("/a"))
    site["/a"] = Answer(page("The tower", story("tower")).encode(), headers={"ETag": '"2"'})
    assert read(site.url("/a")).documents[0].title == "The tower"


def test_links_of_unchanged_pages_are_still_followed(site: Site, read: Read) -> None:
    start = page("Start", story("station"), links='<a href="/a">x</a>').encode()
    site["/"] = Answer(start, headers={"ETag": '"1"'})
    site["/a"] = page("The mill", story("mill"))
    assert len(read(site.url(), depth=1).documents) == 2
    assert len(read(site.url(), depth=1).documents) == 2


def test_a_page_at_which_two_sources_meet_is_fetched_once(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/sitemap.xml"] = sitemap(site.url("/a"))
    loaded = read(site.url("/sitemap.xml"), site.url("/a"))
    assert (ids(loaded), loaded.failures) == ([site.url("/a")], ())
    assert site.paths().count("/a") == 1


def test_what_left_the_source_is_not_kept(site: Site, read: Read, tmp_path: Path) -> None:
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    site["/sitemap.xml"] = sitemap(site.url("/a"), site.url("/b"))
    read(site.url("/sitemap.xml"))
    site["/sitemap.xml"] = sitemap(site.url("/b"))
    assert ids(read(site.url("/sitemap.xml"))) == [site.url("/b")]
    assert cached_urls(tmp_path) == [site.url("/b"), site.url("/sitemap.xml")]


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_removed_page_is_listed_and_gone(site: Site, read: Read, tmp_path: Path, status: int) -> None:
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    read(site.url("/a"), site.url("/b"))
    site["/a"] = Answer(b"", status=status)
    loaded = read(site.url("/a"), site.url("/b"))
    assert ids(loaded) == [site.url("/b")]
    assert str(status) in failed(loaded)[site.url("/a")]
    assert cached_urls(tmp_path) == [site.url("/b")]


def test_a_page_that_fails_for_a_day_stays_and_the_failure_has_the_date(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    before = read(site.url("/a"))
    site["/a"] = Answer(b"", status=500)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    for _ in range(2):  # the second time nothing was fetched the time before
        loaded = read(site.url("/a"))
        assert list(loaded.documents) == list(before.documents)
        assert "500" in failed(loaded)[site.url("/a")]
        assert f"The copy of {today[:8]}" in failed(loaded)[site.url("/a")]
    site["/a"] = page("The tower", story("tower"))
    assert read(site.url("/a")).failures == ()


@pytest.mark.slow
def test_nothing_is_lost_when_the_server_is_down(read: Read) -> None:
    paths = [f"/{number}" for number in range(12)]
    with running() as site:
        for path in paths:
            site[path] = page(path, story(f"mill {path}"))
        site["/sitemap.xml"] = sitemap(*map(site.url, paths))
        before = read(site.url("/sitemap.xml"))
    assert len(before.documents) == 12
    after = read(site.url("/sitemap.xml"))
    assert list(after.documents) == list(before.documents)
    errors = failed(after)
    assert len(errors) == 4  # three by name, and how many more
    assert "10 more pages" in errors[site.url("")]


def test_a_server_that_never_answers_is_not_waited_for_page_by_page(site: Site, read: Read) -> None:
    paths = [f"/{number}" for number in range(20)]
    for path in paths:
        site[path] = lambda handler: handler.rfile.read(1)
    site["/sitemap.xml"] = sitemap(*map(site.url, paths))
    site["/robots.txt"] = ""
    loaded = read(site.url("/sitemap.xml"), timeout_s=0.3, concurrency=1)
    assert len(loaded.documents) == 0
    assert "17 more pages" in failed(loaded)[site.url("")]
    assert len(site.paths()) == 4


def test_a_killed_build_has_kept_what_came(site: Site, read: Read, tmp_path: Path) -> None:
    for name in ("mill", "tower"):
        site[f"/{name}"] = Answer(page(name, story(name)).encode(), headers={"ETag": f'"{name}"'})
    site["/stuck"] = lambda handler: handler.rfile.read(1)
    site["/sitemap.xml"] = sitemap(*map(site.url, ("/mill", "/tower", "/stuck")))
    code = (
        "import sys; from pathlib import Path; from assistant.crawl.crawler import Limits, Crawler\n"
        "web = Crawler(Path(sys.argv[1]), Limits(allow_hosts=('127.0.0.1',), delay_s=0, concurrency=1))\n"
        "web.find([sys.argv[2]])"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / FILE_NAME), site.url("/sitemap.xml")]
    with subprocess.Popen(arguments, env=child_environment()) as child:
        end = time.monotonic() + 60
        while "/stuck" not in site.paths() and child.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        os.kill(child.pid, signal.SIGKILL)
    site["/stuck"] = page("well", story("well"))
    site.asked.clear()
    assert len(read(site.url("/sitemap.xml")).documents) == 3
    assert {asked.path: asked.status for asked in site.asked if asked.path in ("/mill", "/tower")} == {
        "/mill": 304,
        "/tower": 304,
    }


@pytest.mark.slow
def test_stopping_ends_at_once_and_forgets_nothing(site: Site, read: Read, tmp_path: Path) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/sitemap.xml"] = sitemap(site.url("/a"))
    read(site.url("/sitemap.xml"))
    site["/sitemap.xml"] = sitemap(site.url("/stuck"))
    site["/stuck"] = lambda handler: handler.rfile.read(1)
    code = (
        "import sys; from pathlib import Path; from assistant.crawl.crawler import Limits, Crawler\n"
        "try:\n"
        "    with Crawler(Path(sys.argv[1]), Limits(allow_hosts=('127.0.0.1',), delay_s=0, timeout_s=600)) as web:\n"
        "        web.find([sys.argv[2]])\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / FILE_NAME), site.url("/sitemap.xml")]
    with subprocess.Popen(arguments, env=child_environment(), stdout=subprocess.PIPE) as child:
        end = time.monotonic() + 60
        while "/stuck" not in site.paths() and child.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    assert out == b"stopped\n"
    assert cached_urls(tmp_path) == [site.url("/a"), site.url("/sitemap.xml")]


def test_a_damaged_file_is_said_in_words(site: Site, read: Read, tmp_path: Path) -> None:
    site["/a"] = page("The mill", story("mill"))
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=FILE_NAME) as caught:
        read(site.url("/a"))
    assert "remove" in caught.value.hint
