"""The parser: recognises the format of a file and reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from assistant.ingest.decode import BinaryFormat, UnreadableFileError, binary_format, read_text, refuse_empty
from assistant.ingest.formats.file_parts import MAX_DEPTH, MAX_PARTS, MAX_TOTAL_BYTES, PartBudget, numbered
from assistant.ingest.formats.image.language_data import language_folder
from assistant.ingest.formats.markdown.front_matter import front_matter
from assistant.ingest.formats.table_rows import name_columns
from assistant.ingest.formats.text.copied_article import extract_article, take_date
from assistant.ingest.formats.text.text_blocks import TextBlock, read_text_blocks
from assistant.ingest.formats.text.titles import choose_title
from assistant.ingest.sandbox.limits import HEAD_CHARS, FileText, RefusedError, real_title
from assistant.records import Document, Failure, UrlKind
from assistant.text.addresses import host_of
from assistant.text.blocks import read_blocks
from assistant.text.facts.dates import iso_date
from assistant.text.language import SAMPLE_CHARS, UNKNOWN, detect_language
from assistant.text.normalise import opening_words
from assistant.text.vietnamese.legacy_reader import read_legacy

if TYPE_CHECKING:
    from assistant.ingest.formats.image.recognise import TextRecognition

_HTML_START = re.compile(
    r"\s*(?:<\?xml[^<>]*\?>\s*)?(?><!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_BLOCK_TAG = re.compile(r"</(?:p|div|h[1-6]|li|td|tr|table|ul|ol|article|section|body|html|span|a)\s*>", re.I)
_TELLING_LETTERS = 200  # characters from which the detected language overrules the stated one; chosen by hand
_DAMAGED = ("The file is damaged: it cannot be read.", "Save it anew from the program it comes from, as PDF or text.")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed file, complete but for what depends on the other files: the lines that they share.

    Plain text waits as `text_blocks`. For all other formats `document` is set, or None if there is no text. `page` says
    that it is HTML, whose boilerplate other pages of the site may share. `converted_from` is as in Document.
    """

    doc_id: str
    text_blocks: tuple[TextBlock, ...] | None = None
    document: Document | None = None
    page: bool = False
    converted_from: tuple[str, ...] = ()


Read: TypeAlias = Sequence[tuple[str, ParsedDocument | Document | Failure]]
"""The result for one file: its name, or that of a line of it or a file in it, with a document or a failure."""


class _Shared:
    """What a file shares with the files in it: the budget for these (None: they are not read), and one time for the
    pictures of all whose text is recognised."""

    def __init__(self, budget: PartBudget | None, on_picture: Callable[[], None]) -> None:
        self.budget = budget
        self._on_picture = on_picture

    @cached_property
    def recognition(self) -> TextRecognition:
        # Imported here: most files hold no picture.
        from assistant.ingest.formats.image.recognise import TextRecognition

        return TextRecognition(language_folder(), self._on_picture)


def parse_file(
    name: str,
    data: bytes,
    charset: str | None,
    *,
    parts: bool = True,
    on_picture: Callable[[], None] = lambda: None,
) -> Read:
    """Recognise the format of a file or page and parse it; `charset` is what a web server states.

    `on_picture` is called before each picture whose text is recognised.

    Returns one document, with those of the files in it (named NAME/PART) unless `parts` is false, and a failure for
    each of them, or for pages of it, that cannot be read. Never raises for the sake of what is in the file.
    """
    return _parse_file(name, data, charset, _Shared(PartBudget() if parts else None, on_picture), 0)


def _parse_file(name: str, data: bytes, charset: str | None, shared: _Shared, depth: int) -> Read:
    try:
        kind = binary_format(data)
        if kind is None:
            text = read_text(data, name, charset)
            if looks_like_html(text):
                return [(name, parse_text(name, text))]
            text, codes = read_legacy(text)
            structured = _read_structured(name, text)
            if structured is not None:
                return _binary_file(name, replace(structured, converted_from=codes))
            return [(name, _converted(parse_text(name, text), codes))]
        file_text = _read_binary(kind, data, shared)
        found = _binary_file(name, file_text)
        if shared.budget is None:
            return found
        return [*found, *_parse_parts(name, file_text, shared, shared.budget, depth + 1)]
    except UnreadableFileError as error:
        return [(name, error.failure)]
    except RefusedError as error:
        return [(name, Failure(name, error.error, error.hint))]
    except (RecursionError, MemoryError):
        return [(name, Failure(name, "The file is nested too deeply or too large.", "Simplify or split it."))]
    except Exception:  # whatever a broken file breaks in a library must not cost the files after it
        return [(name, Failure(name, *_DAMAGED))]


