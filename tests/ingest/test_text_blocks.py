"""Plain text: what counts as furniture, and what only looks like it and must stay."""

from __future__ import annotations

import time
from pathlib import Path

from assistant.ingest.boilerplate_lines import BoilerplateLines
from assistant.ingest.formats.text.copied_article import Article, extract_article
from assistant.ingest.formats.text.text_blocks import read_text_blocks
from assistant.ingest.load import load_documents
from testkit.parsed_here import ParsedHere

ONE = "The harbour of Ustka was dredged last winter so that larger ships can reach the fish market again."
TWO = "Work took eleven weeks and cost four million zloty, half of which came from the regional fund."
THREE = "The next stage begins in May, when the western pier will be raised by forty centimetres."


def article(*lines: str) -> Article:
    return extract_article(read_text_blocks("\n\n".join(lines)))


def text(*lines: str) -> str:
    return "\n\n".join(article(*lines).blocks)


def test_menu_above_and_related_headlines_below_go() -> None:
    menu = ["Home", "News", "Sport", "Culture", "Contact"]
    tail = ["Read also", "Storm closes the beach of Rowy", "Five walks along the coast", "Ferry sold", "Newsletter"]
    found = article(*menu, "Harbour of Ustka dredged", ONE, TWO, THREE, *tail)
    assert found.title == "Harbour of Ustka dredged"
    assert found.blocks == ("# Harbour of Ustka dredged", ONE, TWO, THREE)


def test_lists_stay_whatever_marks_them() -> None:
    marked = ["- sand", "* gravel", "• mud", "1. first pier", "2) second pier"]
    plain = ["Ships expected:", "Baltic Star", "Nordic Pearl", "Gdynia II", "Old Tom"]
    found = text("Harbour", ONE, "\n".join(marked), TWO, "\n".join(plain))
    assert "- sand\n- gravel\n- mud\n1. first pier\n2) second pier" in found
    assert all(line in found for line in plain)


def test_contact_lines_and_tables_at_the_end_stay() -> None:
    tail = "Phone: 59 814 12 34\nE-mail: harbour@ustka.example\nYear\tCost\n2023\t4 million\n2024\t2 million"
    found = text("Harbour", ONE, TWO, tail)
    assert "Phone: 59 814 12 34" in found
    assert "Year | Cost\n2023 | 4 million\n2024 | 2 million" in found


def test_last_short_sentence_stays() -> None:
    assert text("Harbour", ONE, TWO, "We hope so.", "Anna Nowak").endswith("We hope so.")


def test_counters_and_lone_labels_at_the_end_go() -> None:
    assert text("Harbour", ONE, TWO, "Comments (4)") == f"# Harbour\n\n{ONE}\n\n{TWO}"


def test_source_in_the_middle_cuts_nothing() -> None:
    found = article("Harbour", ONE, "Source: https://ustka.example/harbour-dredged-2024", TWO, THREE, ONE + " Again.")
    assert TWO in found.blocks
    assert THREE in found.blocks


def test_correction_below_the_source_line_stays() -> None:
    note = "Correction: an earlier version of this article said that the work took twelve weeks. It took eleven."
    found = text("Harbour", ONE, TWO, THREE, "Source: https://ustka.example/harbour-dredged", "Tags", note)
    assert note in found
    assert "Tags" not in found


def test_websites_and_link_lists_are_no_attribution() -> None:
    assert article("Harbour", ONE, TWO, "Website: https://ustka.example").url is None
    links = ["Map: https://a.example/map-of-the-harbour", "Tides: https://b.example/tides-of-the-coast"]
    found = article("Harbour", ONE, TWO, *links)
    assert found.url is None
    assert all(link in "\n".join(found.blocks) for link in links)


def test_source_in_other_languages_and_on_two_lines() -> None:
    address = "https://ustka.example/a"
    for label in ("Źródło", "Nguồn", "Quelle", "SOURCE", "Fuente"):
        assert article("Port", ONE, TWO, f"{label}: {address}").url == address
        assert article("Port", ONE, TWO, f"{label}:\n{address}").url == address


def test_only_web_addresses_are_attributed() -> None:
    assert article("Harbour", ONE, TWO, "Source: javascript:alert(1)").url is None


def test_dateline_is_the_date_and_prose_is_not() -> None:
    assert article("Harbour", "Ustka, 4 March 2024", ONE, TWO).published == "2024-03-04"
    assert article("Harbour", "Published: 04/03/2024", ONE, TWO).published == "2024-03-04"
    assert (
        article("Harbour", ONE, "On 4 March 2024 the pier was closed for the public until further notice.").published
        is None
    )
    assert article("Budget of 4 March 2024 for the port", ONE, TWO).published is None
    assert article("Harbour", "Deadline: 4 March 2024", ONE, TWO).published is None


