"""A large index: candidates instead of all chunks, and the same hits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assistant.index.candidates import CandidateComparer, ExhaustiveComparer
from assistant.index.dense import DenseIndex, LargeDenseIndex
from assistant.index.lexical import LexicalIndex
from assistant.records import Chunk, Document, Hit, Sentence, Vectors
from assistant.retrieve.search import SubQuery, search
from tests.small_store import sentence_vectors

SIZE, DIMENSION = 3000, 32
WORDS = [f"word{n}" for n in range(400)]


class Corpus:
    """Made-up texts in three languages, whose vectors lie around the mean of their language, as an encoder's do."""

    def __init__(self) -> None:
        random = np.random.default_rng(3)
        self.languages = np.sort(random.choice(3, SIZE, p=[0.7, 0.29, 0.01]))
        means = 2 * random.normal(size=(3, DIMENSION))
        self.vectors = self.near(means[self.languages], random)
        self.queries = self.near(self.vectors[random.integers(0, SIZE, 20)], random, 0.1)
        frequent = 1 / np.arange(1, len(WORDS) + 1)
        draw = random.choice(len(WORDS), (SIZE + 20, 12), p=frequent / frequent.sum())
        self.texts = [" ".join(WORDS[n] for n in row) for row in draw]
        self.dense = LargeDenseIndex.build(self.vectors, self.languages)
        self.lexical = LexicalIndex.build(self.texts[:SIZE], self.languages)
        self.all = ExhaustiveComparer(DenseIndex.build(self.vectors), self.lexical, self.languages)
        documents = [Document(f"d{n}", "t", text) for n, text in enumerate(self.texts[:SIZE])]
        self.chunks = [Chunk.cut(d, 0, len(d.text)) for d in documents]
        sentences = [Sentence(d.doc_id, 0, len(d.text)) for d in documents]
        self.sentences = sentence_vectors(self.vectors, sentences, self.chunks)

    @staticmethod
    def near(places: npt.NDArray[np.floating], random: np.random.Generator, far: float = 1) -> Vectors:
        moved = places + far * random.normal(size=places.shape)
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)

    def find(
        self,
        number: int,
        *,
        large: bool,
        from_each: int = 1000,
        few: int = 10_000,
        admitted: npt.NDArray[np.bool_] | None = None,
    ) -> tuple[Hit, ...]:
        vector, text = self.queries[number : number + 1], self.texts[SIZE + number]
        return search(
            [SubQuery(text, vector, 2, 0.3), SubQuery(text.split()[0], vector, 1, 0.3)],
            CandidateComparer(self.dense, self.lexical, self.languages, from_each, few) if large else self.all,
            self.sentences,
            self.chunks.__getitem__,
            k=10,
            admitted=admitted,
        )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus()


def agree(found: tuple[Hit, ...], expected: tuple[Hit, ...]) -> None:
    assert [hit.chunk.doc_id for hit in found] == [hit.chunk.doc_id for hit in expected]
    for name in ("score", "cosine", "bm25", "language_offset"):
        values = [[getattr(hit, name) for hit in hits] for hits in (found, expected)]
        np.testing.assert_allclose(values[0], values[1], atol=1e-5)


def test_with_all_chunks_as_candidates_the_hits_are_those_of_the_exact_search(
    corpus: Corpus,
) -> None:
    for number in range(20):
        agree(corpus.find(number, large=True, from_each=SIZE), corpus.find(number, large=False))


def test_a_tenth_of_the_chunks_as_candidates_loses_hardly_a_hit(corpus: Corpus) -> None:
    shared = 0
    for number in range(20):
        found, expected = (corpus.find(number, large=large, from_each=SIZE // 10) for large in (True, False))
        shared += len({hit.chunk.doc_id for hit in found} & {hit.chunk.doc_id for hit in expected})
    assert shared >= 0.98 * 10 * 20


@pytest.mark.parametrize("few", [0, SIZE])
def test_candidates_are_taken_from_the_admitted(corpus: Corpus, few: int) -> None:
    for admitted in (np.random.default_rng(1).random(SIZE) < 0.1, corpus.languages == 2, np.zeros(SIZE, bool)):
        for number in range(5):
            expected = corpus.find(number, large=False, admitted=admitted)
            agree(corpus.find(number, large=True, from_each=300, few=few, admitted=admitted), expected)


@pytest.mark.parametrize("count", [1, 20, 500])
def test_the_best_by_words_are_found(corpus: Corpus, count: int) -> None:
    for admitted in (None, np.random.default_rng(1).random(SIZE) < 0.3):
        for text in [*corpus.texts[SIZE:], "word0 word0 word1", "zebra", ""]:
            scores = corpus.lexical.scores(text)
            found = corpus.lexical.candidates(text, count, admitted)
            assert np.all(np.diff(found) > 0)
            np.testing.assert_allclose(corpus.lexical.scores(text, found), scores[found], rtol=1e-5)
            left = scores if admitted is None else np.where(admitted, scores, 0)
            best = np.sort(left)[-count:]
            np.testing.assert_allclose(np.sort(scores[found]), best[best > 0], rtol=1e-5)


def test_sums_by_language_are_those_of_all_scores(corpus: Corpus) -> None:
    query, text = corpus.queries[:1], "word1 word7 word7 zebra"
    for sums, scores in (
        (corpus.dense.language_sums(query), corpus.vectors @ query[0]),
        (corpus.lexical.language_sums(text), corpus.lexical.scores(text)),
    ):
        np.testing.assert_allclose(sums, np.bincount(corpus.languages, weights=scores), rtol=1e-4)


def test_a_saved_large_index_is_the_same(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "dense").mkdir()
    np.save(tmp_path / "dense" / "vectors.npy", corpus.vectors)
    corpus.dense.save(tmp_path)
    corpus.lexical.save(tmp_path / "lexical")
    dense, lexical = LargeDenseIndex.load(tmp_path), LexicalIndex.load(tmp_path / "lexical")
    query, text = corpus.queries[:1], corpus.texts[-1]
    np.testing.assert_array_equal(dense.vectors(), corpus.vectors)
    np.testing.assert_array_equal(dense.candidates(query, 50), corpus.dense.candidates(query, 50))
    np.testing.assert_array_equal(lexical.candidates(text, 50), corpus.lexical.candidates(text, 50))
    np.testing.assert_array_equal(lexical.language_sums(text), corpus.lexical.language_sums(text))
    with pytest.raises(RuntimeError, match="another kind"):
        DenseIndex.load(tmp_path)


def test_the_same_vectors_give_the_same_index(corpus: Corpus, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        LargeDenseIndex.build(corpus.vectors, corpus.languages).save(tmp_path / name)
    assert (tmp_path / "a" / "dense.faiss").read_bytes() == (tmp_path / "b" / "dense.faiss").read_bytes()


def test_a_large_index_without_any_word_finds_nothing_by_words(tmp_path: Path) -> None:
    LexicalIndex.build(["", "…"], np.array([0, 1])).save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert len(loaded.candidates("word", 5)) == 0
    assert loaded.language_sums("word").tolist() == [0, 0]