def _parse_parts(name: str, file_text: FileText, shared: _Shared, budget: PartBudget, depth: int) -> Read:
    """Parse the files in a file. Those that state no date or sender have the date and the sender of a message."""
    found: list[tuple[str, ParsedDocument | Document | Failure]] = []
    for part_name, part in numbered(file_text.parts):
        where = f"{name}/{part_name}"
        if depth > MAX_DEPTH:
            found.append((where, Failure(where, "It lies too deep in other files.", "Save it as a file of its own.")))
            continue
        try:
            data = part.read()
            if not budget.take(len(data)):
                most = f"{MAX_PARTS:,} files or {MAX_TOTAL_BYTES // 1_000_000} MB"
                error = f"The file holds more than {most}; the rest is not read."
                return [*found, (where, Failure(name, error, "Save its parts as files."))]
            refuse_empty(data, where)
        except RefusedError as error:
            found.append((where, Failure(where, error.error, error.hint)))
        except UnreadableFileError as error:
            found.append((where, error.failure))
        else:
            for place, item in _parse_file(where, data, None, shared, depth):
                found.append((place, _of_message(item, file_text) if isinstance(item, ParsedDocument) else item))
    return found


def _of_message(parsed: ParsedDocument, file_text: FileText) -> ParsedDocument:
    """Return a part complete: texts in it are not compared with other files."""
    document = finish_document(parsed, frozenset())
    if document is not None:
        sent = iso_date(file_text.created) if file_text.created else None
        document = replace(
            document,
            published=document.published or sent,
            publisher=document.publisher or file_text.publisher,
        )
    return replace(parsed, text_blocks=None, document=document)


def _read_structured(name: str, text: str) -> FileText | None:
    from assistant.ingest.formats.structured import read_structured

    return read_structured(name, text)


def _binary_file(name: str, file_text: FileText) -> Read:
    """Return the document of a file, and a failure where some of its pages could not be read."""
    found: list[tuple[str, ParsedDocument | Document | Failure]] = []
    if file_text.text:
        found.append((name, parse_file_text(name, file_text)))
    if file_text.left_out:
        found.append((name, Failure(name, *file_text.left_out)))
    return found


def _read_binary(kind: BinaryFormat, data: bytes, shared: _Shared) -> FileText:
    """Return the text of a file that is not one text to the eye. Raises RefusedError if there is none."""
    try:
        # Imported here: whoever reads other files has no need of PDFium.
        if kind in ("pdf", "image"):
            if kind == "image":
                from assistant.ingest.formats.image.image_text import read_image

                return read_image(data, shared.recognition)
            from assistant.ingest.formats.pdf.pdf_text import read_pdf

            return read_pdf(data, shared.recognition)
        if kind == "mail":
            from assistant.ingest.formats.mail.eml_text import read_eml

            return read_eml(data)
        if kind == "ole":
            from assistant.ingest.formats.ole_file import read_ole

            return read_ole(data)
        if kind == "rtf":
            from assistant.ingest.formats.rtf_text import read_rtf

            return read_rtf(data)
        from assistant.ingest.formats.zipped import read_zip

        return read_zip(data)
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError("Reading the file needs too much memory.", "Split it, or save it as text.") from None
    except RecursionError:
        raise RefusedError(*_DAMAGED) from None


def parse_text(doc_id: str, text: str) -> ParsedDocument:
    """Parse HTML, Markdown or plain text, recognised by its content."""
    # Imported here: a build parses in other processes, and its own starts faster without these libraries.
    from assistant.ingest.formats.html.html_page import read_html
    from assistant.ingest.formats.markdown.markdown_page import looks_like_markdown, read_markdown

    front, body = front_matter(re.sub(r"\r\n?", "\n", text))
    if not front and looks_like_html(text):
        article = read_html(text)
        meta = article.metadata
        document = _document(
            doc_id, article.blocks, meta.title, meta.url, "page", meta.published, meta.publisher, meta.language
        )
        return _converted(ParsedDocument(doc_id, document=document, page=True), article.converted_from)
    if front or looks_like_markdown(body):
        page = read_markdown(body, front)
        publisher = host_of(page.url) if page.url else None
        document = _document(
            doc_id, page.blocks, page.title, page.url, "page", page.published, publisher, page.language
        )
        if document and page.language:  # its author wrote it there, no template
            document = replace(document, language=page.language)
        return ParsedDocument(doc_id, document=document)
    return ParsedDocument(doc_id, text_blocks=read_text_blocks(text))


