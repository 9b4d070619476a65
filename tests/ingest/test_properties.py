"""Whatever the bytes: loading never raises, and what it yields is tidy."""

from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assistant.ingest.decode import binary_format
from assistant.ingest.load import load_documents
from assistant.records import Document
from assistant.text.normalise import normalise_line, opening_words
from testkit.parsed_here import ParsedHere

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
INVISIBLE = "\u200b\u00ad\u00a0\ufeff\u2060\x00\x07\t"
PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div>", "<table><tr><td>", "<br>", "<!--", "-->", "<script>", "</script>", "<html>", "</body>",
        "&amp;nbsp;", "&#58;", "# ", "\n", "\n\n", "- ", "1. ", "a | b | c", "```", "---\ntitle: x\n---\n", "](",
        "Source: https://a.example/x\n", "Báo AnBáo An16/10/2025", "Comment (0)", "photo.jpg", "\u00a0", "\u200b",
        "\x00", "e\u0302\u0301", "đ", "👩\u200d🔬", "**",
        "A sentence about the harbour of Ustka and the larger ships that reach it. ",
    ]
)  # fmt: skip


def check(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.txt").write_bytes(data)
        loaded = load_documents([folder], make_workers=ParsedHere)
    assert len(loaded.documents) + len(loaded.failures) == 1
    if binary_format(data) is None:  # of a text "damaged" would hide an error of the code
        assert not any("damaged" in failure.error for failure in loaded.failures)
    for document in loaded.documents:
        assert document.title
        assert unicodedata.is_normalized("NFC", document.text)
        assert document.text == document.text.strip()
        assert not any(character in document.text for character in INVISIBLE)
        outside = document.text
        for block in reversed(document.blocks):
            if block.kind == "code":  # which keeps its indentation
                outside = outside[: block.start] + "code" + outside[block.end :]
        assert not any(gap in outside for gap in ("  ", " \n", "\n ", "\n\n\n"))
        check_blocks(document)


def check_blocks(document: Document) -> None:
    """The blocks are slices in order, tidy, and hold all words but those of the labels."""
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end
        text = document.text[block.start : block.end]
        assert text == text.strip()
        assert not text.startswith(("# ", "- "))
        between = document.text[position : block.start]
        assert "".join(filter(str.isalnum, between)) in block.label
        position = block.end
    assert not any(map(str.isalnum, document.text[position:]))


@given(st.binary(max_size=300))
@QUICK
def test_random_bytes_never_raise(data: bytes) -> None:
    check(data)


@given(st.lists(PIECES, max_size=30).map("".join))
@example("# \u200b")
@example("# # a\n\n1. # b\n- - c")
@QUICK
def test_mixtures_of_marks_never_raise_and_come_out_tidy(text: str) -> None:
    check(text.encode())


@given(st.text(max_size=300))
@QUICK
def test_any_text_comes_out_tidy(text: str) -> None:
    check(text.encode("utf-8", "replace"))


@given(st.text())
@QUICK
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert normalise_line(normalise_line(text)) == normalise_line(text)


@given(st.text(min_size=1, max_size=400))
@QUICK
def test_opening_words_are_short_and_begin_the_text(text: str) -> None:
    words = opening_words(text)
    assert len(words) <= 90
    assert words.endswith("…") or words == normalise_line(text)
