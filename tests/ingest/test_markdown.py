"""Markdown: what it keeps, what it reads of the front matter, what is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.ingest.formats.markdown.front_matter import front_matter
from assistant.ingest.formats.markdown.markdown_page import MarkdownPage, looks_like_markdown, read_markdown
from assistant.ingest.load import load_documents
from assistant.text.blocks import read_blocks
from testkit.parsed_here import ParsedHere


def _read(text: str) -> MarkdownPage:
    front, body = front_matter(text.replace("\r\n", "\n"))
    page = read_markdown(body, front)
    return replace(page, blocks=tuple(read_blocks("\n\n".join(page.blocks))[0].split("\n\n")))


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
    text += "\n\n[1]: https://a.example/stone\n"
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
    ("text", "blocks"),
    [
        ("```Level one``` rings.\n\nIt is *loud*.", ("Level one rings.", "It is loud.")),
        ("``` of `this` kind\n\nIt is *loud*.", ("``` of this kind", "It is loud.")),
        ("```text\na\n```yaml\nb\n```\nc", ("a\n```yaml\nb", "c")),
        ("~~~\n```\na\n~~~\nb", ("```\na", "b")),
        ("````\n```\na\n```\n````\nb", ("```\na\n```", "b")),
        ("1. Start:\n\n    ```sh\n    # pump\n    ```\n\n2. Wait.", ("1. Start:", "# pump", "2. Wait.")),
        ("Run:\n\n    # one\n    two\n\nThen wait.", ("Run:", "# one\ntwo", "Then wait.")),
        ("```\n<!-- kept --> &amp; &nbsp;\n```\n<!-- gone -->\nEnd", ("<!-- kept --> &amp; &nbsp;", "End")),
    ],
)
def test_code_begins_and_ends_where_commonmark_says(text: str, blocks: tuple[str, ...]) -> None:
    assert _read(text).blocks == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("It grinds.[^1]\n\n[^1]: Rye.\n\n    And wheat.\n\nEnd[^2]", ("It grinds.", "Rye.", "And wheat.", "End[^2]")),
        ('!!! note "Rye"\n    It is *dark*.\n\n    - a\n\nEnd', ("Rye", "It is dark.", "- a", "End")),
        ("!!! note\n    It is dark.\nEnd", ("It is dark.", "End")),
        ("!!! Mind the gap\n\nEnd", ("Mind the gap", "End")),
        (":::tip[Rye bread]\nIt is dark.\n:::\nEnd", ("Rye bread", "It is dark.", "End")),
        ("> [!TIP]\n> It is dark.\n> - a", ("It is dark.", "- a")),
        (
            '=== "Linux"\n\n    Start it.\n\n=== "Windows"\n\n    Click it.',
            ("Linux", "Start it.", "Windows", "Click it."),
        ),
        ("## Rye {#rye}\n\nDark.", ("## Rye", "Dark.")),
        ("Rye\n: Dark.\n\nWheat\n: Light.\n\n  Or not.", ("Rye: Dark.", "Wheat: Light.", "Or not.")),
        ("import Tabs from '@theme/Tabs';\nexport const a = 1\n\nEnd", ("End",)),
        ("<Tabs>\n<TabItem value='a'>\n\nDark.\n\n</TabItem>\n</Tabs>", ("Dark.",)),
        ("<your-name>\n\nsays List<String> and <kbd>a</kbd>.", ("<your-name>", "says List<String> and a .")),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", ("A: 1 | B: 2",)),
        ("<details>\n<summary>Where?</summary>\n\nIn `a`.\n\n</details>", ("Where?", "In a.")),
        ("| a | b |\n|---|---|\n| `x\\|y` | |\n\n| c |\n|---|\n| d |", ("a: x|y", "c\nd")),
        ("Mill  \nRoad 1\\\nHa Noi\n\n- a  \n  b\n- c", ("Mill\nRoad 1\nHa Noi", "- a\nb\n- c")),
        ('Use `&nbsp;` &amp; ![a *mill*](m.png "t")', ("Use &nbsp; & a mill",)),
        ("f(a[, b][, c]) and [d][e]", ("f(a[, b][, c]) and [d][e]",)),
        ("- # a\n- ~~b~~\n- [x] c", ("- a\n- b\n- [x] c",)),
    ],
)
def test_extensions_and_html_leave_their_words(text: str, blocks: tuple[str, ...]) -> None:
    assert _read(text).blocks == blocks


@pytest.mark.parametrize("marks", ["> " * 50, "- " * 50, "1. " * 50, "> - " * 30])
def test_text_below_the_deepest_nesting_is_kept(marks: str) -> None:
    blocks = _read(f"# Mill\n\n{marks}It grinds rye.\n\nThe last line.").blocks
    assert blocks[0] == "# Mill"
    assert "It grinds rye." in " ".join(blocks)
    assert blocks[-1] == "The last line."


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
        ("title: null", "Mill"),
        ("title: Mill: a history # a comment\ndate: 2024-05-03", "Mill: a history"),
        ("title: 'Long\n  and quoted'", "Long and quoted"),
        ("title: Long\n  and plain", "Long and plain"),
        ("name: &name The mill\ntitle: *name", "The mill"),
        ("title: !!python/object/apply:os.getcwd []\ntitle: Second", "Mill"),
        ("a: &a [x, x]\nb: &b {<<: [*a, *a]}\ntitle: After aliases", "After aliases"),
        ("title: Nested\nx: " + "[" * 1000, "Nested"),
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
    assert load_documents([str(tmp_path)], make_workers=ParsedHere).documents[0].language == "pl"
