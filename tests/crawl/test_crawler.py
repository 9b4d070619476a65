"""Sources on the web: what becomes a document, and what is listed instead."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from assistant.crawl.crawler import Crawler, Limits
from assistant.crawl.http_cache import FILE_NAME, HttpCache
from assistant.errors import SourceError
from assistant.ingest.load import Loaded
from testkit.papers import paragraphs, pdf
from tests.crawl.conftest import Read
from tests.crawl.site import Answer, Site, page, story


def ids(loaded: Loaded) -> list[str]:
    return [document.doc_id for document in loaded.documents]


def failed(loaded: Loaded) -> dict[str, str]:
    assert all(failure.hint for failure in loaded.failures)
    return {failure.source: failure.error for failure in loaded.failures}


def sitemap(*urls: str, root: str = "urlset", entry: str = "url") -> Answer:
    entries = "".join(f"<{entry}><loc>{url}</loc></{entry}>" for url in urls)
    xml = f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{root}>'
    return Answer(xml.encode(), "application/xml")


def test_cookies_are_not_kept(site: Site, read: Read) -> None:
    cookies = {"Set-Cookie": "reader=7; Path=/"}
    for path in ("/a", "/b"):
        site[path] = Answer(page(path, story(path)).encode(), headers=cookies)
    read(site.url("/a"), site.url("/b"))
    assert {"/a", "/b"} <= {asked.path for asked in site.asked}
    assert not [asked.path for asked in site.asked if "cookie" in asked.headers]


def test_a_page_is_a_document_known_by_its_address(site: Site, read: Read) -> None:
    site["/mill?id=1"] = page("The mill", story("mill"))
    loaded = read(site.url("/mill?id=1&utm_source=letter#top"))
    (document,) = loaded.documents
    assert (document.doc_id, document.url, document.url_kind) == (site.url("/mill?id=1"),) * 2 + ("page",)
    assert document.title == "The mill"
    assert "three villages" in document.text
    assert (document.publisher, document.also_at, loaded.failures) == ("127.0.0.1", (), ())


def test_kinds_are_told_by_what_is_sent_and_not_by_the_address(site: Site, read: Read) -> None:
    site["/a.jpg"] = page("The mill", story("mill"))
    site["/b.html"] = Answer(pdf(paragraphs(story("bridge"))), "text/html")
    site["/c"] = Answer(f"# The tower\n\n{story('tower')}\n\n- one\n- two".encode(), "application/octet-stream")
    site["/d.pdf"] = sitemap(*(site.url(path) for path in ("/a.jpg", "/b.html", "/c")))
    documents = {document.doc_id: document for document in read(site.url("/d.pdf")).documents}
    assert [key.rpartition("/")[2] for key in documents] == ["a.jpg", "b.html", "c"]
    assert documents[site.url("/b.html")].pages == (0,)
    assert documents[site.url("/c")].title == "The tower"


def test_a_list_of_addresses_in_a_file_is_read_line_by_line(site: Site, read: Read, tmp_path: Path) -> None:
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    urls = tmp_path / "urls.txt"
    urls.write_text(f"# what we read\n{site.url('/b')}\n\n{site.url('/a')}\n{site.url('/c')}\nhttp://\n", "utf-8")
    assert ids(read(str(urls))) == ["urls.txt"]  # its last line is no address, so it is a text
    urls.write_text(f"# what we read\n{site.url('/b')}\n\n{site.url('/a')}\n{site.url('/c')}\nhttp://[/\n", "utf-8")
    loaded = read(str(urls))
    assert ids(loaded) == [site.url("/b"), site.url("/a")]
    assert set(failed(loaded)) == {site.url("/c"), "http://[/"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_of_sitemaps_is_opened_packed_or_not(site: Site, read: Read, packed: bool) -> None:
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    inner = sitemap(site.url("/a"), site.url("/b"))
    site["/inner.xml.gz"] = Answer(gzip.compress(inner.body) if packed else inner.body, "application/x-gzip")
    site["/sitemap.xml"] = sitemap(site.url("/inner.xml.gz"), root="sitemapindex", entry="sitemap")
    loaded = read(site.url("/sitemap.xml"))
    assert (ids(loaded), loaded.failures) == ([site.url("/a"), site.url("/b")], ())


def test_a_sitemap_of_itself_is_listed_and_the_rest_is_read(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/pages.xml"] = sitemap(site.url("/a"))
    site["/back.xml"] = sitemap(site.url("/sitemap.xml"), root="sitemapindex", entry="sitemap")
    urls = [site.url(path) for path in ("/sitemap.xml", "/back.xml", "/pages.xml")]
    site["/sitemap.xml"] = sitemap(*urls, root="sitemapindex", entry="sitemap")
    loaded = read(site.url("/sitemap.xml"))
    assert ids(loaded) == [site.url("/a")]
    assert set(failed(loaded)) == {site.url("/sitemap.xml"), site.url("/back.xml")}
    assert all("names itself" in error for error in failed(loaded).values())
    assert sorted(site.paths()) == ["/a", "/back.xml", "/pages.xml", "/sitemap.xml"]


def test_sitemaps_that_never_end_are_given_up(site: Site, read: Read) -> None:
    for number in range(30):
        site[f"/{number}.xml"] = sitemap(site.url(f"/{number + 1}.xml"), root="sitemapindex", entry="sitemap")
    loaded = read(site.url("/0.xml"))
    assert [error for error in failed(loaded).values() if "too many" in error]
    assert len(site.paths()) < 15


def test_a_sitemap_may_not_name_another_site(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/sitemap.xml"] = sitemap(site.url("/a"), site.url("/a", host="localhost"), "https://example.org/x")
    loaded = read(site.url("/sitemap.xml"), allow_hosts=("127.0.0.1", "localhost"))
    assert ids(loaded) == [site.url("/a")]
    assert "2 of its addresses" in failed(loaded)[site.url("/sitemap.xml")]


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><link>{0}</link><item><title>Mill</title><link>{0}a</link>
</item><item><guid>{0}b</guid></item><item><guid isPermaLink="false">{0}no</guid></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="{0}"/><entry><link rel="enclosure" href="{0}no"/>
<link href="a"/></entry><entry><link rel="alternate" href="{0}b"/></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><link>{0}</link></channel><item><link>{0}a</link></item><item><link> {0}b </link></item></rdf:RDF>"""


