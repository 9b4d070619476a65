from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from assistant.index.lexical import LexicalIndex
from assistant.text.terms import terms_of

PASSAGE = st.lists(st.sampled_from("hospital bệnh viện szpital doctors a b c 2020 3.57 đ".split()), max_size=12).map(
    " ".join
)


@given(st.lists(PASSAGE, min_size=1, max_size=12), PASSAGE)
def test_scores_equal_a_reference_implementation(passages: list[str], query: str) -> None:
    index = LexicalIndex.build(passages)
    documents = [terms_of(passage) for passage in passages]
    if not any(documents):
        assert not index.scores(query).any()
        return
    reference = BM25Okapi(documents, k1=1.5, b=0.75)
    # The reference has Okapi's idf and a constant factor that Lucene's variant drops.
    n = len(documents)
    for term in reference.idf:
        df = sum(term in document for document in documents)
        reference.idf[term] = math.log(1 + (n - df + 0.5) / (df + 0.5))
    expected = reference.get_scores(terms_of(query)) / (reference.k1 + 1)
    np.testing.assert_allclose(index.scores(query), expected, rtol=1e-4, atol=1e-6)


def test_unaccented_words_find_accented_ones() -> None:
    index = LexicalIndex.build(["Bệnh viện Việt Tiệp ở Hải Phòng", "the hospital of another town"])
    scores = index.scores("benh vien viet tiep")
    assert scores[0] > 0 == scores[1]


def test_unknown_words_match_nothing() -> None:
    index = LexicalIndex.build(["one two", "three"])
    assert not index.scores("zebra").any()
    assert not index.scores("?!").any()
    assert index.idf("zebra") > index.idf("one")


def test_a_saved_index_is_the_same(tmp_path: Path) -> None:
    for number, passages in enumerate((["one two", "two three"], ["", "…"])):
        index = LexicalIndex.build(passages)
        folder = tmp_path / str(number)
        index.save(folder)
        loaded = LexicalIndex.load(folder)
        assert len(loaded) == len(passages)
        np.testing.assert_array_equal(loaded.scores("two three"), index.scores("two three"))
        assert loaded.idf("two") == index.idf("two")
