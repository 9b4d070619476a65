from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.sentence_vectors import SentenceVectors, sentence_ranges
from assistant.records import Chunk, Document, Sentence
from tests.small_store import sentence_vectors

DOCUMENTS = [Document("a", "t", "One. Two. Three."), Document("b", "t", "Four. Five.")]
SENTENCES = [Sentence("a", 0, 4), Sentence("a", 5, 9), Sentence("a", 10, 16), Sentence("b", 0, 5), Sentence("b", 6, 11)]
CHUNKS = [Chunk.cut(DOCUMENTS[0], 0, 9), Chunk.cut(DOCUMENTS[0], 5, 16), Chunk.cut(DOCUMENTS[1], 6, 11)]
VECTORS = np.eye(5, dtype=np.float32)


def test_the_best_sentence_of_each_chunk() -> None:
    built = sentence_vectors(VECTORS, SENTENCES, CHUNKS)
    query = np.array([[0.1, 0.2, 0.3, 0.4, 0.5]], np.float32)
    np.testing.assert_allclose(built.best_cosines(query, np.array([2, 0, 1])), [0.5, 0.2, 0.3], atol=1e-6)


def test_a_chunk_without_sentences_is_as_far_as_can_be() -> None:
    built = sentence_vectors(VECTORS[:3], SENTENCES[:3], CHUNKS)
    best = built.best_cosines(VECTORS[1:2], np.array([0, 2, 1]))
    assert best.tolist() == [1, -1, 1]
    assert built.best_cosines(VECTORS[:1], np.array([2])).tolist() == [-1]


@given(st.data())
def test_ranges_hold_exactly_the_sentences_inside_a_chunk(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 15))
    end = data.draw(st.integers(start + 1, 16))
    built = sentence_vectors(VECTORS, SENTENCES, [Chunk.cut(DOCUMENTS[0], start, end)])
    inside = [i for i, s in enumerate(SENTENCES) if s.doc_id == "a" and start <= s.start and s.end <= end]
    found = [i for i in range(5) if built.best_cosines(VECTORS[i : i + 1], np.array([0]))[0] == 1]
    assert found == inside


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", VECTORS.astype(np.float16))
    np.save(tmp_path / "ranges.npy", sentence_ranges(CHUNKS[:2], SENTENCES[:3], 0))
    loaded = SentenceVectors.load(tmp_path)
    np.testing.assert_array_equal(loaded.vectors(), VECTORS)
    np.testing.assert_array_equal(loaded.vectors([3, 1]), VECTORS[[3, 1]])


def test_ranges_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SentenceVectors(VECTORS.astype(np.float16), np.array([[0, 6]], np.int32))
