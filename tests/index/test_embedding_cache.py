"""Embeddings that are kept for later builds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.index.embedding_cache import EmbeddingCache
from assistant.records import Vectors, sha256_text
from tests.command import child_environment

DIMENSION = 64


def hashes(n: int, start: int = 0) -> list[str]:
    return [sha256_text(f"text {i}") for i in range(start, start + n)]


def vectors(n: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(n, DIMENSION)).astype(np.float32)


def cache(path: Path, fingerprint: str = "model", limit_bytes: int = 10_000_000) -> EmbeddingCache:
    return EmbeddingCache(path, fingerprint, DIMENSION, limit_bytes=limit_bytes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not there yet" / "embeddings.sqlite"


def test_what_was_put_is_got_to_the_last_bit_by_who_comes_later(path: Path) -> None:
    made = vectors(1300)
    with cache(path) as first:
        first.put(hashes(1300), made)
    with cache(path) as second:
        found = second.get([*hashes(1300), *hashes(2, 5000)])
    assert set(found) == set(hashes(1300))
    assert all((found[h] == vector).all() for h, vector in zip(hashes(1300), made, strict=True))


def test_each_model_has_its_own(path: Path) -> None:
    with cache(path, "one") as one, cache(path, "two") as two:
        one.put(hashes(1), vectors(1))
        assert two.get(hashes(1)) == {}
        two.put(hashes(1), vectors(1, seed=1))
        assert (one.get(hashes(1))[hashes(1)[0]] == vectors(1)[0]).all()


def test_texts_are_not_in_the_file(path: Path) -> None:
    with cache(path) as kept:
        kept.put(hashes(1), vectors(1))
    assert b"text 0" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_it_stays_within_its_limit_and_drops_what_was_used_longest_ago(path: Path) -> None:
    limit = 2_000_000
    with cache(path, limit_bytes=limit) as kept:
        kept.put(hashes(1000), vectors(1000))
    for round_ in range(1, 12):
        with cache(path, limit_bytes=limit) as kept:
            assert len(kept.get(hashes(100))) == 100, "what is used stays"
            kept.put(hashes(1000, 1000 * round_), vectors(1000))
    assert path.stat().st_size < 1.1 * limit
    with cache(path, limit_bytes=limit) as kept:
        assert len(kept.get(hashes(900, 100))) == 0
        assert len(kept.get(hashes(1000, 11_000))) == 1000


def test_nothing_is_kept_with_no_room(path: Path) -> None:
    with cache(path, limit_bytes=0) as kept:
        kept.put(hashes(1), vectors(1))
        assert kept.get(hashes(1)) == {}
    assert not path.exists()


def test_a_damaged_file_costs_only_what_was_in_it(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    with cache(path) as kept:
        assert kept.get(hashes(1)) == {}
        kept.put(hashes(1), vectors(1))
    assert "is damaged" in caplog.text
    with cache(path) as kept:
        assert len(kept.get(hashes(1))) == 1


def test_a_place_that_cannot_be_written_is_no_obstacle(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    with cache(tmp_path / "file" / "embeddings.sqlite") as kept:
        kept.put(hashes(1), vectors(1))
        assert kept.get(hashes(1)) == {}
    assert caplog.text.count("cannot be kept") == 1


def test_two_builds_at_once_share_it(path: Path) -> None:
    script = f"""
from pathlib import Path
from tests.index.test_embedding_cache import cache, hashes, vectors
import sys
with cache(Path({str(path)!r})) as kept:
    for n in range(20):
        kept.put(hashes(50, 50 * n + 1000 * int(sys.argv[1])), vectors(50, seed=n))
"""
    builds = [subprocess.Popen([sys.executable, "-c", script, str(n)], env=child_environment()) for n in range(2)]
    assert [build.wait(timeout=60) for build in builds] == [0, 0]
    with cache(path) as kept:
        assert len(kept.get(hashes(2000))) == 2000
