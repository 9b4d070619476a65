"""Files are written in one step."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.storage.atomic_file import write_file


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, "Łódź\n")
    assert path.read_bytes() == "Łódź\n".encode()
    write_file(path, b"\0\xff")
    assert path.read_bytes() == b"\0\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_file(path, "half \ud83d")
    assert path.read_text() == "old"
    folder = tmp_path / "folder"
    (folder / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_file(folder, "text")
    assert sorted(tmp_path.iterdir()) == [path, folder]


def test_a_file_that_a_killed_writer_left_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file.partial").write_text("much longer than the text that follows")
    write_file(tmp_path / "file", "text")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "text")]


def test_several_threads_write_a_shared_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = [bytes([number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_file(path, content, shared=True), contents))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]
