"""Very many files: read in several processes, in any order of theirs, and never all in memory."""

from __future__ import annotations

import gc
import json
import random
import signal
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import StoreError
from assistant.ingest.load import load_documents
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.parse_cache import FILE_NAME, ParseCache
from assistant.ingest.sandbox.pool import Done, Job, Workers
from assistant.ingest.sandbox.serialisation import packed, unpacked
from assistant.records import Block, Document, Failure
from testkit.papers import ENGLISH, POLISH, paragraphs, pdf, word
from testkit.parsed_here import ParsedHere
from testkit.samples import SAMPLES
from tests.command import child_environment
from tests.ingest.test_site_boilerplate import BOILERPLATE, page

pytestmark = pytest.mark.slow  # processes are started and ended

Result = tuple[list[Document], tuple[Failure, ...]]
PAGES = 300


def read(*sources: Path, **given: object) -> Result:
    loaded = load_documents([str(source) for source in sources], **given)  # type: ignore[arg-type]
    found = list(loaded.documents), loaded.failures
    loaded.close()
    return found


def readers() -> list[psutil.Process]:
    """The processes that read for this one."""
    return [
        child
        for child in psutil.Process().children()
        if any("ingest.sandbox.worker" in word for word in child.cmdline())
    ]


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """Each kind of file, files that cannot be read, pages of a site, corrections, and a second source."""
    folder = tmp_path / "sources"
    (folder / "more").mkdir(parents=True)
    for number, sample in enumerate(SAMPLES):
        (folder / f"{number}.txt").write_text(sample.raw, "utf-8")
    for number in range(14):
        (folder / f"page {number}.html").write_text(page("en", number, "coast.example")[1], "utf-8")
    (folder / "paper.pdf").write_bytes(pdf(paragraphs(ENGLISH, POLISH)))
    (folder / "letter.docx").write_bytes(word(lambda document: document.add_paragraph(ENGLISH)))
    (folder / "cut.pdf").write_bytes(pdf(paragraphs(ENGLISH))[:500])
    (folder / "image.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "nothing.html").write_text("<html><script>x()</script></html>", "utf-8")
    rows = [{"id": "a", "text": "A lighthouse."}, {"id": "1.txt", "text": "Known already."}, {"id": "b"}]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (folder / "sources.toml").write_text('["page 3.html"]\ntitle = "Three"\n["gone.txt"]\ntitle = "Gone"\n', "utf-8")
    (folder / "more" / "page 1.html").write_text(page("en", 20, "coast.example")[1], "utf-8")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Many pages of one site."""
    folder = tmp_path / "site"
    folder.mkdir()
    for number in range(PAGES):
        (folder / f"{number}.html").write_text(page("en", number, "coast.example")[1], "utf-8")
    return folder


class ShuffledWorkers(Workers):
    """Processes that finish in another order."""

    def __init__(self, seed: int) -> None:
        super().__init__(cpus=3, start_bytes=1)
        self._seed = seed

    def read(self, jobs: Iterable[Job]) -> Iterator[Done]:
        done = list(super().read(jobs))
        random.Random(self._seed).shuffle(done)
        return iter(done)


def test_what_is_read_depends_neither_on_the_processes_nor_on_who_ends_first(everything: Path) -> None:
    sources = (everything, everything / "more")
    expected = read(*sources)
    documents, failures = expected
    assert [failure.source for failure in failures] == [
        "cut.pdf", "image.txt", "nothing.html", "rows.jsonl:2", "rows.jsonl:3", "page 1.html", "sources.toml: gone.txt",
    ]  # fmt: skip
    assert [document.doc_id for document in documents] == [
        *(f"{number}.txt" for number in range(len(SAMPLES))), "letter.docx", "more/page 1.html",
        *sorted(f"page {number}.html" for number in range(14)), "paper.pdf", "a",
    ]  # fmt: skip
    assert not any(BOILERPLATE["en"][1] in document.text for document in documents)
    for cpus in (1, 3):  # each file is worth a process
        assert read(*sources, make_workers=partial(Workers, cpus=cpus, start_bytes=1)) == expected
    for seed in range(2):
        assert read(*sources, make_workers=partial(ShuffledWorkers, seed)) == expected


def test_processes_are_started_as_they_are_worth_it_and_end_with_the_reading(
    site: Path, everything: Path, tmp_path: Path
) -> None:
    three, more_readily = partial(Workers, cpus=3), partial(Workers, cpus=3, start_bytes=100_000)
    most = 0

    def count(_done: int, _total: int) -> None:
        nonlocal most
        most = max(most, len(readers()))

    for number in range(5):
        (tmp_path / "few").mkdir(exist_ok=True)
        (tmp_path / "few" / f"{number}.html").write_text(page("en", number, "coast.example")[1], "utf-8")
    read(tmp_path / "few", on_progress=count, make_workers=three)
    assert most == 1
    with ParseCache(tmp_path / "kept") as cache:
        read(everything, cache=cache, on_progress=count, make_workers=three)
        assert most == 1
        most = 0
        read(everything, cache=cache, on_progress=count, make_workers=three)
        assert most <= 1  # for those that could not be read
        read(site, cache=cache, on_progress=count, make_workers=more_readily)
        assert most == 3
        assert readers() == []
        most = 0
        read(site, cache=cache, on_progress=count, make_workers=more_readily)
        assert most == 0


def test_an_interrupt_ends_all_processes(site: Path, tmp_path: Path) -> None:
    three = partial(Workers, cpus=3, start_bytes=1)
    seen = []

    def stop(done: int, _total: int) -> None:
        seen.extend(readers())
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ParseCache(tmp_path / FILE_NAME) as cache:
        read(site, cache=cache, on_progress=stop, make_workers=three)
    assert seen
    assert readers() == []
    assert waiting(tmp_path / FILE_NAME) == 0


def endless() -> bytes:
    """A PDF with a page that unpacks without end."""
    packer = zlib.compressobj(1)
    content = b"".join(packer.compress(b" " * 1_000_000) for _ in range(1_000)) + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, part) for number, part in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")
def test_files_that_end_their_process_cost_only_themselves(everything: Path) -> None:
    documents, failures = read(everything)
    (everything / "6 endless.pdf").write_bytes(endless())
    (everything / "page 5 endless.html").write_bytes(endless())
    small = partial(Workers, cpus=2, start_bytes=1, memory_bytes=700_000_000)
    found, listed = read(everything, make_workers=small)
    assert found == documents
    new = [failure for failure in listed if failure not in failures]
    assert [failure.source for failure in new] == ["6 endless.pdf", "page 5 endless.html"]
    assert all("memory" in failure.error for failure in new)


def alive() -> int:
    return sum(
        type(thing) in (ParsedDocument, Document) for thing in gc.get_objects()
    )  # no thing is asked for its class


def test_few_documents_are_in_memory_at_a_time(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    before, most, replaced = alive(), 0, 0
    add = ParseCache.add_document

    def count(done: int = 0, _total: int = 0) -> None:
        nonlocal most
        if done % 25 == 0:
            most = max(most, alive() - before)

    def counted(self: ParseCache, document: Document) -> int:
        nonlocal replaced
        replaced += 1
        count(replaced)
        return add(self, document)

    monkeypatch.setattr(ParseCache, "add_document", counted)
    loaded = load_documents([str(site)], on_progress=count)
    assert replaced >= PAGES  # each page lost its furniture, and some are versions of another
    for number, _ in enumerate(loaded.documents):
        count(number)
    assert 0 < most < PAGES / 5


def waiting(path: Path) -> int:
    """How many documents wait in the file."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM waiting").fetchone()[0])


