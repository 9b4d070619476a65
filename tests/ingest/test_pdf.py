"""PDF: reading order, what recurs on its pages, tables, pages, and what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.pdf.pdf_text import read_pdf as read_pdf_with
from assistant.ingest.sandbox.limits import MAX_PAGES, FileText, RefusedError, real_title
from testkit.papers import (
    ENGLISH,
    HEIGHT,
    POLISH,
    VIETNAMESE,
    drawn,
    paragraphs,
    pdf,
    scanned,
    table,
    write_lines,
)


def read_pdf(data: bytes, **limits: int) -> FileText:
    """What is read where no text recognition is installed."""
    return read_pdf_with(data, TextRecognition(None), **limits)


def test_headings_paragraphs_and_letters_of_three_languages() -> None:
    story = paragraphs(
        "# Báo cáo năm 2024", VIETNAMESE * 2, "## Łóżka szpitalne", POLISH, ENGLISH + " " + ENGLISH, "Koniec."
    )
    assert read_pdf(pdf(story)).text.split("\n\n") == [
        "# Báo cáo năm 2024",
        VIETNAMESE * 2,
        "## Łóżka szpitalne",
        POLISH,
        ENGLISH + " " + ENGLISH,
        "Koniec.",
    ]


def test_columns_are_read_one_after_the_other() -> None:
    texts = [f"Paragraph {n} speaks of the sea. {ENGLISH} {ENGLISH}" for n in range(16)]
    text = read_pdf(pdf(paragraphs(*texts), columns=2)).text
    assert text.split("\n\n") == texts


def test_columns_written_line_by_line_are_read_one_after_the_other_below_their_heading() -> None:
    left = [f"left column, row {n:02} is as long as" for n in range(12)]
    right = [f"right column, row {n:02} is as long as" for n in range(12)]

    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 120, 780, ["A heading that stands above both of the columns"], 16)
        for n in range(12):
            write_lines(canvas, 60, 740 - 13 * n, [left[n]])
            write_lines(canvas, 320, 740 - 13 * n, [right[n]])

    heading, *body = read_pdf(drawn(draw)).text.split("\n\n")
    assert heading == "# A heading that stands above both of the columns"
    assert " ".join(body) == " ".join(left + right)


def test_broken_words_are_joined_and_hyphens_of_their_own_stay() -> None:
    lines = [
        "The municipal adminis-",
        "tration asks for cross-",
        "border trains, because cross-border",
        "traffic grows, says Mrs. Smith-",
        "Jones of the transport office.",
    ]
    text = read_pdf(drawn(lambda canvas: write_lines(canvas, 60, 700, lines))).text
    assert text == (
        "The municipal administration asks for cross-border trains, because cross-border traffic grows, says "
        "Mrs. Smith-Jones of the transport office."
    )


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Rezerwację odwołuje się bez-", "płatnie przed czasem."], "Rezerwację odwołuje się bezpłatnie przed czasem."),
        (["Wywieszono sztandar biało-", "-czerwony na maszcie."], "Wywieszono sztandar biało-czerwony na maszcie."),
        (["The municipal adminis\u2010", "tration works."], "The municipal administration works."),
        (["The municipal adminis\u00ad", "tration works."], "The municipal administration works."),
        (["A long dash –", "goes on here."], "A long dash – goes on here."),
        (["The of\ufb01ce of the \ufb02eet."], "The office of the fleet."),
    ],
)
def test_hyphens_at_the_end_of_a_line_and_ligatures(lines: list[str], text: str) -> None:
    assert read_pdf(drawn(lambda canvas: write_lines(canvas, 60, 700, lines))).text == text


def furnished(canvas: Canvas, page: int) -> None:
    write_lines(canvas, 60, HEIGHT - 30, ["Biuletyn Zdrowia, rocznik 12"], 8)
    write_lines(canvas, 60 if page % 2 else 480, 30, [f"Strona {page} z 4"], 8)
    if page % 2 == 0:
        write_lines(canvas, 400, HEIGHT - 30, ["Rozdział drugi"], 8)


def test_headers_and_footers_go_and_a_sentence_goes_on_over_the_page() -> None:
    sentences = [f"Zdanie numer {n} mówi o zdrowiu mieszkańców miasta nad rzeką." for n in range(170)]
    packed = read_pdf(pdf(paragraphs("# Zdrowie", " ".join(sentences)), head=furnished))
    assert packed.text.split() == ["#", "Zdrowie", *" ".join(sentences).split()]
    assert len(packed.pages) == 3
    assert packed.text.count("\n\n") < 3  # where a page ends within a sentence, its paragraph goes on


def short_file(head: Callable[[Canvas, int], None], pages: int = 3, lines: int = 4) -> str:
    """The text of a file of a few pages with lines of their own, under and above what `head` draws on each."""

    def draw(canvas: Canvas) -> None:
        for page in range(1, pages + 1):
            head(canvas, page)
            body = [
                f"Page {'abcd'[page - 1]} tells in line {'abcdefgh'[line]} of the harbour." for line in range(lines)
            ]
            write_lines(canvas, 60, 740, body, 11)
            canvas.showPage()

    return read_pdf(drawn(draw)).text


@pytest.mark.parametrize("pages", [2, 3, 4])
@pytest.mark.parametrize("size", [8, 11])
def test_titles_and_printed_numbers_of_short_files_go(pages: int, size: float) -> None:
    def head(canvas: Canvas, page: int) -> None:
        write_lines(canvas, 200, 800, ["A History of the Harbour"], size)
        write_lines(canvas, 290, 30, [str(216 + page)], size)

    text = short_file(head, pages)
    assert "History" not in text
    assert not re.search(r"\d", text)
    assert text.count("Page") == pages * 4


@pytest.mark.parametrize("size", [8, 11])
@pytest.mark.parametrize("height", [800, 30])
def test_headers_that_have_only_the_number_of_the_page_in_common_go(height: float, size: float) -> None:
    words = {1: "Rules of the harbour 1", 2: "2 Berths", 3: "Rules of the harbour 3", 4: "4 Fees and fines"}
    text = short_file(lambda canvas, page: write_lines(canvas, 60, height, [words[page]], size), 4)
    assert not re.search("Rules|Fees|Berths", text)


@pytest.mark.parametrize("numbers", [("iv", "v", "vi"), ("– 12 –", "– 13 –", "– 14 –"), ("4/6", "5/6", "6/6")])
def test_printed_numbers_of_other_forms_go(numbers: tuple[str, ...]) -> None:
    def head(canvas: Canvas, page: int) -> None:
        write_lines(canvas, 290, 30, [numbers[page - 1]], 9)
        write_lines(canvas, 60, 815, ["Town of Alda"], 9)
        write_lines(canvas, 480, 815, [numbers[page - 1]], 9)

    assert not re.search(r"[\d/–]|Alda|\bv?iv?\b", short_file(head))


def test_numbered_headings_of_the_size_of_the_text_stay() -> None:
    headings = ("1 Scope", "2 Terms", "3 Fees")
    text = short_file(lambda canvas, page: write_lines(canvas, 60, 790, [headings[page - 1]], 11))
    assert [heading in text for heading in headings] == [True] * 3


def test_footnotes_and_lists_at_the_foot_of_a_page_stay() -> None:
    def notes(canvas: Canvas, page: int) -> None:
        write_lines(
            canvas, 60, 40, [f"{page} {['Act', 'Law', 'Rule'][page - 1]} of the {'abc'[page - 1]} parliament"], 8
        )

    assert short_file(notes).count("parliament") == 3

    def steps(canvas: Canvas, page: int) -> None:
        points = [f"{3 * page + n}. Step {'abc'[page - 1]}{'xyz'[n]} of the work." for n in range(3)]
        write_lines(canvas, 60, 740 - 4 * 1.3 * 11 - 8, points, 11)

    assert short_file(steps).count("of the work.") == 9


def test_what_recurs_close_to_the_text_of_a_short_file_stays() -> None:
    def sentence(canvas: Canvas, _: int) -> None:
        write_lines(canvas, 60, 740 - 4 * 1.3 * 11, ["More can be found in the archive."], 11)

    assert short_file(sentence).count("archive") == 3


@pytest.mark.parametrize("pages", [3, 6])
def test_column_names_on_each_page_of_a_table_stay(pages: int) -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(pages):
            for row in range(20):
                names = ("Berth", "Boat", "Fee") if row == 0 else (f"{page}-{row}", f"boat {page * row}", f"{row * 7}")
                for column, name in enumerate(names):
                    write_lines(canvas, 60 + 150 * column, 780 - 14 * row, [name])
            canvas.showPage()

    assert read_pdf(drawn(draw)).text.count("Berth | Boat | Fee") == pages


def test_each_page_begins_where_its_first_words_stand() -> None:
    story = paragraphs("First page.", "---", "Second page.", "---", "Third page.", ENGLISH)
    packed = read_pdf(pdf(story))
    ends = [*packed.pages[1:], len(packed.text)]
    assert [packed.text[a:b].strip() for a, b in zip(packed.pages, ends, strict=True)] == [
        "First page.", "Second page.", "Third page.\n\n" + ENGLISH,
    ]  # fmt: skip


def test_an_empty_page_within_a_broken_word_begins_no_later_than_the_next_page() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 60, 700, ["The council of the adminis-"])
        canvas.showPage()
        canvas.showPage()
        write_lines(canvas, 60, 700, ["tration met."])

    packed = read_pdf(drawn(draw))
    assert packed.text == "The council of the administration met."
    assert packed.pages == (0, 26, 26)


def test_ruled_tables_are_rows_and_stand_where_they_stood() -> None:
    rows = [["Rok", "Liczba łóżek", "Bệnh nhân"], ["2023", "310", "tăng nhẹ"], ["2024", "340 dużych\nłóżek", "1.250"]]
    story = [*paragraphs("Before the table. " + ENGLISH), *table(rows), *paragraphs("After the table.")]
    assert read_pdf(pdf(story)).text.split("\n\n")[1:] == [
        "Rok: 2023 | Liczba łóżek: 310 | Bệnh nhân: tăng nhẹ\n"
        "Rok: 2024 | Liczba łóżek: 340 dużych łóżek | Bệnh nhân: 1.250",
        "After the table.",
    ]


def test_aligned_columns_without_rulings_are_rows_too() -> None:
    rows = [["Rok", "Łóżka", "Lekarze"], ["2023", "310", "41"], ["2024", "340", "45"]]
    story = [*paragraphs(ENGLISH), *table(rows, [("FONTNAME", (0, 0), (-1, -1), "Regular")])]
    story[1]._argW = [120, 120, 120]
    assert read_pdf(pdf(story)).text.endswith("Rok | Łóżka | Lekarze\n2023 | 310 | 41\n2024 | 340 | 45")


def test_rows_of_figures_that_recur_on_each_page_are_no_boilerplate() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(4):
            for row in range(50):
                y = 780 - 14 * row
                for column in range(3):
                    write_lines(canvas, 60 + 150 * column, y, [str(1000 * page + 10 * row + column)])
            canvas.showPage()

    text = read_pdf(drawn(draw)).text
    assert text.count("\n") + 1 == 200 + text.count("\n\n")


def test_tables_without_pdfplumber_are_read_line_by_line() -> None:
    rows = [["Year", "Beds"], ["2024", "340"]]
    text = read_pdf(pdf(table(rows)), max_table_pages=0).text
    assert re.findall(r"\d+", text) == ["2024", "340"]


def test_lists_are_items() -> None:
    lines = [
        "The plan has two parts:",
        "• the new ward in the north",
        "• the road to it",
        "",
        "1. It is built.",
        "2. It opens.",
    ]
    text = read_pdf(drawn(lambda canvas: write_lines(canvas, 60, 700, lines))).text
    assert text == (
        "The plan has two parts:\n\n- the new ward in the north\n- the road to it\n1. It is built.\n2. It opens."
    )


def turned(degrees: int) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(degrees)
        move = {0: (0, 0), 90: (595, 0), 180: (595, 842), 270: (0, 842)}[degrees]
        canvas.translate(*move)
        canvas.rotate(degrees)
        write_lines(
            canvas, 60, 500, ["The first line of a page", "that lies on its side.", "", "And a second paragraph."]
        )

    return draw


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_turned_pages_are_read_as_they_are_seen(degrees: int) -> None:
    assert read_pdf(drawn(turned(degrees))).text == (
        "The first line of a page that lies on its side.\n\nAnd a second paragraph."
    )


def test_stamps_across_the_page_are_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 60, 700, [ENGLISH])
        canvas.rotate(45)
        write_lines(canvas, 400, 300, ["CONFIDENTIAL DRAFT"], 40)

    assert read_pdf(drawn(draw)).text == ENGLISH


def test_a_font_that_does_not_say_which_letters_it_has_is_refused_and_one_sign_of_it_is_not() -> None:
    whole = pdf(paragraphs(VIETNAMESE, VIETNAMESE))
    assert "which letters" in refusal(whole.replace(b"/ToUnicode", b"/NoUnicode")).error

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 713, ENGLISH)
        write_lines(canvas, 60, 650, ["Đ"])

    assert read_pdf(drawn(draw).replace(b"/ToUnicode", b"/NoUnicode")).text == ENGLISH


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("Microsoft Word - draft.doc", None),
        ("Microsoft Word - Plan of the new bridge", "Plan of the new bridge"),
        ("report_final.pdf", None),
        ("untitled", None),
        ("Untitled Document", None),
        ("C:\\Temp\\bridge and road.x", None),
        ("(anonymous)", None),
        ("Bridge", "Bridge"),
        ("The bridge that opens all year", "The bridge that opens all year"),
        ("", None),
        (None, None),
    ],
)
def test_only_a_real_title_is_taken(stated: str | None, title: str | None) -> None:
    assert real_title(stated, "# The new bridge\n\n" + ENGLISH) == title


def refusal(data: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        read_pdf(data)
    assert caught.value.hint
    return caught.value


def test_protected_damaged_and_scanned_files_are_told_apart() -> None:
    assert "password" in refusal(pdf(paragraphs(ENGLISH), encrypt="secret")).error
    assert "damaged" in refusal(b"%PDF-1.7\nnothing at all").error
    assert "pictures" in refusal(scanned(2)).error
    assert "OCR" in refusal(scanned()).hint
    assert "no text" in refusal(drawn(lambda canvas: canvas.rect(1, 1, 5, 5))).error


def test_a_cut_file_gives_its_text_or_says_that_it_is_damaged() -> None:
    whole = pdf(paragraphs(*[ENGLISH, "---"] * 8))
    for cut in range(500, len(whole), len(whole) // 7):
        try:
            assert set(read_pdf(whole[:cut]).text.split("\n\n")) == {ENGLISH}
        except RefusedError as error:
            assert "damaged" in error.error or "no text" in error.error  # noqa: PT017


def test_pages_without_text_are_named() -> None:
    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 60, 700, [ENGLISH])
        canvas.showPage()
        canvas.drawInlineImage(Image.new("L", (60, 80), 200), 0, 0, 595, 842)

    packed = read_pdf(drawn(draw))
    assert packed.text == ENGLISH
    assert packed.left_out
    assert packed.left_out[0].startswith("Page 2 is a picture without text, and ")
    assert "OCR" in " ".join(packed.left_out) or "tesserocr" in packed.left_out[1]


def test_numbered_headings_and_articles_at_the_top_of_each_page_are_no_boilerplate() -> None:
    lessons = [text for n in range(1, 5) for text in (f"# Lesson {n}", f"Of {'abcd'[n - 1]}. {ENGLISH}", "---")]
    assert [f"Lesson {n}" in read_pdf(pdf(paragraphs(*lessons))).text for n in range(1, 5)] == [True] * 4
    articles = [text for n in (3, 7, 9, 14) for text in (f"Article {n}. The use of {'abcd'[n % 4]}.", ENGLISH, "---")]
    assert read_pdf(pdf(paragraphs(*articles))).text.count("Article") == 4


def test_three_columns_are_read_one_after_the_other() -> None:
    texts = [f"Paragraph {n} speaks of the sea. {ENGLISH} {ENGLISH}" for n in range(30)]
    assert read_pdf(pdf(paragraphs(*texts), columns=3)).text.split() == " ".join(texts).split()


def test_what_is_all_there_is_on_each_page_is_no_boilerplate() -> None:
    assert read_pdf(pdf(paragraphs(*[ENGLISH, "---"] * 5))).text == "\n\n".join([ENGLISH] * 5)


def test_limits() -> None:
    def empty_pages(canvas: Canvas) -> None:
        for _ in range(MAX_PAGES + 1):
            canvas.showPage()

    assert f"{MAX_PAGES + 1:,} pages" in refusal(drawn(empty_pages)).error
    assert read_pdf(pdf(paragraphs(ENGLISH)), max_chars=150).text
    with pytest.raises(RefusedError, match="150 characters"):
        read_pdf(pdf(paragraphs(ENGLISH, ENGLISH)), max_chars=150)
