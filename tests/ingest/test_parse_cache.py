"""What was read before is not parsed again, and reads the same."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.ingest.load import Loaded, load_documents
from assistant.ingest.parse_cache import FILE_NAME, ParseCache
from assistant.ingest.sandbox.pool import Done, Job, Workers
from assistant.records import Document, Failure
from testkit.papers import paragraphs, pdf
from testkit.samples import SAMPLES

pytestmark = pytest.mark.slow  # every file is read by a process, twice

Result = tuple[list[Document], tuple[Failure, ...]]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Every kind of file, and one that cannot be read."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for number, sample in enumerate(SAMPLES):
        (folder / f"{number}.txt").write_text(sample.raw, "utf-8")
    (folder / "paper.pdf").write_bytes(pdf(paragraphs("The lighthouse of Brenn is forty metres tall.")))
    (folder / "picture.txt").write_bytes(b"GIF89a\0\0")  # refused before it is parsed
    (folder / "list.jsonl").write_text('{"id": "a", "text": "A lighthouse."}\n', "utf-8")
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is parsed."""
    names: list[str] = []
    read = Workers.read

    def logged(self: Workers, jobs: Iterable[Job]) -> Iterator[Done]:
        for done in read(self, jobs):
            names.append(done.job.name)
            yield done

    monkeypatch.setattr(Workers, "read", logged)
    return names


def loaded(sources: Path, on_progress: Callable[[int, int], None] | None = None, code: str | None = None) -> Result:
    with ParseCache(sources.parent / FILE_NAME, code) as cache:
        return result(load_documents([str(sources)], cache=cache, on_progress=on_progress))


def result(loaded: Loaded) -> Result:
    """All of it, in memory."""
    return list(loaded.documents), loaded.failures


def stop_at(number: int) -> Callable[[int, int], None]:
    def stop(done: int, _: int) -> None:
        if done == number:
            raise KeyboardInterrupt

    return stop


def rows(sources: Path) -> int:
    with closing(sqlite3.connect(sources.parent / FILE_NAME)) as database:
        return int(database.execute("SELECT count(*) FROM entries").fetchone()[0])


def test_what_did_not_change_is_not_parsed_and_reads_the_same(sources: Path, parsed: list[str]) -> None:
    plain = result(load_documents([str(sources)]))
    assert loaded(sources) == plain
    assert "paper.pdf" in parsed
    parsed.clear()
    assert loaded(sources) == plain
    assert parsed == []


def test_what_is_new_or_changed_is_parsed(sources: Path, parsed: list[str]) -> None:
    loaded(sources)
    parsed.clear()
    (sources / "0.txt").write_text("Another text.", "utf-8")
    (sources / "new.txt").write_text("A new text.", "utf-8")
    (sources / "1.txt").rename(sources / "renamed.txt")
    now = loaded(sources)
    assert sorted(parsed) == ["0.txt", "new.txt", "renamed.txt"]
    assert now == result(load_documents([str(sources)]))


def test_what_is_gone_is_dropped_unless_the_build_failed(sources: Path) -> None:
    loaded(sources)
    before = rows(sources)
    (sources / "0.txt").unlink()
    with pytest.raises(KeyboardInterrupt):
        loaded(sources, on_progress=stop_at(len(list(sources.iterdir()))))
    assert rows(sources) == before
    loaded(sources)
    assert rows(sources) == before - 1


def test_a_build_that_was_stopped_goes_on_where_it_was(sources: Path, parsed: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        loaded(sources, on_progress=stop_at(4))
    first = list(parsed)
    parsed.clear()
    loaded(sources)
    assert first
    assert not set(first) & set(parsed)


def test_other_code_reads_all_anew(sources: Path, parsed: list[str]) -> None:
    loaded(sources)
    first = sorted(parsed)
    parsed.clear()
    loaded(sources, code="another version")
    assert sorted(parsed) == first


@pytest.mark.parametrize("read", [b"", b"no zlib", zlib.compress(b"[3]"), zlib.compress(b'[["x", "parsed", {}]]')])
def test_a_kept_draft_without_sense_is_read_anew(sources: Path, read: bytes) -> None:
    plain = loaded(sources)
    with closing(sqlite3.connect(sources.parent / FILE_NAME)) as database, database:
        database.execute("UPDATE entries SET value = ?", (read,))
    assert loaded(sources) == plain


def test_a_damaged_file_costs_only_the_parsing(sources: Path, parsed: list[str]) -> None:
    path = sources.parent / FILE_NAME
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    plain = loaded(sources)
    assert plain[0]
    loaded(sources)
    parsed.clear()
    assert loaded(sources) == plain
    assert parsed == []
