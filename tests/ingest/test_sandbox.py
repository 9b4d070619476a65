"""The process that reads files: it crashes, hangs and grows alone, and the next file is read."""

from __future__ import annotations

import os
import signal
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.ingest.decode import binary_format
from assistant.ingest.parse import ParsedDocument
from assistant.ingest.sandbox.limits import RefusedError
from assistant.ingest.sandbox.worker import Worker
from assistant.records import Failure
from testkit.papers import ENGLISH, paragraphs, pdf, word

pytestmark = pytest.mark.slow

GOOD = pdf(paragraphs(ENGLISH))
WORD = word(lambda document: document.add_paragraph(ENGLISH))


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


def children() -> list[psutil.Process]:
    """The readers that this process has started."""
    module = "assistant.ingest.sandbox.worker"
    return [child for child in psutil.Process().children() if any(module in word for word in child.cmdline())]


def text(worker: Worker, data: bytes) -> str:
    """The text of the one document in a file. Raises RefusedError when the process gives nothing."""
    ((_, item),) = worker.read("file", data)[1]
    assert isinstance(item, ParsedDocument), item
    assert item.document
    return item.document.text


def test_one_process_reads_all_files_and_ends_with_the_last() -> None:
    before = {child.pid for child in children()}
    with Worker() as worker:
        assert text(worker, GOOD) == ENGLISH
        started = {child.pid for child in children()} - before
        assert text(worker, WORD) == ENGLISH
        assert text(worker, b"<html><p>" + ENGLISH.encode()) == ENGLISH
        assert text(worker, b"# Ferry\n\n" + ENGLISH.encode()) == f"# Ferry\n\n{ENGLISH}"
        assert {child.pid for child in children()} - before == started
    assert len(started) == 1
    assert {child.pid for child in children()} == before


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize(("sent", "said"), [(signal.SIGSEGV, "failed"), (signal.SIGSTOP, "longer than 20 seconds")])
def test_a_crash_and_a_hang_cost_one_file(sent: signal.Signals, said: str) -> None:
    before = {child.pid for child in children()}
    with Worker(seconds=20) as worker:
        worker.read("file", GOOD)
        (process,) = [child for child in children() if child.pid not in before]
        stopping = threading.Timer(0.05, process.send_signal, [sent])
        stopping.start()
        with pytest.raises(RefusedError, match=said) as caught:
            read_on(worker)
        stopping.join()
        assert caught.value.hint
        assert text(worker, GOOD) == ENGLISH


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_memory_is_limited() -> None:
    with Worker(memory_bytes=300_000_000) as worker:
        with pytest.raises(RefusedError, match="memory"):
            worker.read("file", b"%PDF-1.7\n" + bytes(400_000_000))
        assert text(worker, GOOD) == ENGLISH


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_a_page_that_unpacks_without_end_costs_one_file() -> None:
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(500)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, content) for number, content in enumerate(objects, start=1))
    with Worker(memory_bytes=400_000_000) as worker:
        with pytest.raises(RefusedError):
            worker.read("file", b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>")
        assert text(worker, GOOD) == ENGLISH


def test_modules_and_secrets_lying_about_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pypdfium2.py").write_text("raise SystemExit", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSISTANT_MODEL__API_KEY", "secret")
    before = {child.pid for child in children()}
    with Worker() as worker:
        assert text(worker, GOOD) == ENGLISH
        (process,) = [child for child in children() if child.pid not in before]
        assert "ASSISTANT_MODEL__API_KEY" not in process.environ()


def test_a_reader_without_its_parent_ends() -> None:
    before = {child.pid for child in children()}
    worker = Worker()
    worker.read("file", GOOD)
    (process,) = [child for child in children() if child.pid not in before]
    assert worker._process is not None
    assert worker._process.stdin is not None
    worker._process.stdin.close()
    assert process.wait(20) == 0
    worker.__exit__()


def read_on(worker: Worker) -> None:
    """Read the same file until something happens."""
    for _ in range(10_000):
        worker.read("file", GOOD)


def mutated(whole: bytes) -> st.SearchStrategy[bytes]:
    """A file with some of its bytes changed, and perhaps cut."""
    change = st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=8))

    def apply(changes: list[tuple[int, bytes]], cut: int) -> bytes:
        data = bytearray(whole)
        for place, new in changes:
            data[place : place + len(new)] = new
        return bytes(data[:cut])

    lengths = st.one_of(st.just(len(whole)), st.integers(0, len(whole)))
    return st.builds(apply, st.lists(change, max_size=12), lengths)


ANY = st.one_of(
    mutated(GOOD),
    mutated(WORD),
    st.binary(max_size=300).map(lambda data: b"%PDF-1.7\n" + data),
    st.binary(max_size=300).map(lambda data: b"PK\x03\x04" + data),
)


@given(ANY)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_there_is_a_text_or_a_reason(worker: Worker, data: bytes) -> None:
    try:
        found = worker.read("file", data)[1]
    except RefusedError as error:
        found = [("file", Failure("file", error.error, error.hint))]
    for _, item in found:
        if isinstance(item, Failure):
            assert item.error
            assert item.hint
        else:
            assert isinstance(item, ParsedDocument)
            if item.document is None:
                assert binary_format(data) is None  # only of texts is a document made later, or none
                continue
            text, pages = item.document.text, item.document.pages
            assert text.strip() == text
            assert all(0 <= page < len(text) for page in pages)
