"""Of a Git repository only the tracked files are read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assistant.ingest.load import Loaded, load_documents
from testkit.parsed_here import ParsedHere

pytestmark = [
    pytest.mark.slow,  # Git is started
    pytest.mark.skipif(shutil.which("git") is None, reason="Git is not installed"),
]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("a.md", "docs/Hồ sơ.txt", "ignored/b.txt", "new.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"A note of {name}.", "utf-8")
    (tmp_path / ".gitignore").write_text("ignored\n")
    git(tmp_path, "init")
    git(tmp_path, "add", "a.md", "docs", ".gitignore")
    return tmp_path


def load(folder: Path) -> Loaded:
    return load_documents([str(folder)], make_workers=ParsedHere)


def ids(loaded: Loaded) -> list[str]:
    return [document.doc_id for document in loaded.documents]


def test_only_tracked_files_are_read(repository: Path) -> None:
    loaded = load(repository)
    assert (ids(loaded), loaded.failures) == (["a.md", "docs/Hồ sơ.txt"], ())


def test_a_folder_in_a_repository_is_read_as_any_folder(repository: Path) -> None:
    assert ids(load(repository / "ignored")) == ["b.txt"]


def test_no_program_that_the_repository_names_is_started(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "core.fsmonitor", f"touch {tmp_path / 'started'}; false")
    load(repository)
    assert not (tmp_path / "started").exists()


def test_a_damaged_repository_is_read_as_a_folder_and_reported(repository: Path) -> None:
    (repository / ".git" / "index").write_bytes(b"nonsense")
    loaded = load(repository)
    assert ids(loaded) == ["a.md", "docs/Hồ sơ.txt", "ignored/b.txt", "new.txt"]
    assert ["Git" in failure.error and bool(failure.hint) for failure in loaded.failures] == [True]
