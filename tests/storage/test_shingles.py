from __future__ import annotations

import json
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.storage.shingles import FOUND_BYTES, SHINGLE_BYTES, Shingles
from assistant.storage.stored_text import names_and_texts, plain_texts

SENTENCE = "Trạm bơm Alda – the “old” one – was sold for 4 312 zł & closed in 1987."
OTHER = "The lighthouse of Brenn is forty metres tall, and it guards the northern harbour."


@given(st.binary(max_size=60), st.integers(0, 40), st.binary(max_size=60))
def test_each_long_run_of_a_text_is_found_among_any_bytes(before: bytes, first: int, after: bytes) -> None:
    dense = "".join(f"{SENTENCE} {OTHER}".split()).encode()
    run = dense[first : first + FOUND_BYTES]
    shingles = Shingles.of([f"{SENTENCE} {OTHER}"])
    assert shingles.found_in(before + run + after)
    assert not shingles.found_in(before + after)


def test_shorter_than_a_window_is_nothing() -> None:
    assert len(Shingles.of(["x" * (SHINGLE_BYTES - 1)])) == 0
    assert not Shingles.of(["short"]).found_in(b"short")
    assert not Shingles.of([]).found_in(SENTENCE.encode())


def test_what_another_text_shares_is_not_searched_for() -> None:
    both = Shingles.of([f"{SENTENCE} {OTHER}"])
    left = both.without([OTHER])
    assert left.found_in(SENTENCE.encode())
    assert not left.found_in(OTHER.encode())
    assert len(Shingles.union([left, Shingles.of([OTHER])])) == len(both) > len(left)


def test_texts_that_differ_in_single_letters_are_told_apart() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = {f"{x}2345678{y}2345678{z}2345678" for x in letters for y in letters for z in letters}
    assert len(Shingles.of(texts)) == len(texts)


def test_a_run_across_the_blocks_of_a_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "large"
    for place in ((1 << 24) - 40, (1 << 24) - 3, 0):
        path.write_bytes(bytes(place) + OTHER.encode() + bytes(100))
        assert Shingles.of([OTHER]).found_in_file(path)
        assert not Shingles.of([SENTENCE]).found_in_file(path)


def test_text_is_read_in_every_form_in_which_it_is_stored() -> None:
    page = "<p>Trạm bơm <b>Alda</b> &ndash; the &ldquo;old&rdquo;\u00a0one – was\n<i>sold</i> for 4&nbsp;312 zł &amp;"
    page += " closed in 1987."
    forms = [
        SENTENCE.encode(),
        json.dumps([SENTENCE]).encode(),
        json.dumps({"reply": f'He said: "{SENTENCE}"'}, ensure_ascii=False).encode(),
        zlib.compress(json.dumps([{"text": SENTENCE}], ensure_ascii=False).encode()),
        b'{"url": "https://a.example/"}\n' + zlib.compress(page.encode()),
    ]
    shingles = Shingles.of([SENTENCE])
    assert [shingles.found_in(plain_texts([b"other", form])) for form in forms] == [True] * len(forms)
    parts = [SENTENCE.encode()[first : first + 20] for first in range(0, 100, 20)]
    assert shingles.found_in(b"".join(parts))
    assert not shingles.found_in(plain_texts(parts)), "each is too short"


def test_the_documents_and_texts_of_stored_json_are_found() -> None:
    parsed = zlib.compress(json.dumps([["a.txt", "Document", {"doc_id": "a.txt", "text": "T"}]]).encode())
    fetched = b'{"url": "https://a.example/", "final": "https://b.example/"}\n' + zlib.compress(b"{")
    assert names_and_texts([parsed]) == ({"a.txt"}, ["T"])
    assert names_and_texts([fetched, b"[" * 100_000, b"{no json", b""])[0] == {
        "https://a.example/",
        "https://b.example/",
    }
