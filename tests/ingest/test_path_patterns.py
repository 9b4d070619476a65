"""Patterns of --include and --exclude: what they match, and what leaves the index by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.ingest.load import Loaded, load_documents
from assistant.ingest.path_patterns import PathPatterns
from assistant.settings import load_settings
from testkit.parsed_here import ParsedHere

STORY = "The mill stands by the river and grinds rye and wheat for three villages."


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.pdf", "a.pdf", True),
        ("*.pdf", "deep/below/A.PDF", True),
        ("*.pdf", "a.pdf.txt", False),
        ("drafts", "drafts/a.txt", True),
        ("drafts/", "2024/drafts/b/c.txt", True),
        ("drafts", "drafts.txt", False),
        ("reports/*.txt", "reports/a.txt", True),
        ("reports/*.txt", "old/reports/a.txt", False),
        ("reports/*.txt", "reports/2024/a.txt", False),
        ("reports/**", "reports/2024/a.txt", True),
        ("reports/**/a.txt", "reports/a.txt", True),
        ("reports/**/a.txt", "reports/2024/05/a.txt", True),
        ("**/old/**", "x/old/y/z.txt", True),
        ("**/old/**", "x/old", False),
        ("/a.txt", "a.txt", True),
        ("/a.txt", "b/a.txt", False),
        ("report?.txt", "report7.txt", True),
        ("report[12].txt", "report7.txt", False),
        ("Hồ sơ", "hồ sơ/đơn.txt", True),
    ],
)
def test_patterns_match_paths(pattern: str, path: str, matches: bool) -> None:
    assert PathPatterns([pattern]).reads(path) is matches
    assert PathPatterns([], [pattern]).reads(path) is not matches


def test_a_pattern_of_many_stars_takes_little_time() -> None:
    assert not PathPatterns(["**/*a*a*a*a*a*a*a/" * 30 + "b"]).reads("/".join(["a" * 50] * 200))


def load(folder: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Loaded:
    return load_documents([str(folder)], patterns=PathPatterns(include, exclude), make_workers=ParsedHere)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.md", "drafts/c.txt", "drafts/d/e.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{STORY} {name}")
    return tmp_path


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        ((), (), ["a.txt", "b.md", "drafts/c.txt", "drafts/d/e.md"]),
        (("*.txt",), (), ["a.txt", "drafts/c.txt"]),
        (("*.txt", "b.md"), ("drafts",), ["a.txt", "b.md"]),
        ((), ("drafts/d", "*.txt"), ["b.md"]),
    ],
)
def test_only_what_the_patterns_leave_is_read(
    folder: Path, include: tuple[str, ...], exclude: tuple[str, ...], left: list[str]
) -> None:
    loaded = load(folder, include, exclude)
    assert [document.doc_id for document in loaded.documents] == left
    assert loaded.failures == ()


def test_a_pattern_that_matches_nothing_is_reported(folder: Path) -> None:
    loaded = load(folder, ("*.txt", "*.pdf"), ("nothing",))
    assert [document.doc_id for document in loaded.documents] == ["a.txt", "drafts/c.txt"]
    assert [failure.source for failure in loaded.failures] == ["--include *.pdf", "--exclude nothing"]
    assert all("matches this pattern" in failure.error and failure.hint for failure in loaded.failures)


def test_a_named_file_is_read_whatever_the_patterns(folder: Path) -> None:
    loaded = load_documents([str(folder / "a.txt")], patterns=PathPatterns(["*.pdf"]), make_workers=ParsedHere)
    assert [document.doc_id for document in loaded.documents] == ["a.txt"]


@pytest.mark.parametrize("pattern", ["", " ", "/", "./", "a\0b", "a" * 1001])
def test_an_empty_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(SettingsError, match=r"exclude\.0"):
        load_settings(exclude=(pattern,))
