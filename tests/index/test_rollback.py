from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import DocumentNotFoundError, StoreError
from assistant.index.rollback import roll_back
from assistant.index.store import current_generation, kept_generations, open_generation
from assistant.index.tombstones import write_removed
from tests.small_store import NEW, OLD, write


def test_a_removed_document_is_in_no_part_of_the_generation_that_is_gone_back_to(tmp_path: Path) -> None:
    before = write(tmp_path, OLD)
    with closing(open_generation(tmp_path)) as generation:
        vectors = generation.dense.vectors()
    write(tmp_path, NEW)
    write_removed(tmp_path, ["d1"])
    done = roll_back(tmp_path)
    assert (done.manifest.generation, done.left_out) == (3, ("d1",))
    assert current_generation(tmp_path) == 3
    with closing(open_generation(tmp_path)) as generation:
        assert [d.text for d in generation.tables.documents()] == [OLD[0], OLD[2]]
        assert generation.manifest.model_fingerprint == before.model_fingerprint
        assert generation.manifest.versions == before.versions
        np.testing.assert_array_equal(generation.dense.vectors(), vectors[[0, 2]])
        np.testing.assert_array_equal(generation.sentence_vectors.vectors(), vectors[[0, 2]])
        assert not generation.lexical.scores("cedar").any()
        assert generation.lexical.scores("fir").argmax() == 1
        assert generation.tables.chunk(1).text == OLD[2]
        with pytest.raises(DocumentNotFoundError):
            generation.document("d1")


def test_without_removed_documents_nothing_is_copied(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    write(tmp_path, NEW)
    write_removed(tmp_path, ["d3"])  # only in the newer one
    assert roll_back(tmp_path).manifest.generation == 1
    assert kept_generations(tmp_path) == [1, 2]


def test_a_generation_of_removed_documents_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    write(tmp_path, NEW)
    write_removed(tmp_path, ["d0", "d1", "d2"])
    with pytest.raises(StoreError, match="were removed"):
        roll_back(tmp_path)
    assert current_generation(tmp_path) == 2
    assert not list(tmp_path.rglob("*.partial"))