def _converted(parsed: ParsedDocument, codes: tuple[str, ...]) -> ParsedDocument:
    """Return a parsed file that says, as its document does, from which codes it was converted."""
    document = replace(parsed.document, converted_from=codes) if parsed.document else None
    return replace(parsed, document=document, converted_from=codes) if codes else parsed


def finish_document(parsed: ParsedDocument, shared: frozenset[int]) -> Document | None:
    """Return the document of a parsed file, None if no text is left.

    `shared` are the keys of lines that plain texts share, as `boilerplate_lines` returns them.
    """
    if parsed.text_blocks is None:
        return parsed.document
    article = extract_article(parsed.text_blocks, shared)
    document = _document(
        parsed.doc_id,
        tuple(map(name_columns, article.blocks)),
        article.title,
        article.url,
        "attributed",
        article.published,
        article.publisher,
    )
    return replace(document, converted_from=parsed.converted_from) if document else None


def parse_file_text(doc_id: str, file_text: FileText) -> ParsedDocument:
    """Return the document of a file that is neither HTML, Markdown nor plain text.

    Title and date are those in its text, else those in its properties.
    """
    text, typed, pages = read_blocks(file_text.text, file_text.pages)
    head = text[:HEAD_CHARS]
    first = re.search(r"^# (.+)$", head, re.MULTILINE) or re.match(r"#+ (.+)", head)
    blocks = list(read_text_blocks(re.sub(r"^#+ ", "", head, flags=re.MULTILINE)))
    title = real_title(file_text.title, head)
    if title is None and file_text.named_by_file:
        title = PurePosixPath(doc_id).stem
    title = title or (first[1] if first else choose_title(blocks))
    _, published = take_date(blocks, title)
    # When a file was made says less than the date that stands under its title.
    published = published or (iso_date(file_text.created) if file_text.created else None)
    document = Document(
        doc_id,
        title or opening_words(head),
        text,
        language=detect_language(text[:SAMPLE_CHARS]),
        published=published,
        publisher=file_text.publisher,
        recipients=file_text.recipients,
        pages=pages,
        blocks=typed,
        converted_from=file_text.converted_from,
        recognised=file_text.recognised,
    )
    return ParsedDocument(doc_id, document=document)


def looks_like_html(text: str) -> bool:
    """Return whether `text` is HTML by its content: a page, or a fragment that is mostly tags and text in them."""
    from assistant.ingest.formats.markdown.markdown_page import looks_like_markdown

    if _HTML_START.match(text):
        return True
    sample = text[:50_000]
    closed = len(_BLOCK_TAG.findall(sample))
    if closed < 2:
        return False
    marked_up = sample.lstrip().startswith("<")
    if not marked_up and looks_like_markdown(sample):
        return False
    return closed >= (0.2 if marked_up else 0.5) * sum(bool(line.strip()) for line in sample.split("\n"))


def _document(
    doc_id: str,
    blocks: Sequence[str],
    title: str | None,
    url: str | None,
    url_kind: UrlKind,
    published: str | None,
    publisher: str | None,
    language: str | None = None,
) -> Document | None:
    text, typed, _ = read_blocks("\n\n".join(blocks))
    if not any(map(str.isalnum, text)):
        return None
    spoken = detect_language(text[:SAMPLE_CHARS])
    # Templates are often marked with the wrong language; a few words are harder to tell than to state.
    if language and (spoken == UNKNOWN or len(text) < _TELLING_LETTERS):
        spoken = language
    return Document(
        doc_id,
        title or opening_words(re.sub(r"^#{1,6} ", "", text)),
        text,
        url=url,
        url_kind=url_kind if url else None,
        language=spoken,
        published=published,
        publisher=publisher,
        blocks=typed,
    )
