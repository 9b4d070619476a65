"""Documents that are removed: not come back to by `rollback`, and taken out of all files by `purge`."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from assistant.factory import ModelFactory, open_live
from assistant.index.store import kept_generations
from assistant.server.application import create_app
from assistant.server.feedback import Feedback, read_feedback
from assistant.settings import ServeSettings, load_settings
from assistant.storage.key_value import KeyValueStore
from tests.cli.conftest import BRIDGE
from tests.command import Command, assert_error, one_object, run_python
from tests.served import served

SECRET = "The lighthouse of Brenn was sold to Wilhelmina Quast for 4312 crowns in the winter of 1987."
QUESTION = "To whom was the lighthouse of Brenn sold?"


@pytest.fixture
def place(bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store in which one document is to be removed, and a cache of its own."""
    monkeypatch.setenv("ASSISTANT_STORE", str(tmp_path / "s"))
    monkeypatch.setenv("ASSISTANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASSISTANT_SOURCES", json.dumps([str(bridge)]))
    monkeypatch.setenv("ASSISTANT_ANSWER__READ", "0")
    (bridge / "light.txt").write_text(f"{SECRET} It is forty metres tall.\n", "utf-8")
    (bridge / "fox.txt").write_text("Foxes live in the forest of Corin. They hunt mice between the old beeches.\n")
    return tmp_path


