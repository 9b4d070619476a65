from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assistant.index.candidates import ExhaustiveComparer
from assistant.index.dense import DenseIndex
from assistant.index.lexical import LexicalIndex
from assistant.index.sentence_vectors import SentenceVectors
from assistant.records import Chunk, Document, Hit, Sentence, Vectors
from assistant.retrieve.fusion import Scores, fuse, offsets_by_language
from assistant.retrieve.search import SubQuery, search
from tests.small_store import sentence_vectors

TEXTS = ["alpha beta", "beta gamma", "delta", "epsilon zeta"]
ONE_LANGUAGE = np.zeros(4, np.int64)
DOCUMENTS = [Document(f"d{n}", "t", text) for n, text in enumerate(TEXTS)]


def one_sentence_each(vectors: Vectors) -> SentenceVectors:
    sentences = [Sentence(d.doc_id, 0, len(d.text)) for d in DOCUMENTS]
    return sentence_vectors(vectors, sentences, [Chunk.cut(d, 0, len(d.text)) for d in DOCUMENTS])


def comparer(vectors: Vectors, languages: npt.NDArray[np.int64] = ONE_LANGUAGE) -> ExhaustiveComparer:
    return ExhaustiveComparer(DenseIndex.build(vectors), LexicalIndex.build(TEXTS), languages)


def lift_of(scores: Scores, languages: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What each of `scores` gains, as chunks of `languages`."""
    return offsets_by_language(np.bincount(languages, weights=scores), np.bincount(languages))[languages]


def find(
    query: str,
    axis: int,
    k: int = 4,
    lexical_weight: float = 0.3,
    sentences: SentenceVectors | None = None,
    admitted: Sequence[bool] | None = None,
) -> tuple[Hit, ...]:
    """Search texts whose vectors are the four axes, with a query vector along one of them."""
    vectors = np.eye(4, dtype=np.float32)
    return search(
        [SubQuery(query, vectors[axis : axis + 1], 1.0, lexical_weight)],
        comparer(vectors),
        sentences or one_sentence_each(vectors),
        lambda row: Chunk.cut(DOCUMENTS[row], 0, len(TEXTS[row])),
        k=k,
        admitted=None if admitted is None else np.array(admitted),
    )


def test_meaning_and_words_both_count() -> None:
    hits = find("gamma", axis=2)
    assert [hit.chunk.text for hit in hits[:2]] == ["delta", "beta gamma"]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert (hits[0].cosine, hits[0].bm25) == (1.0, 0.0)
    assert hits[1].bm25 > 0 == hits[1].cosine


def test_without_weight_words_do_not_count() -> None:
    assert {hit.score for hit in find("gamma", axis=2, lexical_weight=0)} == {0.0, 1.0}


def test_equal_scores_keep_the_order_of_the_documents() -> None:
    assert [hit.chunk.doc_id for hit in find("unknown", axis=3)] == ["d3", "d0", "d1", "d2"]


def test_a_chunk_is_as_near_as_its_nearest_sentence() -> None:
    sentences = one_sentence_each(np.eye(4, dtype=np.float32)[[0, 2, 1, 3]])
    hits = find("unknown", axis=2, sentences=sentences)
    assert [hit.chunk.doc_id for hit in hits[:2]] == ["d1", "d2"]  # d2 is itself as near, but its sentence is not
    assert hits[0].cosine == 0


def test_probes_count_by_their_weight() -> None:
    vectors = np.eye(4, dtype=np.float32)
    sub_queries = [SubQuery("beta", vectors[1:2], 3.0, 0.0), SubQuery("delta", vectors[2:3], 1.0, 0.3)]
    hits = search(
        sub_queries,
        comparer(vectors),
        one_sentence_each(vectors),
        lambda row: Chunk.cut(DOCUMENTS[row], 0, len(TEXTS[row])),
        k=2,
    )
    assert [(hit.chunk.doc_id, round(hit.cosine, 6)) for hit in hits] == [("d1", 0.75), ("d2", 0.25)]
    assert hits[0].score == pytest.approx(0.75)
    assert hits[1].score == pytest.approx(0.25 * find("delta", axis=2)[0].score)


def test_a_language_that_compares_worse_is_lifted_to_the_others() -> None:
    # A question in language 0: all of its texts are nearer by 0.1, and what answers is in language 1.
    languages = np.repeat([0, 1], 100)
    scores = np.random.default_rng(0).uniform(0.70, 0.72, 200).astype(np.float32)
    scores[languages == 0] += 0.1
    scores[150] = 0.78
    assert int(scores.argmax()) != 150
    language_offset = lift_of(scores, languages)
    assert int((scores + language_offset).argmax()) == 150
    assert language_offset[0] == 0
    assert language_offset[150] == pytest.approx(0.1, abs=0.01)


def test_a_single_chunk_is_not_lifted_for_its_language() -> None:
    scores = np.array([0.8] * 50 + [0.5], np.float32)
    language_offset = lift_of(scores, np.array([0] * 50 + [1]))
    assert float((scores + language_offset)[50]) < 0.6


def test_one_language_needs_no_lift() -> None:
    assert lift_of(np.array([0.1, 0.9], np.float32), np.zeros(2, np.int64)).tolist() == [0, 0]


def test_hits_say_what_their_language_added() -> None:
    vectors = np.eye(4, dtype=np.float32)
    hits = search(
        [SubQuery("unknown", vectors[:1], 1.0, 0.3)],
        comparer(vectors, np.array([0, 0, 1, 1])),
        one_sentence_each(vectors),
        lambda row: Chunk.cut(DOCUMENTS[row], 0, len(TEXTS[row])),
        k=4,
    )
    added = {hit.chunk.doc_id: round(hit.language_offset, 3) for hit in hits}
    assert added == {"d0": 0.0, "d1": 0.0, "d2": 0.1, "d3": 0.1}  # (1 + 8 · .25) / 10 - (8 · .25) / 10


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_what_is_not_admitted_is_left_out_and_the_rest_is_as_before(admitted: list[bool]) -> None:
    all_hits = find("gamma", axis=2)
    kept = {document.doc_id for document, kept in zip(DOCUMENTS, admitted, strict=True) if kept}
    scores = [(hit.chunk.doc_id, hit.score) for hit in all_hits if hit.chunk.doc_id in kept]
    assert [(hit.chunk.doc_id, hit.score) for hit in find("gamma", axis=2, admitted=admitted)] == scores


def test_no_more_than_k_hits() -> None:
    assert len(find("alpha", axis=0, k=2)) == 2
    assert len(find("alpha", axis=0, k=99)) == 4


@given(hnp.arrays(np.float32, 8, elements=st.floats(-1, 1, width=32)), st.floats(0, 2))
def test_a_question_without_known_words_is_ranked_by_meaning(cosine: Scores, weight: float) -> None:
    np.testing.assert_array_equal(fuse(cosine, np.zeros_like(cosine), 0.0, weight), cosine)


def test_covering_the_whole_question_is_worth_the_weight() -> None:
    fused = fuse(np.zeros(2, np.float32), np.array([4.0, 2.0], np.float32), 4.0, 0.3)
    assert fused.tolist() == pytest.approx([0.3, 0.15])
