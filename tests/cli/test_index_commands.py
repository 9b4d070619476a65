"""The commands that make an index, list what is in it and change it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.index.store import build_lock
from assistant.records import sha256_text
from testkit.papers import ENGLISH, paragraphs, pdf
from testkit.pictures import drawn_pages, saved
from tests.command import Command, Ran, assert_error, child_environment, one_object, run


def test_the_report_of_a_build(command: Command, bridge: Path, tmp_path: Path) -> None:
    ran = command("index", "--source", bridge, "--store", tmp_path / "s", "--json")
    report = one_object(ran)
    assert ran.err == ""
    assert set(report) == {
        *("documents", "chunks", "added", "updated", "unchanged", "removed", "failed", "seconds", "generation"),
        *("manifest", "note"),
    }
    assert report["manifest"]["files"].keys() >= {"tables.sqlite", "dense.faiss", "sentences/vectors.npy"}
    assert (report["documents"], report["added"], report["generation"], report["failed"]) == (1, 1, 1, [])


def test_for_people_a_build_is_two_lines(command: Command, bridge: Path, tmp_path: Path) -> None:
    ran = command("index", "--source", bridge, "--store", tmp_path / "s")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Indexed 1 document in 1 chunk (")
    assert ran.out.endswith("1 added, 0 updated, 0 unchanged, 0 removed.\n")


def test_on_a_terminal_progress_goes_to_stderr(
    command: Command, bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ran = command("index", "--source", bridge, "--store", tmp_path / "s", "--json")
    assert one_object(ran)["documents"] == 1
    assert "Reading documents" in ran.err
    assert "Embedding characters" in ran.err


def test_unreadable_files_among_good_ones_are_skipped_and_listed(
    command: Command, bridge: Path, tmp_path: Path
) -> None:
    (bridge / "empty.txt").write_bytes(b"")
    (bridge / "noise.txt").write_bytes(bytes(range(256)) * 20)
    (bridge / "paper.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    (bridge / "list.jsonl").write_text('{"id": "a", "text": "A lighthouse."}\n{"id": "b"}\nnonsense\n', "utf-8")
    ran = command("index", "--source", bridge, "--store", tmp_path / "s", "--json")
    report = one_object(ran)
    assert report["documents"] == 2
    assert [set(failure) for failure in report["failed"]] == [{"source", "error", "hint"}] * 5
    failed = [failure["source"] for failure in report["failed"]]
    assert failed == ["empty.txt", "list.jsonl:2", "list.jsonl:3", "noise.txt", "paper.pdf"]
    assert [line.split(": ")[0] for line in ran.err.splitlines()] == [f"Skipped {name}" for name in failed]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing", "does not exist"),
        ("empty", "holds no documents"),
        ("bad", "None of 2 sources could be read"),
        ("http://127.0.0.1:9/page", "not public"),
        ("ftp://example.org/page", "is no web address"),
    ],
)
def test_nothing_to_index_is_an_error_and_loses_nothing(
    command: Command, bridge: Path, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.txt").write_bytes(b"")
    (tmp_path / "bad" / "b.txt").write_bytes(b"%PDF-1.7\n")
    store = tmp_path / "s"
    command("index", "--source", bridge, "--store", store)
    source = name if "://" in name else str(tmp_path / name)
    assert_error(command("index", "--source", source, "--store", store, "--json"), 1, words)
    assert one_object(command("documents", "--store", store, "--json"))["doc_id"] == "bridge.txt"


@pytest.mark.slow
def test_a_second_build_at_once_is_refused_and_waits_for_nothing(bridge: Path, tmp_path: Path) -> None:
    with build_lock(tmp_path / "s"):
        assert_error(run("index", "--source", bridge, "--store", tmp_path / "s"), 1, "Another build", "--store")


def test_a_store_that_is_a_file_is_said_in_words(command: Command, bridge: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept", "utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        assert_error(command("index", "--source", bridge, "--store", place), 1, "no folder", "another --store")
        assert_error(command("ask", "q", "--store", place), 1, "no index")
    assert (tmp_path / "file").read_text("utf-8") == "kept"


@pytest.mark.model
@pytest.mark.slow
def test_an_interrupted_build_says_so_and_leaves_nothing_half_done(bridge: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    arguments = [sys.executable, "-m", "assistant", "index", "--source", str(bridge), "--store", str(store)]
    # A shell starts what runs in the background with interrupts ignored, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(arguments, env=child_environment(), stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        while not (store / "lock").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    # Python itself ends by the signal when it came while a string was executed, as at the import of a dataclass.
    assert process.returncode in (130, -signal.SIGINT)
    assert errors == "Interrupted. The index has not changed.\n"
    assert not (store / "CURRENT").exists()


# Stores that cannot be used


def test_documents_are_one_object_a_line(command: Command, store: Path) -> None:
    fields = {"doc_id", "title", "url", "url_kind", "language", "published", "publisher", "sha256"}
    ran = command("documents", "--store", store, "--json")
    listed = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err, len(listed)) == (0, "", 5)
    assert [set(document) for document in listed] == [fields] * 5
    texts = [json.loads(line) for line in command("documents", "--store", store, "--json", "--text").out.splitlines()]
    assert [set(document) for document in texts] == [fields | {"text"}] * 5
    assert all(sha256_text(document["text"]) == document["sha256"] for document in texts)


def test_for_people_documents_are_titles_and_on_request_their_text(command: Command, store: Path) -> None:
    short, long = command("documents", "--store", store).out, command("documents", "--store", store, "--text").out
    assert short.count("\n") == 15
    assert "commendation activities" not in short
    assert "commendation activities" in long


@pytest.mark.usefixtures("languages")
def test_documents_say_what_was_recognised_and_how_sure_that_is(command: Command, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    picture = drawn_pages(pdf(paragraphs(ENGLISH)))[0]
    (tmp_path / "scans" / "notice.png").write_bytes(saved(picture, "PNG"))
    built = command("index", "--source", tmp_path / "scans", "--store", tmp_path / "s")
    assert (built.code, "Skipped" in built.err) == (0, False)
    assert re.search(r"1 page recognised in pictures, 9\d% sure", command("documents", "--store", tmp_path / "s").out)
    (document,) = map(json.loads, command("documents", "--store", tmp_path / "s", "--json", "--text").out.splitlines())
    assert document["text"] == ENGLISH
    assert document["recognised"]["pages"] == [1]
    assert 0.9 < document["recognised"]["confidence"] <= 1


def test_documents_say_from_which_codes_they_were_converted(command: Command, bridge: Path, tmp_path: Path) -> None:
    legacy = "Quy ®Þnh vÒ viÖc tr¶ s¸ch ®óng h¹n, tr\xad\xedc ngµy cuèi th¸ng."
    (bridge / "quy-dinh.txt").write_text(legacy, "utf-8")
    command("index", "--source", bridge, "--store", tmp_path / "s")
    rows = command("documents", "--store", tmp_path / "s", "--json", "--text").out.splitlines()
    plain, converted = map(json.loads, rows)
    assert "converted_from" not in plain
    assert converted["converted_from"] == ["TCVN3"]
    assert "Quy định về việc trả sách đúng hạn, trước ngày cuối tháng." in converted["text"]
    shown = command("documents", "--store", tmp_path / "s").out
    assert shown.count("Converted to Unicode from TCVN3.") == 1


def test_copies_and_versions_are_listed(command: Command, bridge: Path, tmp_path: Path) -> None:
    text = "The bridge of Alda was opened in 1998, after nine years of work by the council and many volunteers. " * 2
    for name, words in (("bridge", text), ("copy", text), ("old", f"{text} It is closed on Sundays.")):
        (bridge / f"{name}.txt").write_text(words, "utf-8")
    os.utime(bridge / "old.txt", (1, 1))
    command("index", "--source", bridge, "--store", tmp_path / "s")
    first, second = map(json.loads, command("documents", "--store", tmp_path / "s", "--json").out.splitlines())
    assert (first["also_at"], first["versions"]) == (["copy.txt"], ["bridge.txt", "old.txt"])
    assert ("also_at" in second, second["versions"]) == (False, ["bridge.txt", "old.txt"])
    out = command("documents", "--store", tmp_path / "s").out
    assert "copy.txt" in out
    assert "version 2 of 2, newest first: bridge.txt, old.txt" in out
    left = one_object(command("remove", "old.txt", "--store", tmp_path / "s", "--json"))
    assert (left["documents"], left["updated"]) == (1, 1)


def test_the_name_of_a_file_does_not_steer_the_terminal(command: Command, bridge: Path, tmp_path: Path) -> None:
    try:
        (bridge / "red\x1b[31m.txt").write_text("A red fox lives in the forest.", "utf-8")
        (bridge / "title\x1b]0;x\x07.pdf").write_bytes(b"%PDF-1.7\n")
    except OSError:
        pytest.skip("this file system has no such names")
    built = command("index", "--source", bridge, "--store", tmp_path / "s")
    listed = command("documents", "--store", tmp_path / "s")
    assert "title\\x1b]0;x\\x07.pdf" in built.err
    assert "red\\x1b[31m.txt" in built.err
    assert "\x1b" not in built.err + listed.out


LIGHTHOUSE = "The lighthouse of Brenn is forty metres tall.\n"


def doc_ids(ran: Ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [json.loads(line)["doc_id"] for line in ran.out.splitlines()]


def test_what_could_not_be_read_is_listed_until_it_can(command: Command, bridge: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    (bridge / "empty\x1b.txt").write_text("")
    (bridge / "image.txt").write_bytes(b"\x89PNG\r\n")
    command("index", "--source", bridge, "--store", store)
    ran = command("documents", "--store", store)
    assert "bridge.txt" in ran.out
    assert "2 sources could not be read" in ran.err
    failed = [
        json.loads(line) for line in command("documents", "--failed", "--json", "--store", store).out.splitlines()
    ]
    assert [set(failure) for failure in failed] == [{"status", "source", "error", "hint"}] * 2
    shown = command("documents", "--failed", "--store", store).out
    assert "image.txt" in shown
    assert "\x1b" not in shown
    for name in ("empty\x1b.txt", "image.txt"):
        (bridge / name).unlink()
    command("index", "--source", bridge, "--store", store)
    ran = command("documents", "--failed", "--store", store)
    assert (ran.out, ran.err) == ("", "")


@pytest.mark.parametrize("content", ["{", "{}", '[{"source": 1}]', "[3]"])
def test_notes_that_make_no_sense_are_said_in_words(
    command: Command, bridge: Path, tmp_path: Path, content: str
) -> None:
    store = tmp_path / "s"
    command("index", "--source", bridge, "--store", store)
    (store / "failures.json").write_text(content)
    assert_error(command("documents", "--failed", "--store", store), 1, "failures.json", "delete it")
    (store / "removed.json").write_text(content)
    assert_error(command("index", "--source", bridge, "--store", store), 1, "removed.json", "delete it")


def test_a_document_is_removed_and_let_in_again(command: Command, bridge: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    (bridge / "light.txt").write_text(LIGHTHOUSE)
    command("index", "--source", bridge, "--store", store)
    assert one_object(command("remove", "light.txt", "--store", store, "--json"))["removed"] == 1
    command("index", "--source", bridge, "--store", store)
    assert doc_ids(command("documents", "--json", "--store", store)) == ["bridge.txt"]
    assert_error(command("remove", "light.txt", "--store", store), 1, "'light.txt'")
    assert "next `assistant index`" in command("remove", "--restore", "light.txt", "--store", store).err
    command("index", "--source", bridge, "--store", store)
    assert doc_ids(command("documents", "--json", "--store", store)) == ["bridge.txt", "light.txt"]


def test_an_earlier_generation_is_gone_back_to(command: Command, bridge: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    command("index", "--source", bridge, "--store", store)
    (bridge / "light.txt").write_text(LIGHTHOUSE)
    command("index", "--source", bridge, "--store", store)
    assert "1 document in 1 chunk" in command("rollback", "--store", store).out
    assert doc_ids(command("documents", "--json", "--store", store)) == ["bridge.txt"]
    back = one_object(command("rollback", "2", "--store", store, "--json"))
    assert back == {"generation": 2, "kept": [1, 2], "left_out": []}
    assert_error(command("rollback", "7", "--store", store), 1, "no generation 7", "`generations`")


@pytest.mark.model
@pytest.mark.slow
def test_a_watched_folder_is_indexed_whenever_it_changes(bridge: Path) -> None:
    arguments = ("index", "--watch", "--json", "--source", str(bridge), "--store", str(bridge / "s"))
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", *arguments],
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        try:
            assert json.loads(process.stdout.readline())["added"] == 1
            (bridge / "light.txt").write_text(LIGHTHOUSE)
            assert json.loads(process.stdout.readline())["added"] == 1
            for name in ("light.txt", "bridge.txt"):
                (bridge / name).unlink()
            while not (said := process.stderr.readline()).startswith("Error: "):
                assert said, "it ended"
            (bridge / "bridge.txt").write_text(LIGHTHOUSE)
            assert json.loads(process.stdout.readline())["documents"] == 1
        finally:
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_what_is_not_there_cannot_be_watched(command: Command, tmp_path: Path) -> None:
    assert_error(command("index", "--watch", "--source", tmp_path / "no", "--store", tmp_path / "s"), 1, "be watched")