def readable(path: Path) -> str:
    """All that a file says: its bytes, and what is compressed anywhere in them."""
    data = path.read_bytes()
    found = [data]
    for first in range(len(data)):
        if data[first : first + 2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
            try:
                found.append(zlib.decompressobj().decompress(data[first:]))
            except zlib.error:
                continue
    return b"\n".join(found).decode("utf-8", "replace")


def holding(place: Path, words: str = "Wilhelmina") -> list[str]:
    """The files below store and cache that hold `words`."""
    files = [path for folder in ("s", "cache") for path in (place / folder).rglob("*") if path.is_file()]
    return sorted(path.relative_to(place).as_posix() for path in files if words in readable(path))


def with_a_rating_and_a_page(command: Command, models: ModelFactory) -> None:
    """Build, and add what quotes the document: a rating and a cached page."""
    command("index")
    settings = load_settings()
    with closing(open_live(settings, models=models)) as live, live.pinned() as assistant:
        feedback = Feedback(settings.store)
        for question in (QUESTION, "When was the bridge of Alda opened?"):
            feedback.rate(feedback.remember(assistant.ask(question), ()), "up", "")
    with closing(KeyValueStore(settings.store / "fetched.sqlite", "Pages", fingerprint="1")) as pages:
        page = f"<p>{SECRET.replace('Quast', '<b>Quast</b>')}</p>" * 50
        header = json.dumps({"url": "https://a.example/news", "final": "https://a.example/news"}).encode()
        pages.put({b"https://a.example/news": header + b"\n" + zlib.compress(page.encode())})
    assert len(list(read_feedback(settings.store))) == 2


def test_what_was_removed_is_nowhere_after_a_rollback(place: Path, command: Command, models: ModelFactory) -> None:
    command("index")
    assert "s/generations/1/tables.sqlite" in holding(place)
    with (
        closing(open_live(load_settings(), models=models)) as live,
        served(create_app(live, ServeSettings(rate=0), refresh_s=0.05)) as address,
    ):

        def page() -> int:
            return httpx2.get(f"{address}/documents/light.txt").status_code

        def until(status: int) -> None:
            for _ in range(400):
                if page() == status:
                    return
            pytest.fail("the server does not follow")

        until(200)
        assert command("remove", "light.txt").code == 0
        until(404)
        back = one_object(command("rollback", "--json"))
        assert back == {"generation": 3, "kept": [2, 3], "left_out": ["light.txt"]}
        for _ in range(20):
            assert page() == 404
        listed = httpx2.get(f"{address}/api/documents").text + httpx2.get(f"{address}/api/search?q=lighthouse").text
        assert "Quast" not in listed
        assert "light.txt" not in listed
    assert "light.txt" not in command("documents", "--text").out
    assert "Quast" not in command("search", QUESTION).out
    assert "Quast" not in command("ask", QUESTION).out
    assert_error(command("remove", "light.txt"), 1, "'light.txt'")
    command("index")
    assert "light.txt" not in command("documents").out, "it stays out although its file is there"
    command("remove", "--restore", "light.txt")
    command("index")
    assert "Quast" in command("ask", QUESTION).out


def test_a_purged_text_is_in_no_file(place: Path, command: Command, models: ModelFactory) -> None:
    with_a_rating_and_a_page(command, models)
    command("remove", "light.txt")
    before = {"feedback.sqlite", "fetched.sqlite", "parsed.sqlite", "generations/1/tables.sqlite"}
    assert {f"s/{name}" for name in before} <= set(holding(place))
    with closing(sqlite3.connect(place / "cache" / "embeddings.sqlite")) as cache:
        vectors = cache.execute("SELECT count(*) FROM entries").fetchone()[0]
    (place / "bridge" / "light.txt").unlink()
    ran = command("purge", "--json")
    report = one_object(ran)
    assert holding(place) == []
    assert (report["doc_ids"], report["left"]) == (["light.txt"], [])
    assert report["windows"] > 60
    assert report["files"] >= 15
    assert {Path(path).name: count for path, count in report["rows"].items()} == {
        "embeddings.sqlite": 3,  # two sentences and the passage
        "feedback.sqlite": 1,
        "fetched.sqlite": 1,
        "parsed.sqlite": 1,
    }
    with closing(sqlite3.connect(place / "cache" / "embeddings.sqlite")) as cache:
        assert cache.execute("SELECT count(*) FROM entries").fetchone()[0] == vectors - 3
    assert report["deleted_generations"] == [1]
    assert [rated.question for rated in read_feedback(place / "s")] == ["When was the bridge of Alda opened?"]
    assert not (place / "s" / "purge.json").exists()
    assert "1998" in command("ask", "When was the bridge of Alda opened?").out
    assert one_object(command("index", "--json"))["unchanged"] == 2


def test_without_an_earlier_generation_the_caches_say_what_to_look_for(
    place: Path, command: Command, models: ModelFactory
) -> None:
    with_a_rating_and_a_page(command, models)
    command("remove", "light.txt")
    command("rollback")  # a copy, after which generation 1 is no longer kept
    (place / "bridge" / "light.txt").unlink()
    report = one_object(command("purge", "--json"))
    assert report["windows"] > 60
    assert holding(place) == []
    assert "nothing to search for" in command("purge").out


def test_a_source_that_still_has_the_document_is_named_and_no_build_stores_it_again(
    place: Path, command: Command
) -> None:
    command("index")
    command("remove", "light.txt")
    ran = command("purge")
    assert ran.code == 1
    assert ran.out.endswith(f"Left in {place / 'bridge' / 'light.txt'}: the document light.txt.\n")
    assert "for 0 pieces" not in ran.out
    assert (place / "bridge" / "light.txt").exists()
    command("index")
    assert holding(place) == []
    (place / "bridge" / "light.txt").unlink()
    assert command("purge").code == 0


def test_a_file_that_purge_cannot_clean_is_named_until_it_is_gone(place: Path, command: Command) -> None:
    command("index")
    command("remove", "light.txt")
    (place / "bridge" / "light.txt").unlink()
    notes = [place / "s" / "notes.txt", place / "cache" / "reply.json", Path("eval/runs/a/report.html")]
    Path("eval/runs/a").mkdir(parents=True)
    notes[0].write_bytes(b"\0\xff" * 99 + SECRET.replace(" ", "\n").encode())
    notes[1].write_text(json.dumps({"pieces": [SECRET.replace("Quast", '"Quast"')]}))
    notes[2].write_text(SECRET)
    for left in range(3, 0, -1):
        report = json.loads(command("purge", "--json").out)
        assert sorted(trace["place"] for trace in report["left"]) == sorted(map(str, notes[3 - left :]))
        notes[3 - left].unlink()
    assert one_object(command("purge", "--json"))["left"] == []


def test_what_other_documents_say_too_stays(place: Path, command: Command) -> None:
    (place / "bridge" / "light.txt").write_text(f"{SECRET}\n\n{BRIDGE}", "utf-8")
    command("index")
    command("remove", "light.txt")
    (place / "bridge" / "light.txt").unlink()
    assert one_object(command("purge", "--json"))["left"] == []
    assert holding(place) == []
    assert "1998" in command("ask", "When was the bridge of Alda opened?").out


def test_a_removal_that_was_cut_off_is_completed(place: Path, command: Command) -> None:
    command("index")
    (place / "s" / "removed.json").write_text('["light.txt"]')  # as a kill before the build leaves it
    (place / "bridge" / "light.txt").unlink()
    report = one_object(command("purge", "--json"))
    assert (report["rebuilt"], report["generation"], report["deleted_generations"]) == (True, 2, [1])
    assert holding(place) == []


def test_without_removed_documents_nothing_is_purged(place: Path, command: Command) -> None:
    assert_error(command("purge"), 1, "no index")
    assert not (place / "s").exists()
    command("index")
    assert "nothing to purge" in command("purge").out
    assert kept_generations(place / "s") == [1]


KILL_AT = """
import os, signal, sys
left = {n}

def audit(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.rmdir", "sqlite3.connect", "shutil.rmtree") or (
        event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    ):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

from assistant.build import build_index
from assistant.purge.purge_store import purge
from assistant.settings import load_settings
settings = load_settings()
sys.addaudithook(audit)
report = purge(settings)
print(report.left)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_purge_killed_at_any_step_is_completed_by_the_next(
    place: Path, command: Command, models: ModelFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_rating_and_a_page(command, models)
    (place / "s" / "removed.json").write_text('["light.txt"]')
    (place / "bridge" / "light.txt").unlink()
    killed = 0
    for n in range(1, 400, 3):
        own = place / f"round{n}"
        for folder in ("s", "cache"):
            shutil.copytree(place / folder, own / folder, symlinks=True)
        monkeypatch.setenv("ASSISTANT_STORE", str(own / "s"))
        monkeypatch.setenv("ASSISTANT_CACHE", str(own / "cache"))
        ran = run_python("-c", KILL_AT.format(n=n))
        if ran.code == 0:
            break
        killed += 1
        assert ran.code == -signal.SIGKILL, ran.err
        assert "1998" in command("ask", "When was the bridge of Alda opened?").out
        assert one_object(command("purge", "--json"))["left"] == []
        assert holding(own) == [], f"killed at step {n}"
        assert not list((own / "s").rglob("*.partial")), f"killed at step {n}"
        shutil.rmtree(own)
    assert killed > 10
