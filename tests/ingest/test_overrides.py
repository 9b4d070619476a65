"""sources.toml: what it may say, that it wins, and what it answers to mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.ingest.load import load_documents
from testkit.parsed_here import ParsedHere

PAGE = """<html lang="en"><head><title>Old title</title><link rel="canonical" href="https://example.org/old">
</head><body><p>The mill stands by the river and grinds rye for three villages.</p></body></html>"""


def write(folder: Path, entry: str) -> None:
    (folder / "mill.html").write_text(PAGE, encoding="utf-8")
    (folder / "sources.toml").write_text(entry, encoding="utf-8")


def test_entry_wins_over_the_document(tmp_path: Path) -> None:
    write(
        tmp_path,
        """["mill.html"]
        title = "The mill"
        url = "https://example.org/new"
        url_kind = "attributed"
        language = "pl"
        published = 2024-03-05
        publisher = "Mill museum"
        questions = ["Where does the mill stand?"]
        licence = "CC0"
        retrieved = 2024-04-01
        note = "by hand"
        """,
    )
    document = load_documents([str(tmp_path)], make_workers=ParsedHere).documents[0]
    assert (document.title, document.url, document.url_kind) == ("The mill", "https://example.org/new", "attributed")
    assert (document.language, document.published, document.publisher) == ("pl", "2024-03-05", "Mill museum")
    assert document.questions == ("Where does the mill stand?",)


def test_what_the_entry_leaves_out_stays(tmp_path: Path) -> None:
    write(tmp_path, '["mill.html"]\nnote = "x"\n')
    document = load_documents([str(tmp_path)], make_workers=ParsedHere).documents[0]
    assert (document.title, document.url, document.url_kind) == ("Old title", "https://example.org/old", "page")


def test_entry_without_a_file_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, '["mil.html"]\ntitle = "x"\n')
    loaded = load_documents([str(tmp_path)], make_workers=ParsedHere)
    assert len(loaded.documents) == 1
    assert "mil.html" in loaded.failures[0].source


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('titel = "x"', "title"),
        ("title = 5", "text in quotes"),
        ('title = " "', "text in quotes"),
        ('published = "05/03/2024"', "2025-06-18"),
        ('published = "2024-13-01"', "2025-06-18"),
        ("published = 2024", "2025-06-18"),
        ('url = "javascript:alert(1)"', "http"),
        ('url = "example.org"', "http"),
        ('url_kind = "mirror"', "attributed"),
        ('language = "English"', "two-letter"),
        ('questions = "Where?"', "list"),
        ("questions = [1]", "list"),
    ],
)
def test_wrong_value_is_refused_with_what_is_right(tmp_path: Path, line: str, said: str) -> None:
    write(tmp_path, f'["mill.html"]\n{line}\n')
    with pytest.raises(SourceError, match=r"mill\.html") as caught:
        load_documents([str(tmp_path)], make_workers=ParsedHere)
    assert said in caught.value.hint


@pytest.mark.parametrize("content", ['["mill.html"\n', 'title = "x"\n', '["mill.html"]\ntitle = "a"\ntitle = "b"\n'])
def test_broken_file_is_refused(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    with pytest.raises(SourceError, match=r"sources\.toml"):
        load_documents([str(tmp_path)], make_workers=ParsedHere)


def test_nesting_without_end_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mill stands by the river.", "utf-8")
    (tmp_path / "sources.toml").write_text("a = " + "[" * 20_000, "utf-8")
    with pytest.raises(SourceError, match="nested too deeply"):
        load_documents([str(tmp_path)], make_workers=ParsedHere)