def test_documents_are_read_from_disk_as_often_as_wanted_until_they_are_closed(
    everything: Path, tmp_path: Path
) -> None:
    path = tmp_path / FILE_NAME
    with ParseCache(path) as cache:
        loaded = load_documents([str(everything)], cache=cache)
        documents = list(loaded.documents)
        assert list(loaded.documents) == documents
        assert len(loaded.documents) == len(documents)
        assert (loaded.documents[0], loaded.documents[-1]) == (documents[0], documents[-1])
        assert loaded.documents[2:5] == documents[2:5]
        with pytest.raises(IndexError):
            loaded.documents[len(documents)]
        left = loaded.documents.without({"1.txt", "nothing of that name"})
        assert list(left) == [document for document in documents if document.doc_id != "1.txt"]
        assert waiting(path) > 0
        loaded.close()
        assert waiting(path) == 0


def test_a_build_that_was_killed_leaves_nothing_that_waits(everything: Path, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from assistant.ingest.load import load_documents; from assistant.ingest.parse_cache import ParseCache\n"
        "with ParseCache(Path(sys.argv[1])) as cache:\n"
        "    load_documents([sys.argv[2]], cache=cache)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", script, str(path), str(everything)]
    ran = subprocess.run(command, env=child_environment(), check=False)
    assert ran.returncode == -signal.SIGKILL
    assert waiting(path) > 0
    with ParseCache(path):
        assert waiting(path) == 0