@pytest.mark.parametrize("feed", [RSS, ATOM, RDF])
def test_a_feed_gives_its_entries(site: Site, read: Read, feed: str) -> None:
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    site["/news"] = Answer(feed.format(site.url("/")).encode(), "text/plain")
    loaded = read(site.url("/news"))
    assert (ids(loaded), loaded.failures) == ([site.url("/a"), site.url("/b")], ())


LAUGHS = "<!DOCTYPE urlset [<!ENTITY a 'http://127.0.0.1/'>" + "".join(
    f"<!ENTITY {b} '&{a};&{a};&{a};&{a};'>" for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
)


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (LAUGHS + "]><urlset><url><loc>&q;</loc></url></urlset>", "entities"),
        (LAUGHS + "]><urlset a='&q;'><url/></urlset>", "entities"),
        (
            "<!DOCTYPE urlset [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
            "entities",
        ),
        ("<urlset><url><loc>http://127.0.0.1/", "damaged"),
        ("<urlset>" + "<url>" * 5000 + "</urlset>", "damaged"),
        ("<urlset></urlset>", "names no address"),
    ],
)
def test_a_bad_sitemap_is_listed_with_a_hint(site: Site, read: Read, xml: str, said: str) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/sitemap.xml"] = Answer(xml.encode(), "application/xml")
    loaded = read(site.url("/sitemap.xml"), site.url("/a"))
    assert ids(loaded) == [site.url("/a")]
    assert said in failed(loaded)[site.url("/sitemap.xml")]


def test_links_are_followed_as_far_as_wished_and_within_the_site(site: Site, read: Read) -> None:
    outside = site.url("/a", host="localhost")
    links = (
        f'<a href="/a">A</a> <a href="b#x">B</a> <a href="{outside}">C</a> <a href="/d" rel="nofollow noopener">D</a>'
    )
    site["/"] = page("Start", story("station"), links=links + '<a href="mailto:x@y">E</a><a href="/a">A</a>')
    site["/a"] = page("The mill", story("mill"), links='<a href="/deep">deeper</a>')
    site["/b"] = page("The tower", story("tower"), links='<a href="/">home</a>')
    site["/deep"] = page("The well", story("well"))
    site["/d"] = page("The dam", story("dam"))
    allowed = {"allow_hosts": ("127.0.0.1", "localhost")}
    names = {
        depth: [key.removeprefix(site.url()) for key in ids(read(site.url(), depth=depth, **allowed))]
        for depth in range(3)
    }
    assert names == {0: [""], 1: ["", "a", "b"], 2: ["", "a", "b", "deep"]}


