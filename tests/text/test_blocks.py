"""Blocks: what the parts of a text are, as slices of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.ingest.formats.html.html_fragment import html_blocks_text
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Block, Document
from assistant.text.blocks import (
    CAPTION,
    CODE,
    DEFINITION,
    MARKS,
    NESTED,
    QUOTATION,
    kept_blocks,
    read_blocks,
    row_cells,
)


def shown(text: str, blocks: tuple[Block, ...]) -> list[tuple[str, int, str, str]]:
    return [(block.kind, block.level, block.label, text[block.start : block.end]) for block in blocks]


def parsed(name: str, text: str) -> list[tuple[str, int, str, str]]:
    """The blocks of a file."""
    ((_, found),) = parse_file(name, text.encode(), None)
    assert isinstance(found, ParsedDocument)
    document = found.document
    assert isinstance(document, Document)
    return shown(document.text, document.blocks)


@pytest.mark.parametrize(
    ("marked", "blocks"),
    [
        ("# Mill\n\n## 2.1 Wheels", [("heading", 1, "", "Mill"), ("heading", 2, "", "2.1 Wheels")]),
        ("One.\nTwo.\n\nThree.", [("paragraph", 0, "", "One.\nTwo."), ("paragraph", 0, "", "Three.")]),
        ("Bring:\n- rye\n- 2. wheat", [
            ("paragraph", 0, "", "Bring:"), ("item", 1, "", "rye"), ("item", 1, "2.", "wheat"),
        ]),
        (f"- rye\n{NESTED}- dark\n{NESTED * 2}- a) old", [
            ("item", 1, "", "rye"), ("item", 2, "", "dark"), ("item", 3, "a)", "old"),
        ]),
        ("§ 3. Fees are due.", [("item", 1, "§ 3.", "Fees are due.")]),
        ("12.5.1 Fees are due.", [("item", 1, "12.5.1", "Fees are due.")]),
        ("Ward: North | Room: 4\nWard: South | Room: 5", [
            ("row", 0, "", "Ward: North | Room: 4"), ("row", 0, "", "Ward: South | Room: 5"),
        ]),
        (f"{CODE}if wet:\n    # stop\n    - wait\n\nThen go.", [
            ("code", 0, "", "if wet:\n    # stop\n    - wait"), ("paragraph", 0, "", "Then go."),
        ]),
        (f"{CAPTION}The mill\n\n{QUOTATION}Grind.\nRest.", [
            ("caption", 0, "", "The mill"), ("quotation", 0, "", "Grind.\nRest."),
        ]),
        (f"{DEFINITION}- Rye: a grain.\n- wheat", [("definition", 0, "", "Rye: a grain."), ("item", 1, "", "wheat")]),
        ("## Who grinds?\n\nThe miller.\n\nAt night too.", [
            ("question", 2, "", "Who grinds?"), ("answer", 0, "", "The miller."), ("paragraph", 0, "", "At night too."),
        ]),
        ("Hỏi: Ai xay?\nĐáp: Người thợ.\nBan đêm.", [
            ("question", 0, "Hỏi:", "Ai xay?"), ("answer", 0, "Đáp:", "Người thợ.\nBan đêm."),
        ]),
        ("", []),
    ],
)  # fmt: skip
def test_each_kind(marked: str, blocks: list[tuple[str, int, str, str]]) -> None:
    text, found, _ = read_blocks(marked)
    assert shown(text, found) == blocks


@given(st.text(alphabet=st.sampled_from([*MARKS, *"#-|1.Qa)?: \n"]), max_size=60))
@example(f"{DEFINITION}- ")
def test_blocks_are_tidy_slices_in_order_that_hold_every_word(marked: str) -> None:
    text, blocks, _ = read_blocks(marked)
    assert text == "".join(character for character in marked if character not in MARKS)
    position = 0
    for block in blocks:
        assert position <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip()
        assert "".join(filter(str.isalnum, text[position : block.start])) in block.label
        position = block.end
    assert not any(map(str.isalnum, text[position:]))


@given(st.lists(st.text(alphabet=[*MARKS, "a", "\n"], min_size=1, max_size=8), min_size=1, max_size=5))
def test_pages_begin_where_they_began(pages: list[str]) -> None:
    begins = [len("".join(pages[:number])) for number in range(len(pages))]
    text, _, moved = read_blocks("".join(pages), begins)
    plain = ["".join(character for character in page if character not in MARKS) for page in pages]
    assert [text[start:] for start in moved] == ["".join(plain[number:]) for number in range(len(pages))]


def test_blocks_of_what_is_kept_are_those_of_its_text() -> None:
    pieces = ["# Mill", "- rye\n- wheat", "Menu", "Text.\nMore.", "a | b"]
    text, blocks, _ = read_blocks("\n\n".join(pieces))
    kept = [(text.index(piece), text.index(piece) + len(piece)) for piece in pieces if piece != "Menu"]
    expected = read_blocks("\n\n".join(piece for piece in pieces if piece != "Menu"))[1]
    assert kept_blocks(blocks, kept, gap=2) == expected


def test_cells_of_a_row() -> None:
    text = "Ward: North | at noon | Room: 4: left"
    cells = row_cells(text, Block("row", 0, len(text)))
    assert [(text[cell.name_start : cell.name_end], text[cell.start : cell.end]) for cell in cells] == [
        ("Ward", "North"), ("", "at noon"), ("Room", "4: left"),
    ]  # fmt: skip


def test_empty_cells_of_a_row() -> None:
    text = "a | | | d"
    cells = row_cells(text, Block("row", 0, len(text)))
    assert [text[cell.start : cell.end] for cell in cells] == ["a", "", "", "d"]


def test_html_states_what_its_text_does_not_show() -> None:
    prose = "<p>The mill by the river grinds rye and wheat for the whole valley, as it did in the old days.</p>"
    page = (
        f"<html><body><main><h1>Mill</h1>{prose}<blockquote><p>Grind slowly, and the flour stays cool.</p></blockquote>"
        "<p>Start it:</p><pre><code>mill start\n  --rye</code></pre>"
        "<ul><li>Clean:<ul><li>stones</li></ul></li></ul><dl><dt>Hopper</dt><dd>holds the grain.</dd></dl>"
        "<table><tr><th>Grain</th><th>Price</th></tr><tr><td>Rye</td><td>5</td></tr></table>"
        f"{prose}</main></body></html>"
    )
    found = parsed("mill.html", page)
    for block in (
        ("quotation", 0, "", "Grind slowly, and the flour stays cool."),
        ("code", 0, "", "mill start\n  --rye"),
        ("item", 1, "", "Clean:"),
        ("item", 2, "", "stones"),
        ("definition", 0, "", "Hopper: holds the grain."),
        ("row", 0, "", "Grain: Rye | Price: 5"),
    ):
        assert block in found


def test_the_caption_of_a_picture_is_one() -> None:
    written, _ = html_blocks_text("<p>It turns.</p><figure><img src='a.png'><figcaption>In May.</figcaption></figure>")
    text, blocks, _ = read_blocks("\n\n".join(written))
    assert shown(text, blocks) == [("paragraph", 0, "", "It turns."), ("caption", 0, "", "In May.")]


def test_markdown_states_what_its_text_does_not_show() -> None:
    page = (
        "# Mill\n\n> Grind slowly.\n\n1. Clean:\n   - stones\n\n```sh\nmill start\n  --rye\n```\n\n"
        "Hopper\n: Holds it.\n"
    )
    assert parsed("mill.md", page) == [
        ("heading", 1, "", "Mill"),
        ("quotation", 0, "", "Grind slowly."),
        ("item", 1, "1.", "Clean:"),
        ("item", 2, "", "stones"),
        ("code", 0, "", "mill start\n  --rye"),
        ("definition", 0, "", "Hopper: Holds it."),
    ]
