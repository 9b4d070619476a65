"""Rich text: letters in each notation, lists, tables, metadata, and damaged or hostile files."""

from __future__ import annotations

import time

import pytest

from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure

HEAD = r"{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0\fcharset238 Times;}{\f1\fcharset163 Times (Vietnamese);}}"


def read(data: str) -> Document:
    parsed = parse_file("a.rtf", data.encode("latin-1"), None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


def test_letters_are_read_in_each_notation() -> None:
    text = r"\f0 Po\'bf\'f3\u322? tor \par \f1 Vi\'ea\'f2t g\u224\'e0 \par \u-10179?\u-8704? smile\par}"
    assert read(HEAD + text).text.split("\n\n") == ["Pożół tor", "Việt gà", "😀 smile"]


def test_paragraphs_lists_and_tables_stand_in_their_order() -> None:
    text = (
        r"{\header Page 1}{\stylesheet{\s1 heading 1;}}Plan of the mill\par It grinds\line rye.\par"
        r"{\listtext\bullet\tab}wheat\par{\listtext\bullet\tab}oats\par{\listtext 1.\tab}first\par"
        r"\trowd Year\cell Tons\cell\row 2024\cell 340\cell\row\pard"
        r'{\field{\*\fldinst{HYPERLINK "https://mill.example"}}{\fldrslt A link}}\par'
        r"{\pict\pngblip " + "0a" * 5_000 + "}}"
    )
    assert read(HEAD + text).text.split("\n\n") == [
        "Plan of the mill", "It grinds", "rye.", "- wheat\n- oats\n1. first", "Year: 2024 | Tons: 340", "A link",
    ]  # fmt: skip


def test_an_empty_cell_is_one_space_wide() -> None:
    text = r"\trowd Year\cell\cell Tons\cell\row 2024\cell dry\cell 340\cell\row\pard"
    assert read(HEAD + text + "}").text == "Year | | Tons\n2024 | dry | 340"


def test_title_and_date_are_metadata() -> None:
    made = read(HEAD + r"{\info{\title Zasady wjazdu na \'b3\'b9ki}{\creatim\yr2024\mo3\dy5}}Wolno.\par}")
    assert (made.title, made.published, made.text) == ("Zasady wjazdu na łąki", "2024-03-05", "Wolno.")


def test_a_truncated_document_keeps_what_is_there() -> None:
    assert read(HEAD + r"The mill stands by the river.\par It gri").text.startswith("The mill stands by the river.")


@pytest.mark.parametrize("data", [HEAD + "}", HEAD + r"\uc text}", HEAD + r"{\pict 0a0b}}", r"{\rtf1"])
def test_documents_without_text_and_damaged_ones_are_listed_failures(data: str) -> None:
    failure = parse_file("a.rtf", data.encode(), None)[0][1]
    assert isinstance(failure, Failure)
    assert failure.hint


@pytest.mark.parametrize(
    "data",
    [
        HEAD + r"{\field{\*\fldinst{" * 20_000,
        HEAD + "{" * 500_000,
        r"{\rtf1{\fonttbl" + r"\f1" * 100_000,
        r"{\rtf1{\fonttbl" + r"\f1\fcharset0 a" * 30_000 + "}",
        r"{\rtf1{\fonttbl" + r"{\f0\fcharset238" * 3_000,
        r"{\rtf1{\fonttbl{\f0 Times;}}" + r"{\fonttbl{\f0\fcharset238" * 3_000,
        r"{\rtf1{" + r"\f1" * 100_000 + r"\fonttbl\f0\fcharset0 a;}",
        HEAD + r"\'" * 300_000,
    ],
)
def test_hostile_documents_take_little_time(data: str) -> None:
    begun = time.monotonic()
    parse_file("a.rtf", data.encode(), None)
    assert time.monotonic() - begun < 10
