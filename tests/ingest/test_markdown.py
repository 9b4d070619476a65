"""Markdown: what it keeps, what it reads of the front matter, what is none."""

from __future__ import annotations

import pytest

from assistant.ingest.markdown import looks_like_markdown, read_markdown


def test_front_matter_is_metadata_and_no_text() -> None:
    page = read_markdown(
        '---\ntitle: "The mill"\ndate: 2024-05-03 10:00:00 +0200\nlang: en\nurl: https://a.example/mill\n---\n\nText.\n'
    )
    assert (page.title, page.published, page.language, page.url) == (
        "The mill", "2024-05-03", "en", "https://a.example/mill",
    )  # fmt: skip
    assert page.blocks == ("Text.",)


def test_underlined_headings_and_wrapped_paragraphs() -> None:
    page = read_markdown("The mill\n========\n\nIt stands by\nthe river.\n\nInside\n------\n\nStones.\n")
    assert page.blocks == ("# The mill", "It stands by the river.", "## Inside", "Stones.")


def test_first_heading_is_the_title_whatever_its_level() -> None:
    assert read_markdown("## Inside\n\nText.\n\n# The mill\n").title == "The mill"
    assert read_markdown("## Inside\n\nText.\n").title == "Inside"


def test_marks_go_and_words_stay() -> None:
    text = "It is **very** _old_, `made` of [stone][1] and \\*not\\* of snake_case_wood; 2 * 3 * 4 <br> <https://a.example>"
    assert read_markdown(text).blocks == (
        "It is very old, made of stone and *not* of snake_case_wood; 2 * 3 * 4 https://a.example",
    )


def test_nested_lists_are_one_block() -> None:
    assert read_markdown("- rye\n  - dark\n\n- wheat\n").blocks == ("- rye\n- dark\n- wheat",)


def test_heading_marks_in_code_are_no_headings() -> None:
    page = read_markdown("# Mill\n\n```sh\n# grind\nmill --rye\n```\n")
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
