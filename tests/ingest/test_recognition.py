"""Text recognition: images, scanned pages, fonts without letters, and what is said where it is missing or unsure."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from assistant.ingest.formats.image.image_text import read_image
from assistant.ingest.formats.image.language_data import language_folder, languages_in
from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.pdf.page_recognition import Legibility
from assistant.ingest.formats.pdf.pdf_text import read_pdf
from assistant.ingest.parse import ParsedDocument, parse_file
from assistant.ingest.sandbox.limits import RefusedError
from assistant.ingest.sandbox.serialisation import packed, unpacked
from assistant.ingest.sandbox.worker import Worker
from assistant.records import Document, Failure
from testkit.papers import ENGLISH, POLISH, VIETNAMESE, WIDTH, drawn, paragraphs, pdf, write_lines
from testkit.pictures import character_error_rate, drawn_pages, noisy, saved, slanted

TEXTS = (VIETNAMESE, POLISH, ENGLISH)
PAGE = pdf(paragraphs("# Báo cáo năm 2024", *TEXTS, VIETNAMESE + " " + VIETNAMESE))
RIGHT = " ".join(("# Báo cáo năm 2024", *TEXTS, VIETNAMESE, VIETNAMESE))
NOTHING = TextRecognition(None)


def page(dpi: int = 300) -> Image.Image:
    return drawn_pages(PAGE, dpi)[0]


def refusal(data: bytes, recognition: TextRecognition = NOTHING) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        (read_pdf if data.startswith(b"%PDF") else read_image)(data, recognition)
    return caught.value


def parsed(data: bytes) -> Document:
    item = parse_file("a", data, None)[0][1]
    assert isinstance(item, ParsedDocument), item
    assert item.document
    return item.document


# With text recognition


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_images_of_a_page_in_three_languages_are_read(languages: Path, kind: str) -> None:
    read = read_image(saved(page(200), kind), TextRecognition(languages))
    assert character_error_rate(read.text, RIGHT) < 0.02
    assert read.text.startswith("# Báo cáo năm 2024\n\n")
    ((number, confidence),) = read.recognised
    assert (number, read.pages) == (1, ())
    assert 0.9 < confidence <= 1


@pytest.mark.parametrize("degrees", [90, 180, 270, 2, -2, 92])
def test_pages_that_lie_on_their_side_or_slanted_are_read(languages: Path, degrees: int) -> None:
    read = read_image(saved(slanted(page(), degrees), "PNG"), TextRecognition(languages))
    assert character_error_rate(read.text, RIGHT) < 0.02


def test_a_noisy_page_is_read(languages: Path) -> None:
    assert character_error_rate(read_image(saved(noisy(page()), "PNG"), TextRecognition(languages)).text, RIGHT) < 0.06


def test_white_words_on_a_clear_ground_and_small_screenshots_are_read(languages: Path) -> None:
    picture = page(110)
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.putalpha(Image.eval(picture, lambda level: 255 - level))  # black letters on what is transparent
    assert character_error_rate(read_image(saved(clear, "PNG"), TextRecognition(languages)).text, RIGHT) < 0.04


def test_a_large_photograph_that_the_camera_turned_is_read(languages: Path) -> None:
    photograph = page().resize((6200, 8768)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    target = io.BytesIO()
    photograph.save(target, "JPEG", exif=exif)
    assert character_error_rate(read_image(target.getvalue(), TextRecognition(languages)).text, RIGHT) < 0.02


@pytest.mark.usefixtures("languages")
def test_the_pages_of_a_tiff_are_pages() -> None:
    first, second = (drawn_pages(pdf(paragraphs(text)), 200)[0] for text in (POLISH, ENGLISH))
    document = parsed(saved(first, "TIFF", [second]))
    assert document.text == f"{POLISH}\n\n{ENGLISH}"
    assert document.page_at(document.text.index("ferry")) == 2
    assert [number for number, _ in document.recognised] == [1, 2]
    assert unpacked(packed([("a", document)])) == [("a", document)]


def test_scanned_pages_of_a_pdf_are_read_between_the_others_and_their_headers_go(languages: Path) -> None:
    def head(canvas: Canvas, number: int) -> None:
        write_lines(canvas, 60, 815, ["Biuletyn Zdrowia, rocznik 12"], 8)
        write_lines(canvas, 290, 30, [str(number)], 8)

    pages = drawn_pages(pdf(paragraphs(VIETNAMESE, "---", POLISH, "---", ENGLISH), head=head))

    def draw(canvas: Canvas) -> None:
        write_lines(canvas, 60, 700, ["The first page has its text."])
        canvas.showPage()
        for picture in pages:
            canvas.drawInlineImage(picture, 0, 0, WIDTH, 842)
            canvas.showPage()

    read = read_pdf(drawn(draw), TextRecognition(languages))
    assert read.text.split("\n\n") == ["The first page has its text.", *TEXTS]
    assert [number for number, _ in read.recognised] == [2, 3, 4]
    assert read.left_out is None


def test_a_scan_with_a_stamp_of_the_scanner_is_read(languages: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawInlineImage(page(), 0, 0, WIDTH, 842)
        write_lines(canvas, 400, 10, ["Scanned with a scanner"], 6)

    assert character_error_rate(read_pdf(drawn(draw), TextRecognition(languages)).text, RIGHT) < 0.1


def test_a_picture_behind_few_words_leaves_them_as_they_are(languages: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawInlineImage(Image.linear_gradient("L"), 0, 0, WIDTH, 842)
        write_lines(canvas, 60, 700, ["The harbour in summer"], 20)

    read = read_pdf(drawn(draw), TextRecognition(languages))
    assert (read.text, read.recognised) == ("The harbour in summer", ())


@pytest.mark.parametrize("text", [VIETNAMESE, POLISH])
def test_a_font_that_does_not_say_which_letters_it_has_is_recognised(languages: Path, text: str) -> None:
    data = pdf(paragraphs(text, text)).replace(b"/ToUnicode", b"/NoUnicode")
    read = read_pdf(data, TextRecognition(languages))
    assert character_error_rate(read.text, f"{text} {text}") < 0.03
    assert read.recognised


def test_a_page_that_is_not_recognised_with_certainty_is_named_and_not_read(languages: Path) -> None:
    rng = np.random.default_rng(3)
    strokes = Image.fromarray((rng.random((300, 220)) > 0.35).astype(np.uint8) * 255).resize((1760, 2400))
    found = TextRecognition(languages).read(strokes)
    assert not (found.sure and found.lines)
    pages = saved(page(), "PDF", [strokes])
    read = read_pdf(pages, TextRecognition(languages))
    assert [number for number, _ in read.recognised] == [1]
    if not found.sure:
        assert read.left_out
        assert "Page 2 could not be recognised with certainty" in read.left_out[0]


def test_an_image_without_words_is_refused(languages: Path) -> None:
    blank = saved(Image.new("L", (800, 600), 255), "PNG")
    assert "No words" in refusal(blank, TextRecognition(languages)).error


def test_pages_for_which_no_time_is_left_are_named(languages: Path) -> None:
    data = saved(page(), "PDF", [page()])
    read = read_pdf(data, TextRecognition(languages, seconds=0.01))
    assert [number for number, _ in read.recognised] == [1]
    assert read.left_out
    assert read.left_out[0].startswith("Page 2 was not recognised.")
    assert "minutes" in read.left_out[1]


@pytest.mark.usefixtures("languages")
def test_text_is_recognised_within_the_limits_of_the_sandbox_and_each_page_extends_the_time() -> None:
    data = saved(page(), "PDF", [page()] * 9)
    with Worker(seconds=10) as worker:
        (_, item), *more = worker.read("scan.pdf", data)[1]
    assert not more
    assert isinstance(item, ParsedDocument)
    assert item.document
    assert [number for number, _ in item.document.recognised] == [*range(1, 11)]


# Without text recognition


def test_an_image_is_refused_with_what_to_install() -> None:
    error = refusal(saved(page(100), "PNG"))
    assert error.error.startswith("The image holds its text as pictures, and ")
    assert "install" in error.hint.lower()


def test_only_the_page_whose_letters_are_unknown_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 700, ENGLISH)
        canvas.showPage()
        write_lines(canvas, 60, 700, [VIETNAMESE])

    read = read_pdf(drawn(draw).replace(b"/ToUnicode", b"/NoUnicode"), NOTHING)
    assert read.text == ENGLISH
    assert read.left_out
    assert read.left_out[0].startswith("Page 2 does not say which letters its signs are, and ")
    assert read.left_out[0].endswith("The other pages are read.")


# What makes the text of a page illegible


@pytest.mark.parametrize(
    ("text", "broken", "illegible"),
    [
        (ENGLISH, False, False),
        ("\uf0b7Ferry\n\uf0b7 Bridge\n" + ENGLISH, False, False),  # bullets
        ("max \x00 x \x00 + f\x00x\x00 \n" + ENGLISH, False, False),  # signs of a formula
        ("Harmonogram odbioru \x01mieci w gminie", True, True),
        ("Szk\ufffdo odbieramy we wtorek", True, True),
        (ENGLISH * 3 + " of\x00ce", True, False),
        ("\x01\x02\x03\x04 \x05\x06\x07\n" + ENGLISH * 9, True, False),  # a heading
        ("\uf0a8\uf0a8\uf0a8\n" + ENGLISH, False, False),  # a decoration
        ("\x01\x02\x03 \x04\x05\x06\x07", True, True),
        ("", False, False),
    ],
)
def test_words_without_all_their_letters_make_a_page_illegible(text: str, broken: bool, illegible: bool) -> None:
    legibility = Legibility.of(text)
    assert (legibility.is_broken, legibility.is_illegible) == (broken, illegible)


# Where the languages are


def test_the_languages_of_the_product_come_first_and_few_are_taken(tmp_path: Path) -> None:
    for name in ("osd", "deu", "eng", "ces", "pol", "equ"):
        (tmp_path / f"{name}.traineddata").touch()
    assert languages_in(tmp_path) == ("pol", "eng", "ces")
    assert languages_in(tmp_path / "none") == ()


def test_the_variable_of_tesseract_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tesserocr")
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "vie.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert language_folder() == tmp_path / "tessdata"


# Bad images


def png(width: int, height: int) -> bytes:
    """A PNG that claims its size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (png(60_000, 60_000), "million pixels"),
        (png(9_000, 9_000), "million pixels"),
        (png(400, 400), "damaged"),
        (png(10, 900), "too small"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"II*\x00" + bytes(40), "damaged"),
        (b"\xff\xd8\xff\xe0 and no image", "damaged"),
        (b"RIFF\x10\x00\x00\x00WEBPnothing", "damaged"),
    ],
)
def test_bad_images_are_refused(data: bytes, says: str) -> None:
    assert says in refusal(data).error


def test_a_cut_image_is_refused_and_so_is_one_under_another_name() -> None:
    data = saved(page(100), "PNG")
    assert "damaged" in refusal(data[: len(data) // 2]).error
    ((_, item),) = parse_file("letter.pdf", b"\xff\xd8\xff" + bytes(100), None)
    assert isinstance(item, Failure)
    assert "image" in item.error
