"""Everything bad at once: each file is a listed failure with a hint, or a document that chunks.

What has tests of its own beside these: each format (ingest/test_<format>.py), protected, cut and scanned PDFs
(ingest/test_pdf.py), ZIP bombs and renamed files (ingest/test_docx.py), crashes and memory of the process that reads
both (ingest/test_worker.py), names, duplicate ids, cut lines, half a gigabyte and many files (ingest/test_load.py),
encodings (ingest/test_read.py), runs of marks (text/test_sentences.py).
"""

from __future__ import annotations

import io
import json
import os
import random
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from assistant.ingest.chunk import Limits, split_document
from assistant.ingest.decode import MAX_BYTES
from assistant.ingest.formats.jsonl import MAX_LINE_BYTES
from assistant.ingest.load import Loaded, load_documents
from assistant.text.tokens import TokenCounter
from testkit.ole_files import msg, xls, xlsb
from testkit.papers import ENGLISH, POLISH, paragraphs, pdf, word
from tests.command import run

pytestmark = pytest.mark.slow

STORY = "The mill stands by the river. It was built in 1804 and grinds rye and wheat for three villages."
ARABIC = "تقع الطاحونة على ضفة النهر وتطحن القمح والشعير لثلاث قرى مجاورة منذ عام 1804. "
PDF = pdf([part for _ in range(20) for part in paragraphs("# Health in Ustka", POLISH, ENGLISH)])


