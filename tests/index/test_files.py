from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.index import files
from assistant.index.files import GrowingArray, MappedArray


@pytest.mark.parametrize("count", [0, 1, 1234])
@pytest.mark.parametrize("row", [(), (3,)])
def test_an_array_that_grew_is_the_file_that_numpy_writes(tmp_path: Path, count: int, row: tuple[int, ...]) -> None:
    whole = np.arange(count * int(np.prod(row)), dtype=np.float32).reshape(count, *row) % 1000
    with closing(GrowingArray(tmp_path / "grown.npy", np.float16, row)) as grown:
        for part in np.array_split(whole, 3):
            grown.append(part)
        assert len(grown) == count
        if count > 1:
            np.testing.assert_array_equal(grown.read(np.array([count - 1, 0, 1], np.int32)), whole[[-1, 0, 1]])
            grown.append(whole[:1])
    np.save(tmp_path / "saved.npy", np.concatenate([whole, whole[:1] if count > 1 else whole[:0]]).astype(np.float16))
    assert (tmp_path / "grown.npy").read_bytes() == (tmp_path / "saved.npy").read_bytes()


def test_rows_of_a_mapped_array_are_the_same_before_and_after_it_is_given_back(
    tmp_path: Path,
) -> None:
    array = np.random.default_rng(1).random((5_000, 40))
    np.save(tmp_path / "array.npy", array)
    mapped = MappedArray(tmp_path / "array.npy", 0)
    kept = mapped[[3, 4]]
    for first in range(0, 5_000, 7):
        rows = np.arange(first, min(first + 11, 5_000))
        np.testing.assert_array_equal(mapped[rows], array[rows])
    np.testing.assert_array_equal(kept, array[[3, 4]])
    np.testing.assert_array_equal(np.asarray(mapped), array)
    assert len(mapped) == 5_000


@pytest.mark.skipif(not files.MEMORY.exists(), reason="what is mapped is told by Linux alone")
def test_a_mapped_array_does_not_stay_in_the_memory_of_the_process(tmp_path: Path) -> None:
    rows = np.arange(0, 100_000, 1_000)
    resident_kb = {}
    for most_bytes in (10**12, 0):
        path = tmp_path / f"{most_bytes}.npy"
        np.save(path, np.ones((100_000, 100)))
        mapped = MappedArray(path, most_bytes)
        assert mapped[rows].sum() == 10_000
        lines = Path("/proc/self/smaps").read_text().splitlines()
        start = next(number for number, line in enumerate(lines) if line.endswith(str(path)))
        resident_kb[most_bytes] = next(int(line.split()[1]) for line in lines[start:] if line.startswith("Rss:"))
    assert resident_kb[10**12] > 0 == resident_kb[0]


def test_where_the_system_does_not_tell_what_is_mapped_nothing_is_given_back(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.ones((10, 4)))
    assert MappedArray(tmp_path / "array.npy", 0, memory=tmp_path / "missing")[[1, 2]].sum() == 8


def test_an_empty_array_is_mapped_too(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros((0, 4), np.float16))
    assert MappedArray(tmp_path / "array.npy", 0)[np.array([], int)].shape == (0, 4)
