"""Sources → documents and failures: one bad file stops nothing, a wrong source says what is right."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.ingest import decode
from assistant.ingest.load import Loaded, load_documents
from testkit.parsed_here import ParsedHere

pytestmark = pytest.mark.slow  # files are read by processes

STORY = "The mill stands by the river.\n\nIt was built in 1804 and grinds rye and wheat for three villages."


def write(folder: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def load(*sources: Path) -> Loaded:
    return load_documents([str(source) for source in sources], make_workers=ParsedHere)


def ids(loaded: Loaded) -> list[str]:
    return [document.doc_id for document in loaded.documents]


def test_folder_is_walked_in_order_and_ids_are_relative_paths(tmp_path: Path) -> None:
    write(tmp_path, b_dot_txt=STORY + " B.", a__z_dot_txt=STORY, a__b_dot_md="# T\n\n" + STORY)
    assert ids(load(tmp_path)) == ["a/b.md", "a/z.txt", "b.txt"]


def test_hidden_files_readme_and_sources_toml_are_no_documents(tmp_path: Path) -> None:
    write(
        tmp_path, a_dot_txt=STORY, _dot_hidden=STORY, README_dot_md=STORY, sources_dot_toml="", _dot_old__x_dot_txt=""
    )
    loaded = load(tmp_path)
    assert (ids(loaded), loaded.failures) == (["a.txt"], ())


def test_single_file_is_named_by_its_file_name(tmp_path: Path) -> None:
    write(tmp_path, mill_dot_txt=STORY)
    assert ids(load(tmp_path / "mill.txt")) == ["mill.txt"]


def test_progress_is_reported_for_every_file(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt=STORY, b_dot_txt=b"", c_dot_txt=STORY)
    seen: list[tuple[int, int]] = []
    load_documents([str(tmp_path)], on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_links_out_of_the_source_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, secret_dot_txt=STORY, docs__a_dot_txt=STORY)
    (tmp_path / "docs" / "out.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "docs" / "outdir").symlink_to(tmp_path)
    assert ids(load(tmp_path / "docs")) == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"%PDF-1.7 abc", "PDF"),
        (b"PK\x03\x04" + b"\x00" * 30, "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "image"),
        (bytes(range(256)) * 40, "known encoding"),
        (b"<html><body><script>var a = 1;</script></body></html>", "no text"),
        (b"*** --- ***", "no text"),
    ],
)
def test_bad_file_is_a_failure_and_the_good_one_is_read(tmp_path: Path, content: bytes, said: str) -> None:
    write(tmp_path, bad_dot_txt=content, good_dot_txt=STORY)
    loaded = load(tmp_path)
    assert ids(loaded) == ["good.txt"]
    assert [failure.source for failure in loaded.failures] == ["bad.txt"]
    assert said in loaded.failures[0].error
    assert loaded.failures[0].hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_locked_file_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, bad_dot_txt=STORY, good_dot_txt=STORY)
    (tmp_path / "bad.txt").chmod(0)
    assert "cannot be read" in load(tmp_path).failures[0].error


def test_dangling_link_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, good_dot_txt=STORY)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
    loaded = load(tmp_path)
    assert (ids(loaded), loaded.failures[0].source) == (["good.txt"], "gone.txt")


def test_huge_file_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, bad_dot_txt=STORY, good_dot_txt=STORY)
    os.truncate(tmp_path / "bad.txt", decode.MAX_BYTES + 1)
    assert "larger than" in load(tmp_path).failures[0].error


def test_same_id_from_two_sources_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, a__x_dot_txt=STORY, b__x_dot_txt=STORY + " Again.")
    loaded = load(tmp_path / "a", tmp_path / "b")
    assert (ids(loaded), [failure.source for failure in loaded.failures]) == (["x.txt"], ["x.txt"])
    assert "Again" not in loaded.documents[0].text


@pytest.mark.parametrize("address", ["https://example.org/a.html", "http://example.org/sitemap.xml"])
def test_address_is_refused_with_a_way_out(address: str) -> None:
    with pytest.raises(SourceError, match=r"example\.org") as caught:
        load_documents([address])
    assert ".html" in caught.value.hint


def test_missing_and_empty_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        load(tmp_path / "nothing")
    with pytest.raises(SourceError, match="holds no documents"):
        load(tmp_path)


def test_type_is_recognised_from_content(tmp_path: Path) -> None:
    page = "<html><head><title>Mill</title></head><body><p>The mill stands by the river &amp; grinds.</p></body></html>"
    write(tmp_path, page_dot_txt=page, text_dot_html=STORY, heading_dot_txt="# The mill\n\n" + STORY)
    texts = {document.doc_id: document.text for document in load(tmp_path).documents}
    assert texts["page.txt"] == "The mill stands by the river & grinds."
    assert texts["text.html"].startswith("The mill stands by the river.")
    assert texts["heading.txt"].startswith("# The mill\n\n")


def test_markup_in_a_plain_text_stays_text(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="Never write <script>alert(1)</script> or <img onerror=x> into a form, said the teacher.")
    assert "<script>alert(1)</script> or <img onerror=x>" in load(tmp_path).documents[0].text


def test_jsonl_documents_are_taken_as_they_are(tmp_path: Path) -> None:
    rows = [
        {"id": "one", "title": "The mill", "text": "Menu\nComment (0)\n\nThe  mill\u00a0stands.", "lang": "en"},
        {
            "_id": 7,
            "text": "Nhà máy nằm bên bờ sông Cửu Long.",
            "url": "https://example.org/7",
            "published": "2024-03-05",
        },
    ]
    write(tmp_path, docs_dot_jsonl="\n".join(map(json.dumps, rows)))
    one, seven = load(tmp_path / "docs.jsonl").documents
    assert (one.doc_id, one.title, one.text) == ("one", "The mill", "Menu\nComment (0)\n\nThe mill stands.")
    assert (seven.doc_id, seven.language, seven.url_kind, seven.published) == ("7", "vi", "page", "2024-03-05")
    assert seven.title == "Nhà máy nằm bên bờ sông Cửu Long."


@pytest.mark.parametrize(
    "line",
    [
        "{", "[1]", '"text"', '{"text": "no id"}', '{"id": "a"}', '{"id": "a", "text": " "}', '{"id": "", "text": "x"}',
        '{"id": "a", "text": 5}', '{"id": "a", "text": "The mill sta',
        '{"id": "a", "text": "x", "url": "javascript:x()"}', "[" * 100_000,
        '{"id": "a", "text": "x", "published": "soon"}', '{"id": true, "text": "x"}',
    ],
)  # fmt: skip
def test_bad_line_is_a_failure_with_its_number(tmp_path: Path, line: str) -> None:
    write(tmp_path, docs_dot_jsonl='{"id": "good", "text": "The mill stands."}\n\n' + line + "\n")
    loaded = load(tmp_path)
    assert (ids(loaded), [failure.source for failure in loaded.failures]) == (["good"], ["docs.jsonl:3"])


def test_second_line_of_an_id_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, docs_dot_jsonl='{"id": "a", "text": "One."}\n{"id": "a", "text": "Two."}')
    loaded = load(tmp_path)
    assert (loaded.documents[0].text, loaded.failures[0].source) == ("One.", "docs.jsonl:2")


def test_one_endless_word_is_a_document_with_a_short_title(tmp_path: Path) -> None:
    write(tmp_path, a_dot_txt="a" * 50_000)
    (document,) = load(tmp_path).documents
    assert (len(document.text), len(document.title)) == (50_000, 89)


def test_a_file_of_half_a_gigabyte_is_not_read_whole(tmp_path: Path) -> None:
    write(tmp_path, good_dot_txt=STORY, bad_dot_txt=b"The mill stands. " * 10)
    os.truncate(tmp_path / "bad.txt", 500_000_000)
    tracemalloc.start()
    try:
        failure = load(tmp_path).failures[0]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "larger than" in failure.error
    assert most < 3 * decode.MAX_BYTES


@pytest.mark.slow
def test_many_small_files_are_all_read(tmp_path: Path) -> None:
    for number in range(1_500):
        (tmp_path / f"{number:04}.txt").write_text(f"Mill {number} stands by the river. It is old.", "utf-8")
    loaded = load(tmp_path)
    assert (len(loaded.documents), loaded.failures) == (1_500, ())


def test_the_index_inside_a_source_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge was opened in May. It is long and wide.", "utf-8")
    store = tmp_path / "vectorstore"
    store.mkdir()
    (store / "manifest.txt").write_text("The index is not a document of anyone's.", "utf-8")
    loaded = load_documents([str(tmp_path)], leave_out=store)
    assert [document.doc_id for document in loaded.documents] == ["a.txt"]
    assert loaded.failures == ()


@pytest.mark.skipif(os.name == "nt", reason="such names are impossible there")
@pytest.mark.parametrize("name", ["a\nb.txt", "a\x1b[31mb.txt", "a\u2028b.txt"])
def test_a_file_name_that_would_break_a_line_is_a_failure(tmp_path: Path, name: str) -> None:
    write(tmp_path, a_dot_txt=STORY)
    (tmp_path / name).write_text(STORY, "utf-8")
    loaded = load(tmp_path)
    assert ids(loaded) == ["a.txt"]
    assert [failure.source for failure in loaded.failures] == [name.encode("unicode_escape").decode()]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_file_name_that_is_not_utf_8_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge was opened in May. It is long and wide.", "utf-8")
    Path(os.fsdecode(bytes(tmp_path) + b"/b\xff.txt")).write_text("Text of a file that is badly named.", "utf-8")
    loaded = load_documents([str(tmp_path)])
    assert [document.doc_id for document in loaded.documents] == ["a.txt"]
    assert [failure.hint for failure in loaded.failures] == ["Rename the file."]


def test_a_home_folder_of_nobody_is_said_in_words() -> None:
    with pytest.raises(SourceError, match="nobody-of-that-name"):
        load_documents(["~nobody-of-that-name/x"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
@pytest.mark.parametrize("name", ["pipe.txt", "pipe.jsonl"])
def test_a_pipe_or_a_device_behind_a_link_is_a_failure_and_holds_nothing_up(tmp_path: Path, name: str) -> None:
    write(tmp_path, a_dot_txt=STORY)
    os.mkfifo(tmp_path / ".pipe")
    (tmp_path / name).symlink_to(tmp_path / ".pipe")
    loaded = load(tmp_path)
    assert ids(loaded) == ["a.txt"]
    assert [(failure.source, failure.error) for failure in loaded.failures] == [
        (name, "It is a pipe, a device or a socket, not a file.")
    ]


def test_a_device_is_not_read() -> None:
    with pytest.raises(decode.UnreadableFileError, match="device"), decode.open_bytes(Path(os.devnull), "null"):
        pass