def bomb(name: str = "word/document.xml") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(30_000_000))
    return target.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append([ENGLISH])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BAD: dict[str, bytes] = {
    "locked.pdf": pdf(paragraphs(POLISH), encrypt="secret"),
    "cut.pdf": PDF[:700],
    "bomb.docx": bomb(),
    "photo.docx": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "renamed.pdf": b"\xff\xd8\xff\xe0" + bytes(100),
    "cut.docx": word(lambda document: document.add_paragraph(ENGLISH))[:2_000],
    "empty.html": b"<html><body><script>x()</script></body></html>",
    "noise.txt": bytes((i * 7919 + i // 3) % 256 for i in range(5000)),
    "marks only.txt": "\u0301\u0302\u200b\u202e".encode() * 2_000,
    "cut.xlsx": workbook()[:2_000],
    "page.xlsx": b"<html><body></body></html>",
    "locked.xlsx": OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"),
    "old.doc": OLD_OFFICE + "WordDocument".encode("utf-16-le"),
    "old.ppt": OLD_OFFICE + "PowerPoint Document".encode("utf-16-le"),
    "cut.xls": xls([[("name", ""), (7, "0")]])[:3_000],
    "cut.msg": msg(ENGLISH)[:2_000],
    "cut.xlsb": xlsb([["name", 7.0]])[:500],
    "bomb.zip": bomb("a.txt"),
    "cut.json": b'{"a": {"b": "text',
    "cut.xml": b"<?xml version='1.0'?><a><b>text",
    "numbers.json": b"[" + b"1.5," * 5_000 + b"2]",
    "pictures.rtf": b"{\\rtf1{\\pict " + b"0a" * 5_000 + b"}}",
    "text.jsonl": b"\x1f\x8b" + bytes(50),
}
ODD: dict[str, str] = {
    "word.txt": "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=50_000)),
    "rtl.txt": ARABIC * 300 + "\u202e\u2066\u202b" * 5_000 + STORY,
    "marks.txt": STORY + " a" + "\u0301\u0323\u0489" * 20_000 + " " + STORY,
    "quotes.txt": STORY + " " + "«„'" * 20_000,
    "emoji.txt": STORY + " " + "👩\u200d🔬" * 10_000,
    "ideograms.txt": "磨坊坐落在河边。" * 5_000,
    "nested.html": "<html><body>" + "<div>" * 20_000 + STORY + " It has a wheel.</body></html>",
    "brackets.md": "# Mill\n\n" + STORY + "\n\n" + "[" * 20_000 + "](" * 5_000,
    "title.html": f"<html><title>{'Mill | ' * 20_000}</title><body><p>{STORY} It has two wheels.</p></body></html>",
    "blank.txt": STORY + " \u00a0\t" * 20_000 + "\n" * 20_000 + STORY,
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("bad")
    for name, data in BAD.items():
        (folder / name).write_bytes(data)
    for name, text in ODD.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "good.txt").write_text(STORY, "utf-8")
    return load_documents([str(folder)])


def test_each_bad_file_is_a_failure_with_a_hint_and_the_rest_is_read(loaded: Loaded) -> None:
    assert {failure.source for failure in loaded.failures} == set(BAD)
    assert all(failure.error and failure.hint for failure in loaded.failures)
    assert {document.doc_id for document in loaded.documents} == {*ODD, "good.txt"}


def test_what_is_odd_is_read_with_a_short_title_and_cut_into_exact_chunks(loaded: Loaded) -> None:
    counter = TokenCounter()
    limits = Limits(256, 1, counter.count, lambda text: len(text.encode()) <= 2_000)
    for document in loaded.documents:
        assert len(document.title) <= 410, document.doc_id
        assert "\u202e" not in document.text
        reached = 0
        chunks, sentences = split_document(document, limits)
        for chunk in chunks:
            assert not document.text[reached : chunk.start].strip()
            assert len(chunk.text.encode()) <= 2_000
            reached = max(reached, chunk.end)
        assert not document.text[reached:].strip()
        assert all(counter.count(document.text[s.start : s.end]) <= 256 for s in sentences)
    texts = {document.doc_id: document.text for document in loaded.documents}
    assert all(texts[name].count(STORY) == ODD[name].count(STORY) for name in ODD)
    assert len(texts["word.txt"]) == 50_000


def row(number: int, text: str) -> bytes:
    return json.dumps({"id": str(number), "title": "Mill", "text": text, "lang": "en"}).encode() + b"\n"


def test_a_jsonl_of_any_size_is_read_line_by_line(tmp_path: Path) -> None:
    long = "x" * MAX_LINE_BYTES
    with (tmp_path / "docs.jsonl").open("wb") as file:
        file.write(row(0, STORY) + row(1, long))
        for _ in range(38):  # lines that end up as nothing make the file long and its documents few
            file.write(b'{"id": "1", "text": "' + bytes(1_500_000).replace(b"\x00", b" ") + b'"}\r\n')
        file.write(row(50, STORY) + row(50, STORY) + row(51, STORY)[:40])
        assert file.tell() > 1.5 * MAX_BYTES
    tracemalloc.start()
    try:
        loaded = load_documents([str(tmp_path)])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [document.doc_id for document in loaded.documents] == ["0", "50"]
    said = {failure.source.rpartition(":")[2]: failure.error for failure in loaded.failures}
    assert list(said) == ["2", *map(str, range(3, 41)), "42", "43"]
    assert "longer than 20 MB" in said["2"]
    assert "already" in said["42"]
    assert "not JSON" in said["43"]
    assert most < 3 * MAX_LINE_BYTES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1250"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_jsonl_is_read_in_any_encoding_and_with_any_line_ends(tmp_path: Path, encoding: str, ending: str) -> None:
    rows = [{"id": str(n), "text": f"Szpital nr {n}. {POLISH}", "lang": "pl"} for n in range(3)]
    lines = ending.join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "docs.jsonl").write_bytes(lines.encode(encoding))
    loaded = load_documents([str(tmp_path)])
    assert loaded.failures == ()
    assert [document.text for document in loaded.documents] == [row["text"] for row in rows]


def test_a_long_line_takes_a_small_multiple_of_its_size(tmp_path: Path) -> None:
    (tmp_path / "line.txt").write_text((STORY + " ") * 100_000, "utf-8")
    size = (tmp_path / "line.txt").stat().st_size
    load_documents([str(tmp_path)])  # what is loaded once, as the model of languages, is not counted
    tracemalloc.start()
    try:
        (document,) = load_documents([str(tmp_path)]).documents
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(document.text) > 0.99 * size
    assert most < 8 * size


@pytest.mark.model
def test_the_command_line_lists_what_is_bad_and_indexes_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("locked.pdf", "bomb.docx", "photo.docx"):
        (folder / name).write_bytes(BAD[name])
    (folder / "lines.jsonl").write_bytes(row(1, STORY) + row(1, STORY) + row(2, STORY)[:30])
    (folder / "good.txt").write_text(STORY, "utf-8")
    odd = 0
    if os.name != "nt":
        (folder / "a\nb.txt").write_text(STORY, "utf-8")
        Path(os.fsdecode(bytes(folder) + b"/b\xff.txt")).write_text(STORY, "utf-8")
        odd = 2
    done = run("index", "--source", folder, "--store", tmp_path / "store", "--json")
    report = json.loads(done.out)
    assert done.code == 0
    assert (report["documents"], len(report["failed"])) == (2, 5 + odd)
    assert all(failure["hint"] for failure in report["failed"])
