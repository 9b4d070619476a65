"""BM25 made in little memory is the one that bm25s makes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.lexical import LexicalIndex
from assistant.index.postings import Postings
from assistant.index.store import Generation
from assistant.text.terms import terms_of


def expected(passages: list[str], folder: Path) -> None:
    """What bm25s itself makes of the terms, in `folder`."""
    tokens = [terms_of(passage) for passage in passages]
    vocabulary = {term: number for number, term in enumerate(sorted({term for own in tokens for term in own}))}
    bm25 = bm25s.BM25(method="lucene")
    bm25.index(([[vocabulary[term] for term in own] for own in tokens], vocabulary), show_progress=False)
    bm25.save(folder, show_progress=False)


def indexed(passages: Sequence[str], block: int, in_memory: int) -> LexicalIndex:
    """The index of `passages`, sorted in parts."""
    with closing(Postings(block=block, in_memory=in_memory)) as made:
        for passage in passages:
            made.add(passage)
        return LexicalIndex.of(made)


def agree(made: Path, theirs: Path) -> None:
    assert sorted(path.name for path in made.iterdir()) == sorted(path.name for path in theirs.iterdir())
    for path in theirs.iterdir():
        if path.name.startswith("data."):
            np.testing.assert_allclose(np.load(made / path.name), np.load(path), rtol=1e-6)
        else:
            assert (made / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize(("block", "in_memory"), [(1 << 18, 1 << 24), (500, 3000), (1, 1)])
def test_files_are_those_of_bm25s_on_real_text(
    generation: Generation, tmp_path: Path, block: int, in_memory: int
) -> None:
    """In one part, and in many."""
    passages = [document.text[first : first + 400] for document in generation.tables.documents() for first in (0, 400)]
    passages.insert(3, "…")  # without a word
    if block == 1:  # each posting on its own
        passages = [passage[:60] for passage in passages[:5]]
    indexed(passages, block, in_memory).save(tmp_path / "made")
    expected(passages, tmp_path / "theirs")
    agree(tmp_path / "made", tmp_path / "theirs")


@given(st.lists(st.text("ab c", max_size=8), min_size=1, max_size=8), st.integers(1, 5), st.integers(1, 9))
def test_however_it_is_cut_into_parts_it_scores_the_same(passages: list[str], block: int, in_memory: int) -> None:
    whole = LexicalIndex.build(passages)
    parts = indexed(passages, block, in_memory)
    for query in ("a", "b c", "ab ac abc"):
        np.testing.assert_array_equal(parts.scores(query), whole.scores(query))


def test_nothing_of_its_files_remains(tmp_path: Path) -> None:
    made = Postings(tmp_path)
    made.add("one two two")
    made.add("two three")
    terms, arrays = made.sorted(1.5, 0.75)
    assert terms == ["one", "one two", "three", "two", "two three", "two two"]
    assert arrays["indices"].tolist() == [0, 0, 1, 0, 1, 1, 0]
    made.close()
    assert not list(tmp_path.iterdir())
