"""The context of a quote: what is shown with it so that it is understood."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from assistant.answer.citations import cite
from assistant.records import Document
from assistant.text.blocks import CODE, read_blocks


def document(marked: str, language: str = "en") -> Document:
    text, blocks, _ = read_blocks(marked)
    return Document("d", "D", text, language=language, blocks=blocks)


def context(marked: str, quote: str, language: str = "en") -> list[tuple[str, str]]:
    found = document(marked, language)
    start = found.text.index(quote)
    citation = cite(found, start, start + len(quote), 1)
    assert all(found.text[around.start : around.end] == around.text for around in citation.context)
    return [(around.role, around.text) for around in citation.context]


@pytest.mark.parametrize(
    ("marked", "quote", "expected"),
    [
        ("## May I bring a dog?\n\nYes, a small one.", "Yes, a small one.", [("question", "May I bring a dog?")]),
        ("Q: May I bring a dog?\nA: Yes.", "Yes.", [("question", "May I bring a dog?")]),
        ("Bring:\n\n- rye\n- wheat", "wheat", [("lead_in", "Bring:")]),
        (f"Run this:\n\n{CODE}mill --rye", "mill --rye", [("lead_in", "Run this:")]),
        ("Bring:\n\n- rye\n- wheat", "Bring:\n\n- rye\n- wheat", []),
        ("The mill is old. It grinds rye.", "It grinds rye.", [("lead_in", "The mill is old.")]),
        ("## The mill\n\nIt grinds rye.", "It grinds rye.", [("heading", "The mill")]),
        ("## The mill\n\nThe miller grinds rye.", "The miller grinds rye.", []),
        ("It grinds rye.", "It grinds rye.", []),
        ("Item by item.\n\n- rye\n- wheat", "wheat", []),
    ],
)
def test_context(marked: str, quote: str, expected: list[tuple[str, str]]) -> None:
    assert context(marked, quote) == expected


@pytest.mark.parametrize(
    ("language", "before", "quote"),
    [("vi", "Ông Nam là giám đốc.", "Ông ấy sinh năm 1970."), ("pl", "Młyn jest stary.", "Jego koło ma 9 m.")],
)
def test_words_that_speak_of_the_sentence_before(language: str, before: str, quote: str) -> None:
    assert context(f"{before} {quote}", quote, language) == [("lead_in", before)]


def test_parts_are_the_blocks_without_their_marks() -> None:
    found = document("Bring:\n\n- rye\n2. wheat\n\nThen go.")
    end = found.text.index("\n\nThen")
    citation = cite(found, 0, end, 1)
    assert [found.text[start:end] for start, end in citation.parts] == ["Bring:", "rye", "wheat"]
    plain = cite(found, 0, 6, 1)
    assert plain.parts == ((0, 6),)


@pytest.mark.parametrize(
    ("marked", "directive"),
    [
        ("Ward: North | Head: Mr. Birch | Phone: 4471", "North,4471"),
        ("Ward: North | Head: Mr. Birch | Phone: 4471\nWard: South | Head: Ms. Rowan | Phone: 4480", "North,4480"),
        ("1. Dig deep.\n2. Sow rye.", "Dig deep.,Sow rye."),
        ("Bring:\n\n- rye\n- wheat", "Bring:,wheat"),
    ],
)
def test_a_link_into_a_page_names_words_that_the_page_shows(marked: str, directive: str) -> None:
    text, blocks, _ = read_blocks(marked)
    found = Document("d", "D", text, url="https://example.org/a", url_kind="page", blocks=blocks)
    link = cite(found, 0, len(text), 1).link
    assert unquote(link) == f"https://example.org/a#:~:text={directive}"
