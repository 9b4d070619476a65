"""What must hold for whatever is read: the readers that are fuzzed, and the properties of what they give."""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from assistant.errors import SourceError
from assistant.ingest.chunk import Limits, split_document
from assistant.ingest.decode import UnreadableFileError, read_text
from assistant.ingest.formats.docx.docx_text import read_docx
from assistant.ingest.formats.image.image_text import read_image
from assistant.ingest.formats.image.language_data import language_folder
from assistant.ingest.formats.image.recognise import TextRecognition
from assistant.ingest.formats.jsonl import read_jsonl
from assistant.ingest.formats.mail.eml_text import read_eml
from assistant.ingest.formats.markdown.front_matter import front_matter
from assistant.ingest.formats.ole_file import read_ole
from assistant.ingest.formats.pdf.pdf_text import read_pdf
from assistant.ingest.formats.rtf_text import read_rtf
from assistant.ingest.formats.structured import read_structured
from assistant.ingest.formats.zipped import read_zip
from assistant.ingest.overrides import FILE_NAME, read_entries
from assistant.ingest.parse import finish_document, parse_file_text, parse_text
from assistant.ingest.sandbox.archive import Archive
from assistant.ingest.sandbox.limits import FileText, RefusedError
from assistant.records import Document, Failure

LONGEST_TEXT = 200_000
INVISIBLE = re.compile("[\u200b\u00ad\u00a0\ufeff\u2060\x00\x07\t]|  | \n|\n |\n\n\n")


class BrokenError(Exception):
    """A property does not hold."""


class HungryError(Exception):
    """An input takes too much memory."""


def require(holds: bool, what: str) -> None:
    """Raise BrokenError unless it holds."""
    if not holds:
        raise BrokenError(what)


def check_document(document: Document, limits: Limits, *, tidy: bool = True) -> None:
    """The text is tidy, the title is there, and the chunks hold."""
    require(bool(document.title.strip()), "no title")
    require(bool(document.text.strip()), "no text")
    require(not any("\ud800" <= character <= "\udfff" for character in document.text + document.title), "surrogate")
    if tidy:
        require(unicodedata.is_normalized("NFC", document.text), "not NFC")
        require(document.text == document.text.strip(), "not stripped")
        require(not INVISIBLE.search(_without_code(document)), "not tidy")
    if len(document.text) <= LONGEST_TEXT:  # a flood inside a small archive may be a long text, which takes its time
        check_chunks(document, limits)


def _without_code(document: Document) -> str:
    """The text but for code, which keeps its indentation."""
    text = document.text
    for block in reversed(document.blocks):
        if block.kind == "code":
            text = text[: block.start] + "code" + text[block.end :]
    return text


def check_chunks(document: Document, limits: Limits) -> None:
    """Chunks and sentences are exact slices within the limits, and nothing but white space is left out."""
    text = document.text
    chunks, sentences = split_document(document, limits)
    reached = 0
    for chunk in chunks:
        require(chunk.text == text[chunk.start : chunk.end] != "", "chunk is no slice")
        require(len(chunk.text) == 1 or limits.count(chunk.text) <= limits.tokens, "chunk too long")
        require(len(chunk.text) == 1 or limits.fits(chunk.text), "chunk does not fit")
        require(not text[reached : chunk.start].strip(), "text between chunks")
        reached = max(reached, chunk.end)
    require(not text[reached:].strip(), "text after the chunks")
    reached = 0
    spans = [(chunk.start, chunk.end) for chunk in chunks]
    first = 0
    for sentence in sentences:
        require(reached <= sentence.start < sentence.end <= len(text), "sentences overlap")
        require(not text[reached : sentence.start].strip(), "text between sentences")
        reached = sentence.end
        while first < len(spans) and spans[first][1] <= sentence.start:
            first += 1
        near = spans[first : first + 8]
        require(any(s < sentence.end and sentence.start < e for s, e in near), "sentence in no chunk")
        short = limits.count(text[sentence.start : sentence.end]) <= limits.tokens
        require(short or sentence.end - sentence.start == 1, "sentence longer than a chunk")
    require(not text[reached:].strip(), "text after the sentences")


