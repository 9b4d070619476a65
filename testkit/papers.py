"""PDF and Word files made for tests and fuzzing, with letters of three languages."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import font_roboto
from docx.document import Document as WordDocument
from PIL import Image
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Paragraph, Spacer, Table

FONTS = Path(font_roboto.__file__).parent / "files"
for name in ("Regular", "Bold"):
    pdfmetrics.registerFont(TTFont(name, str(FONTS / f"Roboto-{name}.ttf")))

VIETNAMESE = (
    "Bệnh viện Đa khoa tỉnh Quảng Ninh đã tiếp nhận 1.250 bệnh nhân trong năm 2024, tăng mười phần trăm so với cùng kỳ."
)
POLISH = "Szpital w Łodzi zwiększył liczbę łóżek do 340, a średni czas oczekiwania skrócił się o dziewięć dni."
ENGLISH = "The ferry to the island stops in winter, and the council has voted for a bridge that is open all year."

WIDTH, HEIGHT = 595.0, 842.0
BODY = ParagraphStyle("body", fontName="Regular", fontSize=10, leading=13, spaceAfter=7)
HEADING = ParagraphStyle("heading", parent=BODY, fontName="Bold", fontSize=16, leading=20, spaceAfter=9)
SUBHEADING = ParagraphStyle("subheading", parent=HEADING, fontSize=13, leading=16)
RULED = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("FONTNAME", (0, 0), (-1, -1), "Regular")]

Story = Sequence[Flowable]


def paragraphs(*texts: str) -> list[Flowable]:
    """Body text; a text that begins with "# " or "## " is a heading, "---" begins a new page."""
    story: list[Flowable] = []
    for text in texts:
        style = {"#": HEADING, "##": SUBHEADING}.get(text.partition(" ")[0], BODY)
        story.append(PageBreak() if text == "---" else Paragraph(text.lstrip("# "), style))
    return story


def table(rows: Sequence[Sequence[str]], style: Sequence[object] = RULED) -> list[Flowable]:
    """A table and a little room after it."""
    return [Table([list(row) for row in rows], style=list(style)), Spacer(1, 8)]


def pdf(
    story: Story,
    *,
    columns: int = 1,
    head: Callable[[Canvas, int], None] | None = None,
    title: str | None = None,
    encrypt: str | None = None,
) -> bytes:
    """A PDF of A4 pages; `head` draws on each page what recurs, given the number of the page."""
    target = io.BytesIO()
    room = (WIDTH - 120) / columns
    frames = [Frame(60 + n * room, 60, room, HEIGHT - 120, 0, 0, 12, 0) for n in range(columns)]

    def draw(canvas: Canvas, made: BaseDocTemplate) -> None:
        if head is not None:
            head(canvas, made.page)

    made = BaseDocTemplate(target, title=title, encrypt=encrypt)
    made.addPageTemplates([PageTemplate(frames=frames, onPage=draw)])
    made.build(list(story))
    return target.getvalue()


def drawn(draw: Callable[[Canvas], None]) -> bytes:
    """A PDF whose pages `draw` puts on the canvas by itself."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT))
    draw(canvas)
    canvas.save()
    return target.getvalue()


def write_lines(canvas: Canvas, left: float, top: float, lines: Sequence[str], size: float = 10) -> None:
    """Lines of text, each 1.3 times its size below the one before."""
    canvas.setFont("Regular", size)
    for number, line in enumerate(lines):
        canvas.drawString(left, top - number * 1.3 * size, line)


def scanned(pages: int = 1) -> bytes:
    """A PDF whose pages are pictures."""

    def draw(canvas: Canvas) -> None:
        for _ in range(pages):
            canvas.drawInlineImage(Image.new("L", (60, 80), 200), 0, 0, WIDTH, HEIGHT)
            canvas.showPage()

    return drawn(draw)


def word(fill: Callable[[WordDocument], object]) -> bytes:
    """A Word file that `fill` writes."""
    document = docx.Document()
    fill(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
