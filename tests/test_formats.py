"""Documents of every kind in one folder: indexed together, quoted with the page, and what is wrong with the others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from docx.document import Document as WordDocument

from assistant.ask import Assistant
from assistant.build import BuildReport, build_index
from assistant.factory import ModelFactory, open_assistant
from assistant.html.bubbles import answer_html
from assistant.html.document_page import document_page
from assistant.html.document_parts import Span
from assistant.html.strings import ALL
from assistant.records import Answer, Failure
from assistant.settings import AnswerSettings, Settings, load_settings
from testkit.papers import POLISH, paragraphs, pdf, scanned, table, word

BEDS = "The hospital in Ustka has 312 beds and employs 87 nurses in its four wards."
FERRY = "The ferry to the island of Rugia costs 45 crowns for a grown person and leaves at noon."
LIBRARY = "The town library lends each reader nine books at most, for a period of six weeks."
FEES = [["berth", "fee"], ["Quay 7 of Ustka", "340 crowns"], ["Quay 8 of Ustka", "95 crowns"]]
PDF = pdf(
    [*paragraphs("# Health in Ustka", POLISH, "---", BEDS), *table([["Ward", "Doctors"], ["Surgery", "Eleven"]])],
    title="Microsoft Word - draft.doc",
)


def write_ferry(document: WordDocument) -> None:
    document.add_heading("Getting about in Ustka", 0)
    document.add_paragraph(FERRY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("formats")
    (made / "health.pdf").write_bytes(PDF)
    (made / "copy without an address").write_bytes(b"From a mail\r\n\r\n" + pdf(paragraphs(POLISH)))
    (made / "ferry.txt").write_bytes(word(write_ferry))
    book = openpyxl.Workbook()
    for row in FEES:
        book.active.append(row)
    book.save(made / "fees.xlsx")
    (made / "library.html").write_text(f"<html><h1>Reading in Ustka</h1><p>{LIBRARY}</p></html>", "utf-8")
    (made / "scan.pdf").write_bytes(scanned())
    (made / "locked.pdf").write_bytes(pdf(paragraphs(POLISH), encrypt="secret"))
    (made / "photo.docx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (made / "sources.toml").write_text('["health.pdf"]\nurl = "https://ustka.example/health.pdf"\n', "utf-8")
    return made


@pytest.fixture(scope="module")
def settings(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    # Among so few documents little tells the right one apart.
    answer = AnswerSettings(min_confidence=0)
    return load_settings(sources=(str(folder),), store=tmp_path_factory.mktemp("store"), answer=answer)


@pytest.fixture(scope="module")
def report(settings: Settings, models: ModelFactory) -> BuildReport:
    return build_index(settings, models=models)


def ask(opened: Assistant, question: str) -> Answer:
    reply = opened.ask(question).reply
    assert isinstance(reply, Answer), reply
    return reply


def test_the_good_ones_are_indexed_and_the_others_named(report: BuildReport) -> None:
    assert report.documents == 5
    assert {failure.source for failure in report.failed} == {"scan.pdf", "locked.pdf", "photo.docx"}
    assert (
        Failure(
            "locked.pdf",
            "The PDF is protected with a password.",
            "Save a copy without the password, and index that.",
        )
        in report.failed
    )


def test_a_quote_from_a_pdf_opens_its_page(settings: Settings, models: ModelFactory, report: BuildReport) -> None:
    del report
    with closing(open_assistant(settings, models=models)) as opened:
        reply = ask(opened, "How many beds does the hospital in Ustka have?")
        quotes = {citation.doc_id: citation for citation in reply.citations if citation.quote == BEDS}
        assert quotes["health.pdf"].link == "https://ustka.example/health.pdf#page=2"
        assert quotes["health.pdf"].title == "Health in Ustka"
        assert quotes["health.pdf"].page == 2
        assert "page 2" in answer_html(reply, opened, ALL["en"])
        document = opened.document("health.pdf")
        quote = quotes["health.pdf"]
        assert "trang 2" in document_page(document, Span(quote.start, quote.end), ALL["vi"])
        assert document.text.endswith("Ward | Doctors\nSurgery | Eleven")


def test_a_quote_from_a_pdf_without_an_address_names_its_page(
    settings: Settings, models: ModelFactory, report: BuildReport
) -> None:
    del report
    with closing(open_assistant(settings, models=models)) as opened:
        reply = ask(opened, "Ile dni wynosi średni czas oczekiwania w szpitalu w Łodzi?")
        cited = {citation.doc_id: citation for citation in reply.citations}
        assert cited["copy without an address"].page == 1


def test_quotes_from_word_files_sheets_and_pages_are_found(
    settings: Settings, models: ModelFactory, report: BuildReport
) -> None:
    del report
    with closing(open_assistant(settings, models=models)) as opened:
        for question, quote in (
            ("How much does the ferry to the island of Rugia cost?", FERRY),
            ("How many books does the town library lend?", LIBRARY),
            ("What is the fee of the berth Quay 7 of Ustka?", "berth: Quay 7 of Ustka | fee: 340 crowns"),
        ):
            assert quote in [citation.quote for citation in ask(opened, question).citations]


def test_nothing_is_built_anew_when_nothing_changed(
    settings: Settings, models: ModelFactory, report: BuildReport
) -> None:
    again = build_index(settings, models=models)
    assert (again.generation, again.unchanged) == (report.generation, 5)
