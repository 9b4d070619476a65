"""Markdown: what it keeps, what it reads of the front matter, what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.ingest.formats.front_matter import front_matter
from assistant.ingest.formats.markdown import MarkdownPage, looks_like_markdown, read_markdown
from assistant.ingest.load import load_documents


def _read(text: str) -> MarkdownPage:
    front, body = front_matter(text.replace("\r\n", "\n"))
    return read_markdown(body, front)


def test_front_matter_is_metadata_and_no_text() -> None:
    page = _read(
        '---\ntitle: "The mill"\ndate: 2024-05-03 10:00:00 +0200\nlang: en\nurl: https://a.example/mill\n---\n\nText.\n'
    )
    assert (page.title, page.published, page.language, page.url) == (
        "The mill", "2024-05-03", "en", "https://a.example/mill",
    )  # fmt: skip
    assert page.blocks == ("Text.",)


def test_underlined_headings_and_wrapped_paragraphs() -> None:
    page = _read("The mill\n========\n\nIt stands by\nthe river.\n\nInside\n------\n\nStones.\n")
    assert page.blocks == ("# The mill", "It stands by the river.", "## Inside", "Stones.")


def test_first_heading_is_the_title_whatever_its_level() -> None:
    assert _read("## Inside\n\nText.\n\n# The mill\n").title == "The mill"
    assert _read("## Inside\n\nText.\n").title == "Inside"


def test_marks_go_and_words_stay() -> None:
    text = "It is **very** _old_, `made` of [stone][1] and \\*not\\* of snake_case_wood; 2 * 3 * 4 <br> <https://a.example>"
    assert _read(text).blocks == (
        "It is very old, made of stone and *not* of snake_case_wood; 2 * 3 * 4 https://a.example",
    )


def test_nested_lists_are_one_block() -> None:
    assert _read("- rye\n  - dark\n\n- wheat\n").blocks == ("- rye\n- dark\n- wheat",)


def test_heading_marks_in_code_are_no_headings() -> None:
    page = _read("# Mill\n\n```sh\n# grind\nmill --rye\n```\n")
    assert page.title == "Mill"
    assert page.blocks[1] == "# grind\nmill --rye"


@pytest.mark.parametrize(
    "text",
    [
        "The mill.\n\n- rye\n- wheat\n",
        "#1 in the region\n\nThe mill.",
        "Cost: 2 * 3 * 4 = 24",
        "A | B\n",
        "* * *\nText.",
    ],
)
def test_plain_text_is_no_markdown(text: str) -> None:
    assert not looks_like_markdown(text)


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: Plain  words # a comment", "Plain words"),
        ('title: "With: colon # and \\"quotes\\""', 'With: colon # and "quotes"'),
        ("title: 'It''s quoted' # comment", "It's quoted"),
        ("title: >\n  Folded over\n  two lines\ndate: 2024-05-03", "Folded over two lines"),
        ("tags:\n  - a\n- b\nextra:\n  title: not this\nTitle: After a list", "After a list"),
        ("title: C# in practice", "C# in practice"),
        ("title: [a, b]\nlang: en", "Mill"),
        ("title: ''", "Mill"),
    ],
)
def test_front_matter_as_people_write_it(front: str, title: str) -> None:
    assert _read(f"---\n{front}\n---\n# Mill\n").title == title
    assert _read(f"---\r\n{front}\n---\r\n# Mill\r\n").blocks == ("# Mill",)


@pytest.mark.parametrize(
    "text",
    [
        "---\nDear all,\nnote: the mill is closed.\n---\nYours",
        "---\ntitle: Mill\nnever closed",
        "---\n\n---\nThe mill",
        "---\n- item\n---\nThe mill",
        "---\ntitle: Mill\nbroken line\n---\nThe mill",
    ],
)
def test_what_is_no_front_matter_stays_text(text: str) -> None:
    page = _read(text)
    words = " ".join(page.blocks)
    assert all(word in words for word in text.replace("-", " ").split())
    assert page.published is None


def test_front_matter_decides_the_language(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nlang: pl-PL\n---\n" + "The mill stands by the river and grinds. " * 9, "utf-8")
    assert load_documents([str(tmp_path)]).documents[0].language == "pl"
