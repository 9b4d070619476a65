"""Formats in a ZIP file: told apart by the parts in it, and read. Runs in a worker process only."""

from __future__ import annotations

from dataclasses import replace

from assistant.ingest.sandbox.archive import OPEN_DOCUMENT, Archive
from assistant.ingest.sandbox.limits import FileText


def read_zip(data: bytes) -> FileText:
    """Return the text of an office file or an e-book, or the files of an archive as parts.

    Raises RefusedError, which says what else the file is.
    """
    archive = Archive(data)
    text = _read(archive, data)
    codes = (*text.converted_from, *archive.legacy.found)
    return replace(text, converted_from=tuple(sorted(set(codes))))


def _read(archive: Archive, data: bytes) -> FileText:
    # Imported here: whoever reads one format has no need of the libraries of the others.
    if "xl/workbook.xml" in archive.names:
        from assistant.ingest.formats.sheets.xlsx_text import read_xlsx

        return read_xlsx(archive, data)
    if "xl/workbook.bin" in archive.names:
        from assistant.ingest.formats.sheets.xlsb_text import read_xlsb

        return read_xlsb(data)
    if "ppt/presentation.xml" in archive.names:
        from assistant.ingest.formats.slides.pptx_text import read_pptx

        return read_pptx(archive)
    mime_type = archive.mime_type()
    if mime_type == "application/epub+zip":
        from assistant.ingest.formats.ebook.epub_text import read_epub

        return read_epub(archive)
    if mime_type.startswith(OPEN_DOCUMENT):
        from assistant.ingest.formats.opendocument.odf_text import KINDS, read_odf

        kind = mime_type.removeprefix(OPEN_DOCUMENT).removesuffix("-template")
        if kind in KINDS:
            return read_odf(archive, kind)
    if not mime_type and "[Content_Types].xml" not in archive.names:
        from assistant.ingest.formats.zip_parts import read_zip_parts

        return read_zip_parts(archive)
    from assistant.ingest.formats.docx.docx_text import read_docx

    return read_docx(archive, archive.word_part())
