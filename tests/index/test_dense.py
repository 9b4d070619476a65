from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.dense import DenseIndex
from assistant.records import Vectors


def unit(n: int, dimension: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@given(st.integers(0, 200), st.integers(0, 1000))
def test_scores_equal_brute_force(n: int, seed: int) -> None:
    vectors, query = unit(n, 24, seed), unit(1, 24, seed + 1)
    np.testing.assert_allclose(DenseIndex.build(vectors).scores(query), vectors @ query[0], atol=1e-5)


def test_a_saved_index_is_the_same(tmp_path: Path) -> None:
    vectors, query = unit(50, 24, 1), unit(1, 24, 2)
    index = DenseIndex.build(vectors)
    index.save(tmp_path)
    loaded = DenseIndex.load(tmp_path)
    assert len(loaded) == 50
    np.testing.assert_array_equal(loaded.vectors(), vectors)
    np.testing.assert_array_equal(loaded.scores(query), index.scores(query))


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dense.faiss").write_bytes(b"not an index")
    with pytest.raises(RuntimeError):
        DenseIndex.load(tmp_path)
