from __future__ import annotations

import errno
import itertools
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import StoreBusyError, StoreDamagedError, StoreError, StoreMismatchError, StoreMissingError
from assistant.index.generation_writer import GenerationWriter
from assistant.index.store import build_lock, current_generation, damaged_files, open_generation, refuse_truncated
from assistant.records import Document, Manifest, Sentence
from tests.small_store import whole

# Each word and each pair of neighbours is a term: more bytes of terms than of text.
MANY_TERMS = " ".join(map("".join, itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3)))


def write(store: Path, *texts: str, **large: int) -> Manifest:
    documents = [Document(f"d{n}", f"Title {n}", text, language="en") for n, text in enumerate(texts)]
    vectors = np.eye(len(texts), 8, dtype=np.float32)
    with build_lock(store), GenerationWriter(store, 8, **large) as writer:
        for n, document in enumerate(documents):
            writer.add([whole(document, "Heading")], vectors[n : n + 1], vectors[n : n + 1])
        return writer.finish(model="m", model_fingerprint="f", settings={}, versions={"a": "1"})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    manifest = write(tmp_path, "first text", "Łódź 😀 bệnh viện")
    generation = open_generation(tmp_path)
    assert generation.manifest == manifest
    assert [d.text for d in generation.tables.documents()] == ["first text", "Łódź 😀 bệnh viện"]
    chunk = generation.tables.chunk(1)
    assert (chunk.doc_id, chunk.text, chunk.headings) == ("d1", "Łódź 😀 bệnh viện", ("Heading",))
    sentences, vectors = generation.sentences(chunk)
    assert sentences == [Sentence("d1", 0, len(chunk.text))]
    np.testing.assert_array_equal(vectors, np.eye(2, 8, dtype=np.float32)[1:])
    generation.close()


def test_a_new_generation_replaces_the_old_and_one_is_kept(tmp_path: Path) -> None:
    for n in range(4):
        assert write(tmp_path, f"text {n}").generation == n + 1
    assert current_generation(tmp_path) == 4
    assert sorted(p.name for p in (tmp_path / "generations").iterdir()) == ["3", "4"]


def test_a_reader_keeps_its_generation_while_the_next_is_written(tmp_path: Path) -> None:
    write(tmp_path, "old text")
    reader = open_generation(tmp_path)
    write(tmp_path, "new text")
    assert reader.tables.chunk(0).text == "old text"
    reader.close()


def test_no_index_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError, match="no index"):
        open_generation(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["tables.sqlite", "documents.npy", "dense.faiss", "sentences/ranges.npy", "lexical/vocab.index.json"]
)
@pytest.mark.parametrize("damage", [lambda f: f.write_bytes(f.read_bytes()[:-10]), Path.unlink])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    write(tmp_path, "some text", "more text")
    damage(tmp_path / "generations" / "1" / name)
    with pytest.raises(StoreDamagedError, match=name) as caught:
        open_generation(tmp_path)
    assert "assistant index" in caught.value.hint


@pytest.mark.parametrize("text", ["", "one\n", "../7", "\xff"])
def test_a_damaged_current_is_said_in_words(tmp_path: Path, text: str) -> None:
    write(tmp_path, "some text")
    (tmp_path / "CURRENT").write_text(text, "latin-1")
    with pytest.raises(StoreDamagedError, match="CURRENT"):
        open_generation(tmp_path)


