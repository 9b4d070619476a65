"""The documentation holds together: links lead somewhere, and the index of experiments is complete."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(page for folder in ("docs", "eval", "benchmarks") for page in (ROOT / folder).rglob("*.md"))]
)
EXPERIMENTS = ROOT / "docs" / "experiments"
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")


def _anchors(page: Path) -> list[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    for name, anchor in LINK.findall(page.read_text("utf-8")):
        target = (page.parent / name) if name else page
        assert target.exists(), name
        assert not anchor or anchor in _anchors(target), f"{name}#{anchor}"


def test_every_experiment_is_in_the_index_of_decisions() -> None:
    listed = set(LINK.findall((EXPERIMENTS / "README.md").read_text("utf-8")))
    pages = [page for page in EXPERIMENTS.glob("*.md") if page.name != "README.md"]
    entries = {(page.name, anchor) for page in pages for anchor in _anchors(page) if anchor.startswith("20")}
    assert len(entries) > 30
    assert entries <= listed


def _is_module(name: str, page: Path) -> bool:
    """Whether `name` is a module: a path below the root or the package, or the bare name of any module."""
    if "/" in name:
        return any((folder / name).is_file() for folder in (ROOT, ROOT / "assistant", page.parent))
    folders = ("assistant", "benchmarks", "testkit", "tests")
    return (ROOT / name).is_file() or any(path for folder in folders for path in (ROOT / folder).rglob(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_modules_that_a_page_names_exist(page: Path) -> None:
    text = re.sub(r"https?://\S+", "", page.read_text("utf-8"))
    assert {name for name in re.findall(r"[\w/-]+\.py\b", text) if not _is_module(name, page)} == set()


def test_each_step_of_the_overview_names_a_file() -> None:
    """An arrow names its files on its own line or on the next one."""
    lines = (ROOT / "docs" / "overview.md").read_text("utf-8").splitlines()
    steps = [f"{first}\n{second}" for first, second in pairwise(lines) if first.startswith("      → ")]
    assert len(steps) > 30
    assert [step for step in steps if not re.search(r"\.py\b", step)] == []


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_code_and_docs_name_existing_pages() -> None:
    files = [*PAGES, *(ROOT / "assistant").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    named = {(name, file) for file in files for name in re.findall(r"\bdocs/[\w/-]+\.md\b", file.read_text("utf-8"))}
    assert {(name, file) for name, file in named if not (ROOT / name).exists()} == set()
