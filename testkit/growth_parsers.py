"""What reads files: their bytes, made of tokens, go through the parsers."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import zipfile
from pathlib import Path

from lxml import etree
from reportlab.pdfgen.canvas import Canvas

from assistant.errors import SourceError
from assistant.ingest.decode import UnreadableFileError, binary_format, read_text
from assistant.ingest.formats.docx.docx_text import read_docx
from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.formats.pdf.pdf_text import read_pdf
from assistant.ingest.overrides import FILE_NAME, read_entries
from assistant.ingest.parse import finish_document, parse_file, parse_text
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import RefusedError
from testkit.papers import drawn, word, write_lines

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_EMPTY_WORD = word(lambda document: document.add_paragraph("a"))


def read_any(text: str) -> None:
    """A text file of any kind."""
    data = text.encode("utf-8", "surrogatepass")
    with contextlib.suppress(UnreadableFileError):
        binary_format(data)
        finish_document(parse_text("a", read_text(data, "a")), frozenset())


def read_named(name: str, before: str, text: str, after: str = "") -> object:
    """A file whose name or first bytes tell its format; never raises for the sake of what is in it."""
    return parse_file(name, (before + text + after).encode("utf-8", "surrogatepass"), None)


def read_encoded(text: str) -> None:
    """As a file in another encoding than UTF-8, which has to be found out."""
    for encoding in ("cp1250", "cp1258", "utf-16-le"):
        with contextlib.suppress(UnreadableFileError):
            read_text(text.encode(encoding, "replace"), "a")


def read_word_body(body: str) -> None:
    """The body of a Word file."""
    xml = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    parser = etree.XMLParser(recover=True, huge_tree=True)
    xml = etree.tostring(etree.fromstring(xml, parser), encoding="unicode")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_EMPTY_WORD)) as empty, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for entry in empty.infolist():
            data = xml.encode() if entry.filename == "word/document.xml" else empty.read(entry)
            made.writestr(entry.filename, data)
    with contextlib.suppress(RefusedError):
        read_docx(Archive(target.getvalue()), "word/document.xml")


def read_pdf_content(content: str) -> None:
    """The content of one page."""
    stream = content.encode("latin-1", "replace")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(data))
        data += b"%d 0 obj%sendobj\n" % (number, part)
    start = len(data)
    data += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    with contextlib.suppress(RefusedError):
        read_pdf(bytes(data), TextRecognition(None))


def read_pdf_lines(text: str) -> None:
    """Lines of text on pages, each with a header."""
    lines = text.replace("\r", "\n").split("\n")

    def draw(canvas: Canvas) -> None:
        for start in range(0, len(lines), 50):
            write_lines(canvas, 60, 780, [f"Header {start}", *(line[:90] for line in lines[start : start + 50])])
            canvas.showPage()

    with contextlib.suppress(RefusedError):
        read_pdf(drawn(draw), TextRecognition(None))


def read_lines(text: str) -> None:
    """The lines of a .jsonl."""
    with contextlib.suppress(UnreadableFileError):
        list(read_jsonl(io.BytesIO(text.encode("utf-8", "surrogatepass")), "a"))


def read_line_values(text: str) -> None:
    """The values of one line of a .jsonl."""
    read_lines(json.dumps({"id": "a", "text": text, "title": text, "url": text, "lang": text}))


def read_sources(text: str) -> None:
    """A sources.toml."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE_NAME).write_text(text, "utf-8")
        with contextlib.suppress(SourceError):
            read_entries(Path(folder))