def test_a_parsed_file_is_stored_once(site: Path, tmp_path: Path) -> None:
    """Of pages that change nothing by what they share, no second copy waits."""
    for number in range(3, PAGES):
        (site / f"{number}.html").unlink()
    (site / "2.html").unlink()
    with ParseCache(tmp_path / FILE_NAME) as cache:
        assert len(load_documents([str(site)], cache=cache).documents) == 2
        assert waiting(tmp_path / FILE_NAME) == 0


def test_a_file_that_cannot_be_written_is_said_in_words(everything: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StoreError, match="Parsed files cannot be kept") as caught,
        ParseCache(tmp_path / "file" / FILE_NAME) as cache,
    ):
        load_documents([str(everything)], cache=cache)
    assert caught.value.hint


def test_a_file_that_is_damaged_while_it_is_used_costs_one_build(everything: Path, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with ParseCache(path) as cache:
        expected = read(everything, cache=cache)
    data = path.read_bytes()
    path.write_bytes(data[: 8 * 4096] + b"\xa5" * (len(data) - 8 * 4096))
    with pytest.raises(StoreError, match="Parsed files"), ParseCache(path) as cache:
        read(everything, cache=cache)
    with ParseCache(path) as cache:
        assert read(everything, cache=cache) == expected


LINES = st.sampled_from(["Coast portal", "Comment (3)", "Same tag", "Views 12", "Share this", "- salt", "## Costs"])
PROSE = st.integers(0, 9).map(lambda n: f"The mill number {n} of Alda was opened in 18{n}4 by the council of the town.")
TEXTS = st.lists(st.one_of(LINES, PROSE), min_size=1, max_size=8).map("\n\n".join)
MARKUP = st.integers(0, 5).map(lambda number: page("en", number, "coast.example")[1])


@given(st.lists(st.one_of(TEXTS, MARKUP), min_size=1, max_size=12), st.data())
@settings(max_examples=40, deadline=None)
def test_files_that_came_one_after_the_other_read_as_if_all_came_at_once(texts: list[str], data: st.DataObject) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place, "sources")
        folder.mkdir()
        for number in data.draw(st.permutations(range(len(texts)))):
            (folder / f"{number:02}.txt").write_text(texts[number], "utf-8")
            if data.draw(st.booleans()):
                with ParseCache(Path(place, "kept")) as cache:
                    read(folder, cache=cache, make_workers=ParsedHere)
        with ParseCache(Path(place, "kept")) as cache:
            grown = read(folder, cache=cache, make_workers=ParsedHere)
        assert grown == read(folder, make_workers=ParsedHere)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_was_read_is_the_same_packed_and_unpacked(sample: object) -> None:
    found = parse_file("a.txt", sample.raw.encode(), None)  # type: ignore[attr-defined]
    assert unpacked(packed(found)) == found


def changed(path: list[object], value: object) -> bytes:
    """A document, packed, with another value at one place."""
    fields = [["a", "Document", {
        "doc_id": "a", "title": "A", "text": "Text.", "url": None, "url_kind": None, "language": "en",
        "published": None, "publisher": None, "questions": [], "pages": [], "also_at": [], "recipients": [],
        "versions": [], "sha256": "", "converted_from": [], "recognised": [],
        "blocks": [{"kind": "paragraph", "start": 0, "end": 5, "level": 0, "label": ""}],
    }]]  # fmt: skip
    document = Document("a", "A", "Text.", language="en", blocks=(Block("paragraph", 0, 5),))
    assert unpacked(zlib.compress(json.dumps(fields).encode())) == [("a", document)]
    place: object = fields
    for key in path[:-1]:
        place = place[key]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    return zlib.compress(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no zlib", zlib.compress(b"[3]"), zlib.compress(b"[" * 100_000), zlib.compress(b"\xff"),
        zlib.compress(b"[]")[:-3], changed([0, 0], 5), changed([0, 1], "Path"), changed([0, 2], []),
        changed([0, 2, "text"], None), changed([0, 2, "title"], ["A"]), changed([0, 2, "pages"], [0, 9]),
        changed([0, 2, "blocks", 0, "end"], 6), changed([0, 2, "blocks", 0, "kind"], "poem"),
        changed([0, 2, "blocks"], [3]),
        changed([0, 2, "pages"], [True]), changed([0, 2, "url"], "https://a.example/"),
        changed([0, 2, "url_kind"], "javascript"), changed([0, 2, "also_at"], [5]), changed([0, 2, "questions"], None),
        changed([0, 2, "recognised"], [[1, 1.5]]), changed([0, 2, "recognised"], [[1, float("nan")]]),
        changed([0, 2, "recognised"], [[True, 0.5]]), changed([0, 2, "recognised"], [[0, 0.5]]),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(data)
