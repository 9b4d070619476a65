"""JSON and XML: words without marks, records by record, and files that are damaged, hostile or hold no text."""

from __future__ import annotations

import json
import time

import pytest

from assistant.ingest.formats.structured import read_structured
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE


def read(name: str, text: str) -> Document:
    parsed = parse_file(name, text.encode(), None)[0][1]
    assert isinstance(parsed, ParsedDocument), parsed
    assert parsed.document is not None
    return parsed.document


def test_objects_are_records_under_the_names_that_lead_to_them() -> None:
    value = {
        "title": "Harbour desk", "open": True, "closed": None, "days": ["Monday", "Friday"],
        "berths": [{"quay": "north", "fee": 20.50}, {"quay": "south", "fee": 30}],
        "rules": {"boats": {"text": ENGLISH, "more": ENGLISH + " " + POLISH}},
    }  # fmt: skip
    made = read("harbour.json", json.dumps(value))
    assert made.text.split("\n\n") == [
        "title: Harbour desk | open: true | days: Monday, Friday", "## berths", "quay: north | fee: 20.5",
        "quay: south | fee: 30", "## rules", "### boats", f"text: {ENGLISH}", f"{ENGLISH} {POLISH}",
    ]  # fmt: skip
    assert made.title == "Harbour desk"


def test_json_is_named_by_its_file_where_it_states_no_title() -> None:
    assert read("plan of boats.txt", '[{"quay": "north"}, {"quay": "south"}]').title == "plan of boats"


def test_objects_on_lines_are_read_one_by_one() -> None:
    lines = '{"quay": "north", "fee": "x"}\n\n{"quay": "south", "fee": "y"}\n'
    assert read("a.txt", lines).text == "quay: north | fee: x\n\nquay: south | fee: y"


def test_elements_are_records_and_marked_up_text_is_one_text() -> None:
    xml = (
        '<?xml version="1.0" encoding="utf-8"?><!-- c --><harbour xmlns:x="urn:x" x:schema="s"><title>Quays</title>'
        '<berth no="4"><quay>north</quay><fee unit="zł">20</fee></berth><berth no="5"><quay>south</quay></berth>'
        f"<rules><rule><for>boats</for><say>Moor <b>here</b> only.</say></rule></rules><p>{VIETNAMESE}</p></harbour>"
    )
    made = read("a.xml", xml)
    assert made.text.split("\n\n") == [
        "title: Quays", "no: 4 | quay: north | fee unit: zł | fee: 20", "no: 5 | quay: south",
        "## rules", "for: boats | say: Moor here only.", f"p: {VIETNAMESE}",
    ]  # fmt: skip
    assert made.title == "Quays"


def test_xml_in_another_encoding_and_without_a_declaration_is_read() -> None:
    declared = f'<?xml version="1.0" encoding="iso-8859-2"?><a><b>{POLISH}</b></a>'
    found = parse_file("a.xml", declared.encode("iso-8859-2"), None)[0][1]
    assert isinstance(found, ParsedDocument)
    assert found.document is not None
    assert POLISH in found.document.text
    assert read("a.txt", "<a><b>one two</b><c>three</c></a>").text == "b: one two | c: three"


@pytest.mark.parametrize(
    "text",
    [
        "[1] A first note.\n[2] A second note.",
        "{title} stands here as a word in brackets.",
        "<Note>\n\n# A heading\n\n- one\n- two\n\n</Note>",
        "<p> A line that begins with a tag.",
        "if a < b:\n    c(d)\n",
    ],
)
def test_texts_that_only_begin_like_them_are_left_to_others(text: str) -> None:
    assert read_structured("a.txt", text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": "b", "c": ', "damaged"),
        ('[{"a": "b"}, {"c', "damaged"),
        ("[" * 100_000 + '"a"' + "]" * 100_000, "nested"),
        (json.dumps([[n, n + 0.5] for n in range(500)]), "data rather than text"),
        ("{}", "no text"),
        ('<?xml version="1.0"?><a><b>text</a>', "damaged"),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>", "entities"),
        ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>", "entities"),
        ("<?xml version='1.0'?>" + "<r>" * 10_000 + "b" + "</r>" * 10_000, "damaged"),
        ("<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><text>a b</text></svg>", "SVG"),
        ("<?xml version='1.0'?><a><b>1</b><b>2</b></a>", "data rather than text"),
    ],
)
def test_bad_files_are_listed_failures(text: str, said: str) -> None:
    found = parse_file("a.json" if text[0] in "[{" else "a.xml", text.encode(), None)[0][1]
    assert isinstance(found, Failure), found
    assert said in found.error
    assert found.hint


@pytest.mark.slow
@pytest.mark.parametrize("text", ['{"a":' * 300_000, "<?xml version='1.0'?><a>" + "<b c='d'/>" * 300_000 + "</a>"])
def test_hostile_files_take_little_time(text: str) -> None:
    begun = time.monotonic()
    parse_file("a.xml", text.encode(), None)
    assert time.monotonic() - begun < 10