def test_what_a_page_says_to_crawlers_is_heard(site: Site, read: Read) -> None:
    links = "".join(f'<a href="/{name}">x</a>' for name in ("noindex", "nofollow", "header", "base"))
    site["/"] = page("Start", story("station"), links=links)
    site["/noindex"] = page("No", story("dam"), '<meta name="ROBOTS" content="NoIndex">', '<a href="/seen">x</a>')
    site["/nofollow"] = page("Yes", story("mill"), '<meta name="robots" content="nofollow">', '<a href="/unseen">x</a>')
    site["/header"] = Answer(page("No", story("tower")).encode(), headers={"X-Robots-Tag": "noindex"})
    site["/base"] = page("Yes", story("well"), '<base href="/inner/">', '<a href="x">x</a>')
    site["/seen"], site["/unseen"] = page("Seen", story("bridge")), page("Unseen", story("oven"))
    site["/inner/x"] = page("Inner", story("ferry"))
    loaded = read(site.url(), depth=5)
    assert [key.removeprefix(site.url()) for key in ids(loaded)] == ["", "nofollow", "base", "seen", "inner/x"]
    assert loaded.failures == ()
    assert "noindex" in failed(read(site.url("/noindex"), site.url("/seen")))[site.url("/noindex")]


def test_a_site_without_end_is_cut_at_the_pages_allowed(site: Site, read: Read) -> None:
    def day(handler: BaseHTTPRequestHandler) -> None:
        number = int(handler.path.removeprefix("/day/"))
        body = page(f"Day {number}", story(f"mill of day {number}"), links=f'<a href="/day/{number + 1}">on</a>')
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + body.encode())

    for number in range(40):
        site[f"/day/{number}"] = day
    loaded = read(site.url("/day/0"), depth=20, pages=7)
    assert len(loaded.documents) == 7
    assert "more than 7" in next(iter(failed(loaded).values()))


def test_redirects_are_followed_and_recorded(site: Site, read: Read, tmp_path: Path) -> None:
    site.redirect("/old", "/older", 301)
    site.redirect("/older", "/mill", 308)
    site["/mill"] = page("The mill", story("mill"))
    (document,) = read(site.url("/old")).documents
    assert (document.doc_id, document.also_at) == (site.url("/mill"), (site.url("/old"),))
    cache = HttpCache(tmp_path / FILE_NAME)
    found = cache.get(site.url("/old"))
    cache.close()
    assert found is not None
    assert (found.final, found.redirects) == (site.url("/mill"), (site.url("/older"), site.url("/mill")))