def test_byline_on_lines_of_its_own() -> None:
    found = article("Harbour", "Coast Courier", "Coast Courier", "04/03/2024", ONE, TWO)
    assert (found.publisher, found.published) == ("Coast Courier", "2024-03-04")
    assert "Coast Courier" not in "\n".join(found.blocks)


def test_question_as_a_headline_is_the_title() -> None:
    title = "Why does the harbour of Ustka have to be dredged again after only three years?"
    assert article(title, ONE, TWO).title == title


def test_prose_from_the_first_line_has_no_title() -> None:
    assert article(ONE, TWO).title is None


def test_photo_captions_are_no_titles() -> None:
    assert (
        article("Harbour dredged", "The ships near the market (Photo: A. Nowak)", ONE, TWO).title == "Harbour dredged"
    )


def test_hard_wrapped_lines_are_joined_and_paragraphs_kept() -> None:
    wrapped = (
        "The harbour of Ustka was dredged last winter so that larger ships\n"
        "can reach the fish market again. Work took eleven weeks and cost\n"
        "four million zloty, half of which came from the regional fund.\n"
        "\n"
        "The next stage begins in May, when the western pier will be raised\n"
        "by forty centimetres, and the lamps on it will be replaced by\n"
        "brighter ones.\n"
    )
    assert [block.text.count("\n") for block in read_text_blocks(wrapped)] == [0, 0]
    assert read_text_blocks(wrapped)[1].text.endswith("will be replaced by brighter ones.")


def test_headlines_under_each_other_are_not_joined() -> None:
    column = "\n".join(f"Headline number {i} about the harbour and the ships that wait in it" for i in range(6))
    assert len(read_text_blocks(column)) == 6


def test_lines_that_other_documents_share_go_only_at_head_and_tail() -> None:
    def page(body: str) -> str:
        lines = [
            "Coast portal of the north",
            f"Title of {body[:20]}",
            body,
            "Summary",
            TWO + body,
            f"Views {len(body)}",
        ]
        return "\n\n".join(lines)

    documents = [read_text_blocks(page(ONE)), read_text_blocks(page(THREE))]
    lines = BoilerplateLines()
    for place, text_blocks in enumerate(documents):
        lines.add(place, text_blocks)
    shared = lines.keys()
    first = "\n".join(extract_article(documents[0], shared).blocks)
    assert "Coast portal" not in first
    assert "Views" not in first
    assert "Summary" in first


def test_two_versions_of_a_report_keep_their_shared_headings(tmp_path: Path) -> None:
    report = f"Annual report of the port\n\nUstka harbour office\n\n{ONE}\n\nCosts\n\n{TWO}\n\nOutlook\n\n{THREE}\n"
    (tmp_path / "parsed.txt").write_text(report)
    (tmp_path / "final.txt").write_text(
        report + "\nThe board agreed to all of it in its meeting in the first week of May.\n"
    )
    for document in load_documents([str(tmp_path)], make_workers=ParsedHere).documents:
        assert document.title == "Annual report of the port"
        assert all(heading in document.text for heading in ("Ustka harbour office", "Costs", "Outlook"))


def test_document_of_short_lines_is_kept_whole() -> None:
    prices = "Price list\n\nHerring 12 zl\nCod 24 zl\nPlaice 18 zl\n\nSmoked eel 60 zl"
    assert extract_article(read_text_blocks(prices)).blocks == (
        "# Price list", "Herring 12 zl\nCod 24 zl\nPlaice 18 zl", "Smoked eel 60 zl",
    )  # fmt: skip


def test_scripts_without_spaces_are_prose_too() -> None:
    found = article(
        "港の浚渫", "昨年の冬、港は浚渫され、大きな船が再び魚市場に着けるようになった。費用は四百万であった。" * 2
    )
    assert found.title == "港の浚渫"
    assert len(found.blocks) == 2


def test_ten_megabytes_in_one_line_take_seconds() -> None:
    started = time.perf_counter()
    text_blocks = read_text_blocks((ONE + " ") * 100_000)
    assert len(extract_article(text_blocks).blocks) == 1
    assert time.perf_counter() - started < 8


def test_titles_that_differ_in_a_number_are_no_furniture(tmp_path: Path) -> None:
    for number, sentence in enumerate((ONE, TWO, THREE), start=11):
        (tmp_path / f"{number}.txt").write_text(
            f"Order {number}\n\nCoast portal\n\n{sentence}\n\nComments ({number})\n"
        )
    for number, document in enumerate(load_documents([str(tmp_path)], make_workers=ParsedHere).documents, start=11):
        assert document.title == f"Order {number}"
        assert document.text.startswith(f"# Order {number}\n\n")
        assert "Coast portal" not in document.text
        assert "Comments" not in document.text