def test_another_format_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "some text")
    path = tmp_path / "generations" / "1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format_version": 99}), "utf-8")
    with pytest.raises(StoreMismatchError, match="format 99"):
        open_generation(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null"])
def test_a_damaged_manifest_is_said_in_words(tmp_path: Path, text: str) -> None:
    write(tmp_path, "some text")
    (tmp_path / "generations" / "1" / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(StoreDamagedError, match=r"manifest\.json"):
        open_generation(tmp_path)


def test_a_manifest_that_lists_nothing_proves_nothing(tmp_path: Path) -> None:
    write(tmp_path, "some text")
    path = tmp_path / "generations" / "1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"files": {}}), "utf-8")
    with pytest.raises(StoreDamagedError, match=r"dense\.faiss"):
        open_generation(tmp_path)


def test_a_second_build_is_refused(tmp_path: Path) -> None:
    with build_lock(tmp_path), pytest.raises(StoreBusyError, match="Another build"), build_lock(tmp_path):
        pass
    write(tmp_path, "afterwards it works")


def test_a_full_disk_leaves_the_old_generation_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "old text")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="still in use"):
        write(tmp_path, "new text")
    monkeypatch.undo()
    assert open_generation(tmp_path).tables.chunk(0).text == "old text"
    assert [p.name for p in (tmp_path / "generations").iterdir()] == ["1"]


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of file sizes")
@pytest.mark.parametrize(("text", "dimension"), [("word " * 40_000, 8), ("word", 40_000), (MANY_TERMS, 8)])
def test_a_file_that_does_not_fit_leaves_the_old_generation_live(tmp_path: Path, text: str, dimension: int) -> None:
    """As on a full disk: the tables, the vectors, the terms."""
    import resource

    def write_large() -> None:
        vectors = np.eye(1, dimension, dtype=np.float32)
        with build_lock(tmp_path), GenerationWriter(tmp_path, dimension) as writer:
            writer.add([whole(Document("d", "Title", text, language="en"))], vectors, vectors)
            writer.finish(model="m", model_fingerprint="f", settings={}, versions={})

    write(tmp_path, "old text")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (115_000, hard))
    try:
        with pytest.raises(StoreError, match="still in use"):
            write_large()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert open_generation(tmp_path).tables.chunk(0).text == "old text"
    assert [p.name for p in (tmp_path / "generations").iterdir()] == ["1"]
    write_large()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_is_raised_while_a_generation_is_written_ends_it(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        vectors = np.eye(1, 8, dtype=np.float32)
        with build_lock(tmp_path), GenerationWriter(tmp_path, 8) as writer:
            writer.add([whole(Document("d", "Title", "new text"))], vectors, vectors)
            assert (tmp_path / "generations" / "2.partial").is_dir()
            raise error

    write(tmp_path, "old text")
    with pytest.raises(error):
        interrupted()
    assert [p.name for p in (tmp_path / "generations").iterdir()] == ["1"]
    assert write(tmp_path, "newer text").generation == 2


@pytest.mark.slow
def test_memory_does_not_grow_with_the_vectors(tmp_path: Path) -> None:
    """NumPy tells tracemalloc of its arrays; 2,000 vectors of 4,096 numbers are 33 MB, and 16 MB of sentences."""
    count, dimension, at_a_time = 2000, 4096, 50
    vectors = np.full((at_a_time, dimension), dimension**-0.5, np.float32)
    tracemalloc.start()
    try:
        with build_lock(tmp_path), GenerationWriter(tmp_path, dimension) as writer:
            for first in range(0, count, at_a_time):
                texts = [f"Number {n} of many." for n in range(first, first + at_a_time)]
                writer.add([whole(Document(text, "Title", text)) for text in texts], vectors, vectors)
            manifest = writer.finish(model="m", model_fingerprint="f", settings={}, versions={})
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert manifest.chunks == count
    assert peak_bytes < 8_000_000


def test_left_overs_of_a_killed_build_are_cleared(tmp_path: Path) -> None:
    left_over = tmp_path / "generations" / "7.partial"
    left_over.mkdir(parents=True)
    (left_over / "tables.sqlite").write_bytes(b"half")
    write(tmp_path, "some text")
    assert not left_over.exists()


def test_many_chunks_make_a_large_index(tmp_path: Path) -> None:
    texts = [f"text number{n}" for n in range(40)]
    write(tmp_path / "small", *texts)
    assert write(tmp_path / "large", *texts, large_chunks=30).search == "candidates"
    small, large = open_generation(tmp_path / "small"), open_generation(tmp_path / "large")
    query = np.eye(1, 8, 3, dtype=np.float32)
    assert small.comparer().compare([("number7", query)]).rows.tolist() == list(range(40))
    assert {3, 7} <= set(large.comparer().compare([("number7", query)]).rows.tolist())
    np.testing.assert_array_equal(large.dense.vectors(), small.dense.vectors())
    np.testing.assert_array_equal(large.dense.scores(query), small.dense.scores(query))
    np.testing.assert_array_equal(large.languages(), small.languages())
    small.close()
    large.close()


def test_a_large_file_is_read_again_when_it_was_touched(tmp_path: Path) -> None:
    manifest = write(tmp_path, "some text", "more text", large_bytes=1)
    assert manifest.stamps.keys() == manifest.files.keys()
    path = tmp_path / "generations" / "1" / "sentences" / "vectors.npy"
    built = path.stat()
    os.utime(path)
    open_generation(tmp_path).close()
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(StoreDamagedError, match=r"vectors\.npy"):
        open_generation(tmp_path)
    os.utime(path, ns=(built.st_atime_ns, built.st_mtime_ns))  # as if the disk had done it
    assert damaged_files(tmp_path, manifest) == ["sentences/vectors.npy"]
    path.write_bytes(changed[:-1])
    os.utime(path, ns=(built.st_atime_ns, built.st_mtime_ns))
    with pytest.raises(StoreDamagedError, match=r"vectors\.npy"):
        open_generation(tmp_path)


def test_a_file_truncated_in_use_is_found_and_a_deleted_one_does_no_harm(tmp_path: Path) -> None:
    used, gone = tmp_path / "used", tmp_path / "gone"
    for path in (used, gone):
        path.write_bytes(bytes(100))
    sizes = {used: 100, gone: 100}
    refuse_truncated(sizes)
    gone.unlink()
    refuse_truncated(sizes)
    os.truncate(used, 50)
    with pytest.raises(StoreDamagedError, match="truncated"):
        refuse_truncated(sizes)
