"""Text of a file → Document: which kind of text it is, and what each kind needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from assistant.ingest.decode import UnreadableFileError, packed_kind, read_text
from assistant.ingest.formats.html.html_page import read_html
from assistant.ingest.formats.markdown.front_matter import front_matter
from assistant.ingest.formats.markdown.markdown_page import looks_like_markdown, read_markdown
from assistant.ingest.formats.text.copied_article import extract_article, take_date
from assistant.ingest.formats.text.text_units import Unit, read_units
from assistant.ingest.formats.text.titles import choose_title
from assistant.ingest.sandbox.limits import FileText, RefusedError, real_title
from assistant.records import Document, Failure, UrlKind
from assistant.text.addresses import host_of
from assistant.text.facts.dates import iso_date
from assistant.text.language import UNKNOWN, detect_language
from assistant.text.normalise import opening_words

_HTML_START = re.compile(
    r"\s*(?:<\?xml[^<>]*\?>\s*)?(?><!--.*?-->\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_BLOCK_TAG = re.compile(r"</(?:p|div|h[1-6]|li|td|tr|table|ul|ol|article|section|body|html|span|a)\s*>", re.I)
_LANGUAGE_CHARS = 5_000
_TELLING_LETTERS = 200  # characters from which the detected language overrules the stated one; chosen by hand
_HEAD_CHARS = 3_000
_DAMAGED = ("The file is damaged: it cannot be read.", "Save it anew from the program it comes from, as PDF or text.")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file read but for what only the other files can tell: which lines they share.

    Plain text waits as `units`; of HTML and Markdown the `document` is made at once, None without text. `page`: it is
    HTML, in which other pages of the site may have the same furniture.
    """

    doc_id: str
    units: tuple[Unit, ...] | None = None
    document: Document | None = None
    page: bool = False


Read: TypeAlias = Sequence[tuple[str, ParsedDocument | Document | Failure]]
"""What was read of one file: where it stands, and a document, a draft of one, or why there is none."""


def parse_file(name: str, data: bytes, charset: str | None) -> Read:
    """Recognise what the bytes of a file or page are, and read it; what cannot be read is a failure."""
    try:
        kind = packed_kind(data)
        if kind is None:
            return [(name, draft(name, read_text(data, name, charset)))]
        return _packed_file(name, _read_packed(kind, data))
    except UnreadableFileError as error:
        return [(name, error.failure)]
    except RefusedError as error:
        return [(name, Failure(name, error.error, error.hint))]
    except (RecursionError, MemoryError):
        return [(name, Failure(name, "The file is nested too deeply or too large.", "Simplify or split it."))]
    except Exception:  # whatever a broken file breaks in a library must not cost the files after it
        return [(name, Failure(name, *_DAMAGED))]


def _packed_file(name: str, packed: FileText) -> Read:
    """The document, and a failure beside it where some of its pages could not be read."""
    found: list[tuple[str, ParsedDocument | Document | Failure]] = [(name, parsed_file(name, packed))]
    if packed.unread:
        pages = "1 page is a picture" if packed.unread == 1 else f"{packed.unread} pages are pictures"
        hint = "Run text recognition (OCR) over the file, for example with ocrmypdf."
        error = f"{pages} without text, and not read; the other pages are."
        found.append((name, Failure(name, error, hint)))
    return found


def _read_packed(kind: Literal["pdf", "zip"], data: bytes) -> FileText:
    """The text of a PDF or Word file. Raises RefusedError when it gives none."""
    try:
        # Imported here: whoever reads other files has no need of PDFium.
        if kind == "pdf":
            from assistant.ingest.formats.pdf.pdf_text import read_pdf

            return read_pdf(data)
        from assistant.ingest.formats.docx.docx_text import read_docx
        from assistant.ingest.sandbox.archive import Archive

        archive = Archive(data)
        return read_docx(archive, archive.word_part())
    except RefusedError:
        raise
    except MemoryError:
        raise RefusedError("Reading the file needs too much memory.", "Split it, or save it as text.") from None
    except RecursionError:
        raise RefusedError(*_DAMAGED) from None


def draft(doc_id: str, text: str) -> ParsedDocument:
    """Recognise HTML, Markdown or plain text by content, and read it."""
    front, body = front_matter(re.sub(r"\r\n?", "\n", text))
    if not front and looks_like_html(text):
        article = read_html(text)
        meta = article.metadata
        document = _document(
            doc_id, article.blocks, meta.title, meta.url, "page", meta.published, meta.publisher, meta.language
        )
        return ParsedDocument(doc_id, document=document, page=True)
    if front or looks_like_markdown(body):
        page = read_markdown(body, front)
        publisher = host_of(page.url) if page.url else None
        document = _document(
            doc_id, page.blocks, page.title, page.url, "page", page.published, publisher, page.language
        )
        if document and page.language:  # its author wrote it there, no template
            document = replace(document, language=page.language)
        return ParsedDocument(doc_id, document=document)
    return ParsedDocument(doc_id, units=read_units(text))


def finish(waiting: ParsedDocument, recurring: frozenset[int]) -> Document | None:
    """The document of a draft, or None when no text is left; `recurring` as `recurring.recurring_lines` gives it."""
    if waiting.units is None:
        return waiting.document
    article = extract_article(waiting.units, recurring)
    return _document(
        waiting.doc_id, article.blocks, article.title, article.url, "attributed", article.published, article.publisher
    )


def parsed_file(doc_id: str, packed: FileText) -> ParsedDocument:
    """The document of a PDF or Word file: title and date as its text shows them, else as its properties state them."""
    head = packed.text[:_HEAD_CHARS]
    first = re.search(r"^# (.+)$", head, re.MULTILINE) or re.match(r"#+ (.+)", head)
    units = list(read_units(re.sub(r"^#+ ", "", head, flags=re.MULTILINE)))
    title = real_title(packed.title, head) or (first[1] if first else choose_title(units))
    _, published = take_date(units, title)
    # When a file was made says less than the date that stands under its title.
    published = published or (iso_date(packed.created) if packed.created else None)
    document = Document(
        doc_id,
        title or opening_words(head),
        packed.text,
        language=detect_language(packed.text[:_LANGUAGE_CHARS]),
        published=published,
        pages=packed.pages,
    )
    return ParsedDocument(doc_id, document=document)


def looks_like_html(text: str) -> bool:
    """Whether `text` is HTML markup, by content: a page, or a fragment that is mostly tags and text in them."""
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
    text = "\n\n".join(blocks)
    if not any(map(str.isalnum, text)):
        return None
    spoken = detect_language(text[:_LANGUAGE_CHARS])
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
    )
