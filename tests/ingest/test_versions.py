"""The same text in several files is one document; texts that agree but for some sentences are versions."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.ingest.load import load_documents
from assistant.ingest.versions import text_sketch
from assistant.records import Document
from assistant.storage.shingles import text_windows
from testkit.parsed_here import ParsedHere

RULES = [
    "The bicycle cellar is opened with the blue key.",
    "It is closed from eleven in the evening to five in the morning.",
    "Bicycles without a sticker are removed in March.",
    "The sticker is sold by the caretaker on Tuesdays.",
    "Trailers stand in the yard, beside the wall of the bakery.",
]


def load(folder: Path, **given: object) -> dict[str, Document]:
    loaded = load_documents([str(folder)], make_workers=ParsedHere, **given)  # type: ignore[arg-type]
    found = {document.doc_id: document for document in loaded.documents}
    assert loaded.failures == ()
    loaded.close()
    return found


def write(folder: Path, name: str, *sentences: str, changed: float | None = None) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(" ".join(sentences), "utf-8")
    if changed is not None:
        os.utime(path, (changed, changed))


def test_the_same_text_is_one_document_with_all_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "old/copy/a (1).txt"):
        write(tmp_path, name, *RULES)
    write(tmp_path, "c.txt", "Another text of the house.")
    found = load(tmp_path)
    assert list(found) == ["a.txt", "c.txt"]
    assert found["a.txt"].also_at == ("b.txt", "old/copy/a (1).txt")
    assert found["c.txt"].also_at == ()


def test_the_lines_of_copies_are_no_boilerplate(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Port office\n\n{' '.join(RULES)}\n\nOpen from nine to five\n", "utf-8")
    text = load(tmp_path)["a.txt"].text
    assert text.startswith("# Port office")
    assert text.endswith("five")


def test_the_copy_of_a_removed_document_stays(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", *RULES)
    write(tmp_path, "b.txt", *RULES)
    found = load(tmp_path, removed=["a.txt"])
    assert list(found) == ["a.txt", "b.txt"]
    assert found["b.txt"].also_at == ()


def test_files_that_state_different_addresses_are_different_documents(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path, f"{name}.md", f"---\nurl: https://{name}.example/rules\n---\n\n# Rules\n\n", *RULES)
    assert list(load(tmp_path)) == ["a.md", "b.md"]


def test_texts_that_agree_but_for_some_sentences_are_versions_the_newer_first(tmp_path: Path) -> None:
    write(tmp_path, "2019/rules.md", "---\ndate: 2019-05-01\n---\n\n# Rules\n\n", *RULES)
    write(
        tmp_path, "2024/rules.md", "---\ndate: 2024-05-01\n---\n\n# Rules\n\n", *RULES[:4], "Trailers are not allowed."
    )
    write(tmp_path, "other.md", "# Roof\n\nThe roof may be used until nine. Grills are not allowed there.")
    found = load(tmp_path)
    versions = ("2024/rules.md", "2019/rules.md")
    assert {doc_id: document.versions for doc_id, document in found.items()} == {
        "2019/rules.md": versions, "2024/rules.md": versions, "other.md": (),
    }  # fmt: skip


def test_without_dates_the_file_that_changed_last_is_the_newer(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", *RULES, changed=2_000)
    write(tmp_path, "b.txt", *RULES[1:], changed=3_000)
    write(tmp_path, "c.txt", *RULES[:4], changed=1_000)
    assert load(tmp_path)["a.txt"].versions == ("b.txt", "a.txt", "c.txt")


@pytest.mark.parametrize(("title", "versions"), [("Rules", ("2024.md", "2019.md")), ("Hints", ())])
def test_of_one_title_but_for_its_year_fewer_sentences_suffice(
    tmp_path: Path, title: str, versions: tuple[str, ...]
) -> None:
    new = ["Bicycles stand in the yard now.", "Ask the caretaker for a key of your own."]
    write(tmp_path, "2019.md", "---\ndate: 2019-05-01\n---\n\n# Rules of 2019\n\n", *RULES[:4])
    write(tmp_path, "2024.md", f"---\ndate: 2024-05-01\n---\n\n# {title} of 2024\n\n", *RULES[:2], *new)
    assert load(tmp_path)["2019.md"].versions == versions


def test_a_form_that_was_filled_in_often_has_no_versions(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path, f"{number:02}.txt", *RULES, f"This is bill {number} of the year.")
    assert all(document.versions == () for document in load(tmp_path).values())


@pytest.mark.parametrize("text", ["", "short", "a" * 100, "病" * 50])
def test_short_texts_have_sketches_too(text: str) -> None:
    assert len(text_sketch(text)) % 8 == 0


def test_sketches_of_texts_that_share_most_share_hashes() -> None:
    one, other = (text_sketch(" ".join(rules)) for rules in (RULES, RULES[:4]))
    assert len(np.intersect1d(np.frombuffer(one, np.uint64), np.frombuffer(other, np.uint64))) > 10
    assert text_sketch(" ".join(RULES)) == one


def test_a_long_text_is_sketched_in_little_time() -> None:
    text = " ".join(f"Sentence {number} of the book." for number in range(40_000))
    begun = time.monotonic()
    text_sketch(text)
    assert time.monotonic() - begun < 2
    assert len(text_windows(text)) > 100_000
