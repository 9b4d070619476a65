from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.index.files import GrowingArray


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