def read_file(data: bytes) -> list[Document]:
    """What a text file of any kind gives."""
    try:
        text = read_text(data, "file")
    except UnreadableFileError as error:
        require(bool(error.failure.hint), "no hint")
        return []
    document = finish_document(parse_text("file", text), frozenset())
    return [] if document is None else [document]


def read_lines(data: bytes) -> list[Document]:
    """The documents of a JSONL."""
    documents = []
    try:
        read = list(read_jsonl(io.BytesIO(data), "file"))
    except UnreadableFileError as error:
        require(bool(error.failure.hint), "no hint")
        return []
    for where, item in read:
        require(where.startswith("file"), "where")
        if isinstance(item, Failure):
            require(bool(item.hint and item.error), "no hint")
        else:
            documents.append(item)
    return documents


def read_stated(data: bytes) -> list[Document]:
    """Front matter, and the same bytes as a sources.toml."""
    values, rest = front_matter(data.decode("utf-8", "replace"))
    require(all(value.strip() for value in values.values()), "empty value")
    require(len(rest) <= len(data), "longer than the text")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE_NAME).write_bytes(data)
        with contextlib.suppress(SourceError):
            for entry in read_entries(Path(folder)).values():
                entry.applied(Document("file", "t", "A text."))
    return []


def read_packed(read: Callable[[bytes], FileText], data: bytes) -> list[Document]:
    """The document of a file that is not one text; the files in it are taken out."""
    try:
        packed = read(data)
    except RefusedError as error:
        require(bool(error.error and error.hint), "no hint")
        return []
    pages = list(packed.pages)
    require(not pages or (pages[0] == 0 and pages == sorted(pages) and pages[-1] < len(packed.text)), "pages")
    for part in packed.parts:
        require(bool(part.name.strip()), "part without a name")
        with contextlib.suppress(RefusedError):
            part.read()
    if not packed.text:
        require(bool(packed.parts), "neither text nor parts")
        return []
    document = parse_file_text("file", packed).document
    return [document] if document is not None else []


def read_word(data: bytes) -> FileText:
    """The text of a Word file, in this process."""
    archive = Archive(data)
    return read_docx(archive, archive.word_part())


def read_fields(data: bytes) -> FileText:
    """The text of JSON, XML or a table. Raises RefusedError for what is none of them."""
    try:
        found = read_structured("file.csv", read_text(data, "file"))
    except UnreadableFileError as error:
        raise RefusedError(error.failure.error, error.failure.hint) from None
    if found is None:
        raise RefusedError("another format", "none")
    return found


def read_chunk(data: bytes) -> list[Document]:
    """Any text at all as a document; its language comes from the first byte."""
    languages = ("en", "pl", "vi", "ja", "ar", "und", "xx", "de")
    language = languages[data[0] % len(languages)] if data else "und"
    text = data[1:].decode("utf-8", "replace")
    return [Document("file", "title", text, language=language)] if text.strip() else []


READERS: dict[str, Callable[[bytes], list[Document]]] = {
    "html": read_file,
    "markdown": read_file,
    "text": read_file,
    "jsonl": read_lines,
    "stated": read_stated,
    "pdf": lambda data: read_packed(lambda data: read_pdf(data, TextRecognition(None)), data),
    "image": lambda data: read_packed(lambda data: read_image(data, TextRecognition(language_folder())), data),
    "docx": lambda data: read_packed(read_word, data),
    **dict.fromkeys(("xlsx", "odf", "pptx", "epub"), lambda data: read_packed(read_zip, data)),
    "mail": lambda data: read_packed(read_eml, data),
    "ole": lambda data: read_packed(read_ole, data),
    "rtf": lambda data: read_packed(read_rtf, data),
    "records": lambda data: read_packed(read_fields, data),
    "chunk": read_chunk,
}
TIDY = ("mail", "rtf", "records", "html", "markdown", "text", "jsonl")
# What a library raises on broken files of these kinds becomes a failure in the process that reads them.
LIBRARIES = {
    "image": ("PIL",),
    "ole": ("olefile", "oxmsg", "xlrd"),
    "pdf": ("pypdfium2", "pdfplumber", "pdfminer"),
    **dict.fromkeys(("docx", "xlsx", "odf", "pptx", "epub"), ("lxml", "zipfile")),
}
