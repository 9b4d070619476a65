"""A service whose index is replaced while it is asked."""

from __future__ import annotations

import itertools
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from assistant.build import build_index
from assistant.errors import StoreDamagedError, StoreMismatchError
from assistant.factory import ModelFactory, open_live
from assistant.live import Live
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.server.application import create_app
from assistant.settings import ServeSettings, Settings, load_settings
from tests.served import served

QUESTION = "How long is the bridge of Alda?"
Build = Callable[[int], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "sources").mkdir()
    return load_settings(sources=(str(tmp_path / "sources"),), store=tmp_path / "store", answer={"read": 0})


@pytest.fixture
def build(settings: Settings, models: ModelFactory) -> Build:
    """Builds an index in which all documents speak of the number given."""

    def built(metres: int) -> None:
        for name in ("one", "two"):
            text = f"The bridge of Alda is {metres} metres long, says paper {name}. It was built of stone."
            Path(settings.sources[0], f"{name}.txt").write_text(text, "utf-8")
        build_index(settings, models=models)

    return built


@pytest.fixture
def live(settings: Settings, models: ModelFactory, build: Build) -> Iterator[Live]:
    build(100)
    with closing(open_live(settings, models=models)) as opened:
        yield opened


def lengths(text: str) -> set[str]:
    return set(re.findall(r"(\d+) metres", text))


def answered(live: Live) -> set[str]:
    with live.pinned() as assistant:
        return lengths(assistant.ask(QUESTION).reply.text)


def test_a_new_generation_is_used_once_it_is_looked_for(live: Live, build: Build) -> None:
    assert not live.refresh()
    build(200)
    assert answered(live) == {"100"}
    assert live.refresh()
    assert answered(live) == {"200"}


def test_who_has_begun_ends_on_the_generation_of_then(live: Live, build: Build) -> None:
    with live.pinned() as before:
        build(200)
        build(300)
        assert live.refresh()
        with live.pinned() as after:
            assert lengths(after.ask(QUESTION).reply.text) == {"300"}
        assert lengths(before.ask(QUESTION).reply.text) == {"100"}
        assert "100 metres" in before.document("one.txt").text
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):  # nobody holds it any more
        next(before.documents())


def test_a_generation_that_cannot_be_used_leaves_the_one_before(
    live: Live, build: Build, settings: Settings, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(200)
    damaged = next(settings.store.glob("generations/2/dense*"))
    whole = damaged.read_bytes()
    damaged.write_bytes(b"")
    with pytest.raises(StoreDamagedError):
        live.refresh()
    assert answered(live) == {"100"}
    damaged.write_bytes(whole)
    assert live.refresh()
    monkeypatch.setattr(encoder, "fingerprint", "another model")
    build(300)
    monkeypatch.undo()
    with pytest.raises(StoreMismatchError, match="another version of the embedding model"):
        live.refresh()
    assert answered(live) == {"200"}


def test_a_file_truncated_in_use_is_an_error_that_a_new_build_ends(
    live: Live, build: Build, settings: Settings
) -> None:
    with served(create_app(live, ServeSettings(rate=0), refresh_s=0.05)) as address:

        def ask() -> httpx2.Response:
            return httpx2.post(f"{address}/api/ask", json={"question": QUESTION}, timeout=60)

        assert ask().status_code == 200
        for path in settings.store.glob("generations/1/**/*"):
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)
        refused = ask()
        assert refused.status_code == 503
        assert "truncated" in refused.json()["detail"]
        assert str(settings.store) not in refused.text
        build(200)
        for _ in itertools.takewhile(lambda _: ask().status_code == 503, range(200)):
            time.sleep(0.05)
        assert "200 metres" in ask().text


def test_a_service_under_questions_drops_and_mixes_none(live: Live, build: Build) -> None:
    ended = threading.Event()

    def ask(address: str) -> list[set[str]]:
        seen = []
        while not ended.is_set():
            reply = httpx2.post(f"{address}/api/ask", json={"question": QUESTION}, timeout=60)
            assert reply.status_code == 200, reply.text
            seen.append({length for quote in reply.json()["citations"] for length in lengths(quote["quote"])})
        return seen

    app = create_app(live, ServeSettings(rate=0), refresh_s=0.05)
    with served(app) as address, ThreadPoolExecutor(2) as askers:
        asking = [askers.submit(ask, address) for _ in range(2)]
        try:
            for metres in (200, 300, 400, 500):
                build(metres)
            for _ in itertools.takewhile(lambda _: answered(live) != {"500"}, range(200)):
                ended.wait(0.05)
        finally:
            ended.set()
        seen = [found for future in asking for found in future.result()]
        page = httpx2.get(f"{address}/documents/one.txt").text
    assert {len(found) for found in seen} == {1}, "the quotes of one reply are of one generation"
    assert len(set(map(frozenset, seen))) > 1
    assert "500 metres" in page
