"""Whatever the bytes: the parsers give a document or a reason, and the chunker exact slices that leave nothing out.

    python -m benchmarks.fuzz TARGET [--seconds 600] [--out FOLDER] [--again FILE]

needs atheris (`pip install atheris`), which mutates the samples of testkit/ by what they are made of and keeps what
reaches new code. Each kind of finding (an error that is none of ours, a broken property, an input that takes longer
than LIMIT_S, another result the second time) is printed once and its smallest input kept in the folder. Exit code 1
when there was one. `--again` runs one kept input and lets the error through.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

from assistant.errors import SourceError
from assistant.ingest.chunk import Limits, split_document
from assistant.ingest.decode import UnreadableFileError, read_text
from assistant.ingest.formats.docx.docx_text import read_docx
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
from testkit.office_files import RECORDS, RTF, eml, epub, odt, pptx, xlsx
from testkit.ole_files import msg, xls, xlsb
from testkit.papers import ENGLISH, POLISH, VIETNAMESE, drawn, paragraphs, pdf, table, word, write_lines
from testkit.samples import SAMPLES

LIMIT_S = 4.0
LONGEST = 20_000
LONGEST_TEXT = 200_000
INVISIBLE = re.compile("[\u200b\u00ad\u00a0\ufeff\u2060\x00\x07\t]|  | \n|\n |\n\n\n")
TOKENS = [
    "<p>", "</p>", "<div class='nav'>", "</div>", "<table><tr><td>", "</td><td>", "</table>", "<br>", "<!--", "-->",
    "<script>", "</script>", "<script type='application/ld+json'>", "<html lang='pl'>", "</body>", "<h1>", "</h1>",
    "<li>", "<meta property='og:title' content='", "<link rel='canonical' href='https://a.example/b/c'>", "<title>",
    "&amp;nbsp;", "&#58;", "&#xD800;", "&lt;", "# ", "## ", "\n", "\n\n", "\r", "- ", "1. ", "a | b | c", "|---|---|",
    "```", "---\n", "title: ", "date: 2024-03-05\n", "](", "[a](https://a.example)", "**", "__", "~~", "\\",
    "<!DOCTYPE html>", "Source: https://a.example/x\n", "Báo AnBáo An16/10/2025", "Comment (0)", "photo.jpg",
    "\u00a0", "\u200b", "\x00", "e\u0302\u0301", "đ", "👩\u200d🔬", "\u202e", "\u0301", "«", "“", "'", "\u2028",
    "\ufeff", "؟", "病院。", "...", "; ", '{"id": "', '", "text": "', '"}', "\\ud800", "\\u0000", "null", "[[", "1e999",
    "4 March 2024", "A sentence of the port. ",
]  # fmt: skip
PDF_TOKENS = [
    "obj", "endobj", "stream\n", "endstream", "<<", ">>", "/Type", "/Pages", "/Kids[", "/Count 99999999", "/Length ",
    "BT", "ET", "Tj", "TJ", "Tf", "Tm", "Td", "cm", "q", "Q", "re", "m", "l", "S", "0 0 1e38 0", "-1 0 0 -1",
    "/MediaBox[0 0 0 0]", "/Rotate 90", "/Contents", "/Font", "/ToUnicode", "xref", "trailer", "startxref",
    "%PDF-1.7", "%%EOF", "NaN", "(", ")",
]  # fmt: skip
WORD_TOKENS = [
    "<w:p>", "</w:p>", "<w:r>", "</w:r>", "<w:t>", "</w:t>", "<w:tbl>", "</w:tbl>", "<w:tr>", "</w:tr>", "<w:tc>",
    "</w:tc>", "<w:pPr><w:pStyle w:val='Heading1'/></w:pPr>", "<w:numPr>", "<w:del>", "</w:del>", "<w:ins>",
    "<w:br/>", "<w:tab/>", "<w:sdt>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "<w:vanish/>",
    "<w:outlineLvl w:val='99'/>", "<mc:AlternateContent>", "<w:numPr><w:ilvl w:val='8'/><w:numId w:val='5'/></w:numPr>",
    "<w:start w:val='99999'/>", "<w:numFmt w:val='upperRoman'/>", "<w:lvlText w:val='%1.%9'/>", "<w:isLgl/>",
    "<w:tcPr><w:gridSpan w:val='99'/><w:vMerge/></w:tcPr>", "<w:txbxContent>", "</w:txbxContent>",
]  # fmt: skip


class BrokenError(Exception):
    """A property does not hold."""


class SlowError(Exception):
    """An input takes too long."""


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
        require(not INVISIBLE.search(document.text), "not tidy")
    if len(document.text) <= LONGEST_TEXT:  # a flood inside a small archive may be a long text, which takes its time
        check_chunks(document, limits)


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
    """The document of a PDF or Word file."""
    try:
        packed = read(data)
    except RefusedError as error:
        require(bool(error.error and error.hint), "no hint")
        return []
    pages = list(packed.pages)
    require(not pages or (pages[0] == 0 and pages == sorted(pages) and pages[-1] < len(packed.text)), "pages")
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
    "pdf": lambda data: read_packed(read_pdf, data),
    "docx": lambda data: read_packed(read_word, data),
    "office": lambda data: read_packed(read_zip, data),
    "mail": lambda data: read_packed(read_eml, data),
    "ole": lambda data: read_packed(read_ole, data),
    "rtf": lambda data: read_packed(read_rtf, data),
    "records": lambda data: read_packed(read_fields, data),
    "chunk": read_chunk,
}
ZIPPED = ("docx", "office")
TIDY = ("mail", "rtf", "records", "html", "markdown", "text", "jsonl")
# What a library raises on broken files of these kinds becomes a failure in the process that reads them.
LIBRARIES = {
    "pdf": ("pypdfium2", "pdfplumber", "pdfminer"),
    "docx": ("lxml", "zipfile"),
    "office": ("lxml", "zipfile"),
    "ole": ("olefile", "oxmsg", "xlrd"),
}


def seeds(target: str) -> list[bytes]:
    """Where the mutations begin."""
    raw = {sample.name: sample.raw.encode() for sample in SAMPLES}
    if target == "pdf":
        rows = [["Ward", "Doctors"], ["Surgery", "Eleven"]]
        lines = [ENGLISH[:40], POLISH[:40]]
        return [
            pdf([*paragraphs("# Health", ENGLISH, "---", "- a", POLISH), *table(rows)]),
            drawn(lambda canvas: write_lines(canvas, 60, 700, lines)),
        ]
    made = {
        "office": [xlsx(), odt(), pptx(), epub(), xlsb([["name", "beds"], ["Ward 7", 12.0]])],
        "mail": [eml()],
        "ole": [
            msg(ENGLISH, attachments={"a.txt": POLISH.encode()}),
            xls([[("name", ""), (7, "0.0%"), (45000, "d.m.y")]]),
        ],
        "rtf": [RTF],
        "records": [*RECORDS],
    }
    if target in made:
        return made[target]
    if target == "docx":
        return [word(lambda document: document.add_paragraph(VIETNAMESE)), word(_fill)]
    if target == "jsonl":
        row = {
            "id": "a",
            "title": "T",
            "text": ENGLISH,
            "url": "https://a.example",
            "published": "2024-03-05",
            "lang": "en",
        }
        return [json.dumps(row).encode() + b"\n" + json.dumps({"_id": 7, "text": POLISH}).encode()]
    if target == "stated":
        return [
            b'---\ntitle: "A: b"\ndate: 2024-03-05 # c\ntags:\n  - x\ntext: >\n  folded\n  more\n---\nText\n',
            b'["a.txt"]\ntitle = "T"\nurl = "https://a.example"\nurl_kind = "page"\nlanguage = "en"\n'
            b'published = 2024-03-05\nquestions = ["A?"]\nnote = "n"\n',
        ]
    chosen = {
        "html": [name for name, data in raw.items() if b"<html" in data],
        "markdown": [name for name in raw if name.endswith((".md", "guide.txt"))],
    }.get(target, list(raw))
    return [raw[name] for name in chosen]


def _fill(document: object) -> None:
    from docx.document import Document as WordDocument

    assert isinstance(document, WordDocument)
    document.add_heading("Plan", 0)
    document.add_paragraph("one", style="List Bullet")
    made = document.add_table(rows=2, cols=2)
    for cell in (cell for row in made.rows for cell in row.cells):
        cell.text = ENGLISH[:30]


def mutated(data: bytes, target: str, rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    """The bytes changed by what they are made of, or (`plain`) by the fuzzer's own means."""
    if target in ZIPPED:
        return _mutated_zip(data, rest, plain)
    tokens = [token.encode("utf-8", "replace") for token in (PDF_TOKENS if target == "pdf" else TOKENS)]
    return _changed(data, tokens, rest, plain)