def test_redirects_in_a_circle_and_without_end_are_listed(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site.redirect("/x", "/y")
    site.redirect("/y", "/x")
    for number in range(30):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.redirect("/mail", "mailto:x@example.org")
    loaded = read(*map(site.url, ("/a", "/x", "/0", "/mail")))
    assert ids(loaded) == [site.url("/a")]
    errors = failed(loaded)
    assert "circle" in errors[site.url("/x")]
    assert "more than 10 times" in errors[site.url("/0")]
    assert "no web address" in errors[site.url("/mail")]


def test_a_page_that_leaves_its_site_is_not_of_it(site: Site, read: Read) -> None:
    site["/"] = page("Start", story("station"), links='<a href="/out">x</a>')
    site["/sitemap.xml"] = sitemap(site.url("/"), site.url("/out"))
    site.redirect("/out", site.url("/a", host="localhost"))
    site["/a"] = page("The mill", story("mill"))
    hosts = ("127.0.0.1", "localhost")
    assert ids(read(site.url(), depth=1, allow_hosts=hosts)) == [site.url("/")]
    loaded = read(site.url("/sitemap.xml"), allow_hosts=hosts)
    assert ids(loaded) == [site.url("/")]
    assert "another site" in failed(loaded)[site.url("/out")]


def test_a_page_is_known_by_the_address_it_calls_its_own_on_its_site(site: Site, read: Read) -> None:
    site["/mill?print=1"] = page("The mill", story("mill"), '<link rel="canonical" href="/mill">')
    site["/tower"] = page("The tower", story("tower"), '<link rel="canonical" href="https://example.org/bank">')
    mill, tower = read(site.url("/mill?print=1"), site.url("/tower")).documents
    assert (mill.doc_id, mill.url, mill.also_at) == (site.url("/mill"), site.url("/mill"), (site.url("/mill?print=1"),))
    assert (tower.doc_id, tower.url, tower.publisher) == (site.url("/tower"), site.url("/tower"), "127.0.0.1")


def test_a_page_cannot_take_the_address_of_another(site: Site, read: Read) -> None:
    home = '<link rel="canonical" href="/">'
    site["/"] = page("Start", story("station"), home)
    site["/a"] = page("The mill", story("mill"), home)
    site["/b"] = page("The tower", story("tower"), '<link rel="canonical" href="/gone">')
    site["/c"] = page("The well", story("well"), '<link rel="canonical" href="/gone">')
    loaded = read(*map(site.url, ("/a", "/b", "/c", "/")))
    assert {document.doc_id: document.title for document in loaded.documents} == {
        site.url("/a"): "The mill",
        site.url("/gone"): "The tower",
        site.url("/c"): "The well",
        site.url("/"): "Start",
    }


def test_the_same_text_at_two_addresses_is_one_document_with_both(site: Site, read: Read) -> None:
    site["/a"] = site["/copy"] = page("The mill", story("mill"))
    site["/print"] = page("The mill", story("mill"), '<link rel="canonical" href="/copy">')
    site["/other"] = page("The tower", story("tower"))
    loaded = read(*map(site.url, ("/a", "/print", "/copy", "/other")))
    assert ids(loaded) == [site.url("/copy"), site.url("/other")]
    assert loaded.documents[0].also_at == (site.url("/a"), site.url("/print"))


def test_pages_that_fail_are_listed_and_the_rest_is_read(site: Site, read: Read) -> None:
    site["/a"] = page("The mill", story("mill"))
    site["/500"] = Answer(b"oh", status=500)
    site["/403"] = Answer(b"no", status=403)
    site["/empty"] = b""
    site["/picture"] = Answer(b"\x89PNG\r\n\x1a\n" + bytes(200), "image/png")
    site["/secret-picture"] = Answer(b"\x89PNG\r\n\x1a\n" + bytes(200), "text/html")
    loaded = read(*map(site.url, ("/a", "/404", "/500", "/403", "/empty", "/picture", "/secret-picture")))
    assert ids(loaded) == [site.url("/a")]
    errors = {source.rpartition("/")[2]: error for source, error in failed(loaded).items()}
    for name, said in {"404": "404", "500": "500", "403": "403", "empty": "empty", "picture": "image"}.items():
        assert said in errors[name]
    assert "image" in errors["secret-picture"]


def test_encodings_are_read_as_the_server_or_the_page_states_them(site: Site, read: Read) -> None:
    text = "Zażółć gęślą jaźń: młyn stoi nad rzeką, a wieża obok. Źródło bije żwawo i śpiewnie od wieków."
    site["/header"] = Answer(page("Młyn", text).encode("iso-8859-2"), "text/html; charset=ISO-8859-2")
    meta = '<meta charset="windows-1250">'
    site["/meta"] = Answer(page("Wieża", text + " Wieża.", meta).encode("cp1250"), "text/html")
    site["/wrong"] = Answer(page("Studnia", text + " Studnia.").encode(), "text/html; charset=iso-8859-1")
    site["/lie"] = Answer(page("Most", text + " Most.").encode("cp1250"), "text/html; charset=utf-8")
    site["/nonsense"] = Answer(page("Piec", text + " Piec.").encode("cp1250"), 'text/html; charset="punycode')
    loaded = read(*map(site.url, ("/header", "/meta", "/wrong", "/lie", "/nonsense")))
    assert [document.title for document in loaded.documents] == ["Młyn", "Wieża", "Studnia", "Most", "Piec"]
    assert all("Zażółć gęślą jaźń" in document.text for document in loaded.documents)


def test_a_source_that_is_no_web_address_is_refused(read: Read) -> None:
    for source in ("ftp://example.org/a", "file:///etc/passwd", "http://", "https://user:password@example.org/"):
        with pytest.raises(SourceError, match="no web address") as caught:
            read(source)
        assert "http://" in caught.value.hint


def test_progress_counts_what_is_known(site: Site, tmp_path: Path) -> None:
    site["/"] = page("Start", story("station"), links='<a href="/a">x</a><a href="/b">x</a>')
    site["/a"], site["/b"] = page("The mill", story("mill")), page("The tower", story("tower"))
    seen: list[tuple[int, int]] = []
    limits = Limits(allow_hosts=("127.0.0.1",), depth=1, delay_s=0)
    with Crawler(tmp_path / FILE_NAME, limits, on_progress=lambda done, known: seen.append((done, known))) as web:
        web.find([site.url()])
    assert seen == [(1, 1), (2, 3), (3, 3)]
