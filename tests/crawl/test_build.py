"""Builds of an index from the web, as the command line makes them."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from assistant.build import build_index, remove_documents
from assistant.crawl.http_cache import FILE_NAME, HttpCache
from assistant.errors import SourceError
from assistant.factory import open_assistant
from assistant.ingest.parse_cache import FILE_NAME as PARSED
from assistant.records import Answer
from assistant.settings import load_settings
from tests.command import in_process
from tests.crawl.site import Answer as Sent
from tests.crawl.site import Site, page, story

pytestmark = pytest.mark.model

FETCH = {"allow_hosts": ["127.0.0.1"], "delay_s": 0}


def test_a_site_is_indexed_and_answers_with_its_address(site: Site, tmp_path: Path) -> None:
    site["/"] = page("Start", story("station"), links='<a href="/mill">x</a> <a href="/copy">y</a>')
    site["/mill"] = site["/copy"] = page("The mill", story("mill"))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The bridge was opened in May. It is long and wide.", "utf-8")
    sources = (str(tmp_path / "docs"), site.url())
    settings = load_settings(sources=sources, store=tmp_path / "store", fetch=FETCH | {"depth": 1})
    stages: list[str] = []
    report = build_index(settings, lambda stage, _done, _total: stages.append(stage))
    assert (report.documents, report.failed) == (3, ())
    assert stages[:4] == ["fetch", "fetch", "fetch", "read"]
    assistant = open_assistant(settings)
    try:
        reply = assistant.ask("What does the mill grind?").reply
        assert isinstance(reply, Answer)
        assert reply.citations[0].doc_id == site.url("/mill")
        assert reply.citations[0].link.startswith(site.url("/mill") + "#:~:text=")
        assert assistant.document(site.url("/mill")).also_at == (site.url("/copy"),)
    finally:
        assistant.close()
    again = build_index(settings)
    assert (again.unchanged, again.generation) == (3, report.generation)
    site["/mill"] = site["/copy"] = Sent(b"", status=410)
    last = build_index(settings)
    assert (last.removed, last.unchanged) == (1, 2)
    assert {failure.source for failure in last.failed} == {site.url("/mill"), site.url("/copy")}


def test_nothing_is_kept_of_a_page_that_was_removed(site: Site, tmp_path: Path) -> None:
    site["/"] = page("Start", story("station"), links='<a href="/mill">x</a> <a href="/copy">y</a>')
    site["/mill"] = site["/copy"] = page("The mill", story("mill"))
    settings = load_settings(sources=(site.url(),), store=tmp_path / "store", fetch=FETCH | {"depth": 1})
    build_index(settings)
    remove_documents(settings, [site.url("/mill")])

    def cached() -> list[bytes]:
        with (
            closing(HttpCache(settings.store / FILE_NAME)) as cache,
            closing(sqlite3.connect(settings.store / PARSED)) as parsed,
        ):
            pages = [found.body for path in ("/", "/mill", "/copy") if (found := cache.get(site.url(path)))]
            return pages + [zlib.decompress(value) for (value,) in parsed.execute("SELECT value FROM entries")]

    assert sum(b"The mill" in body for body in cached()) == 4
    report = build_index(settings)
    assert (report.documents, report.unchanged) == (1, 1)
    assert len(cached()) == 2
    assert not any(b"The mill" in body for body in cached())


def test_the_command_line_takes_addresses(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = in_process(monkeypatch, capsys)
    site["/"] = page("Start", story("station"), links='<a href="/mill">x</a><a href="/gone">x</a>')
    site["/mill"] = page("The mill", story("mill"))
    store = str(tmp_path / "store")
    refused = command("index", "--source", site.url(), "--store", store)
    assert refused.code == 1
    assert "not public" in refused.err
    assert 'fetch.allow_hosts = ["127.0.0.1"]' in refused.err
    monkeypatch.setenv("ASSISTANT_FETCH__ALLOW_HOSTS", '["127.0.0.1"]')
    monkeypatch.setenv("ASSISTANT_FETCH__DELAY_S", "0")
    done = command("index", "--source", site.url(), "--depth", "1", "--store", store, "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert (report["documents"], [failure["source"] for failure in report["failed"]]) == (2, [site.url("/gone")])
    listed = [json.loads(line) for line in command("documents", "--store", store, "--json").out.splitlines()]
    assert [document["doc_id"] for document in listed] == [site.url(), site.url("/mill")]
    assert "also_at" not in listed[0]
    site["/gone"] = page("The mill", story("mill"))
    assert command("index", "--source", site.url(), "--depth", "1", "--store", store).code == 0
    listed = [json.loads(line) for line in command("documents", "--store", store, "--json").out.splitlines()]
    assert listed[1]["also_at"] == [site.url("/gone")]


def test_sources_that_give_nothing_say_why(site: Site, tmp_path: Path) -> None:
    site["/"] = Sent(b"", status=500)
    settings = load_settings(sources=(site.url(),), store=tmp_path / "store", fetch=FETCH)
    with pytest.raises(SourceError, match="status 500") as caught:
        build_index(settings)
    assert "again" in caught.value.hint


def test_a_build_from_files_alone_keeps_no_pages(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge was opened in May. It is long and wide.", "utf-8")
    store = tmp_path / "store"
    build_index(load_settings(sources=(str(tmp_path / "a.txt"),), store=store))
    assert not (store / "fetched.sqlite").exists()
    assert site.asked == []