def _changed(data: bytes, tokens: Sequence[bytes], rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    at, other = sorted((rest.randint(0, len(data)), rest.randint(0, len(data))))
    match rest.randrange(8):
        case 0 | 1:
            return data[:at] + rest.choice(tokens) + data[at:]
        case 2:  # a flood
            return data[:at] + rest.choice(tokens) * rest.choice((10, 100, 1_000)) + data[at:]
        case 3:
            return data[:at] + data[other:]
        case 4:
            return data[:other] + data[at:other] * rest.choice((1, 3, 50)) + data[other:]
        case 5:
            lines = data.split(b"\n")
            rest.shuffle(lines)
            return b"\n".join(lines)
    return plain(data)


def _mutated_zip(data: bytes, rest: random.Random, plain: Callable[[bytes], bytes]) -> bytes:
    """The archive with one of its parts changed, seldom with its own bytes changed."""
    parts: dict[str, bytes] = {}
    if rest.randrange(10):
        with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {entry.filename: archive.read(entry) for entry in archive.infolist() if entry.file_size < 200_000}
    wanted = [name for name in parts if re.search(r"document|styles|core|numbering|sheet|slide|content|book|a.x", name)]
    if not wanted:
        return plain(data)
    name = rest.choice(wanted)
    parts[name] = _changed(parts[name], [token.encode() for token in WORD_TOKENS + TOKENS[:40]], rest, plain)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for part, content in parts.items():
            made.writestr(part, content)
    return target.getvalue()


@dataclass(slots=True)
class Fuzzer:
    """Runs inputs until the time is up, and keeps what it finds."""

    target: str
    out: Path
    ends: float
    limits: Limits
    runs: int = 0
    slowest_s: float = 0.0
    found: dict[str, int] = field(default_factory=dict)

    def run(self, data: bytes) -> None:
        """One input; a finding is kept and nothing raised."""
        if time.monotonic() > self.ends:
            print(
                f"{self.target}: {self.runs} runs, slowest {self.slowest_s:.1f} s, {len(self.found)} findings",
                flush=True,
            )
            os._exit(bool(self.found))
        self.runs += 1
        started = time.monotonic()
        try:
            with time_limit(LIMIT_S):
                self.check(data)
        except Exception as error:
            self._keep(data, error)
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)

    def check(self, data: bytes) -> None:
        """Raises whatever is wrong with what comes of `data`."""
        read = READERS[self.target]
        documents = self._read(data)
        for document in documents:
            check_document(document, self.limits, tidy=self.target in TIDY)
        if self.runs % 8 == 0 and documents:
            require(read(data) == documents, "another result the second time")

    def _read(self, data: bytes) -> list[Document]:
        try:
            return READERS[self.target](data)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1].filename
            if any(library in last for library in LIBRARIES.get(self.target, ())) and not isinstance(error, SlowError):
                return []
            raise

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/assistant/" in frame.filename]
        place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "property"
        kind = f"{type(error).__name__} {error if isinstance(error, BrokenError) else ''} in {place}"
        if len(data) >= self.found.get(kind, sys.maxsize):
            return
        if kind not in self.found:
            print(f"{self.target}: {kind}: {str(error)[:200]}", flush=True)
        self.found[kind] = len(data)
        name = re.sub(r"\W+", "-", f"{self.target}-{kind}")
        (self.out / name).write_bytes(data)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise SlowError inside when it takes longer."""

    def end(*_: object) -> None:
        raise SlowError

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def own_functions() -> list[FunctionType]:
    """The functions that read and cut: what is new in them is what the fuzzer looks for."""
    names = [name for name in sys.modules if name.startswith(("assistant.ingest.", "assistant.text."))]
    found: dict[int, FunctionType] = {}
    for holder in [sys.modules[name] for name in names]:
        for value in list(vars(holder).values()):
            inside = list(vars(value).values()) if isinstance(value, type) else [value]
            for function in inside:
                if isinstance(function, FunctionType) and function.__module__ in names:
                    found[id(function)] = function
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(READERS))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--out", type=Path, default=Path("fuzz"))
    parser.add_argument("--again", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    # Bytes and characters stand for tokens: what is looked for does not depend on how they are counted.
    limits = Limits(64, 1, lambda text: len(text) // 4 + 1, lambda text: len(text.encode("utf-8", "replace")) <= 400)
    fuzzer = Fuzzer(asked.target, asked.out, time.monotonic() + asked.seconds, limits)
    if asked.again:
        fuzzer.check(asked.again.read_bytes())
        return
    import atheris

    for function in own_functions():
        atheris.instrument_func(function)
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds(asked.target)):
            (Path(corpus) / str(number)).write_bytes(data)

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            changed = mutated(data, asked.target, random.Random(seed), lambda part: atheris.Mutate(part, most))
            return changed[:most]

        arguments = [sys.argv[0], corpus, f"-max_len={60_000 if asked.target in ('pdf', *ZIPPED) else LONGEST}"]
        atheris.Setup([*arguments, "-rss_limit_mb=4000", "-timeout=120"], fuzzer.run, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
