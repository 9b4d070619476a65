"""A large index, made large by the sizes given: built, asked, filtered and brought up to date as a small one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.build import BuildSizes, build_index
from assistant.factory import ModelFactory, open_assistant
from assistant.filter import Filter
from assistant.index.store import open_generation
from assistant.settings import Settings, load_settings

ASKED = ("When was the bridge of town 7 opened?", "most z drewna", "tall harbour lighthouse")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    sources = tmp_path / "sources"
    sources.mkdir()
    for n in range(24):
        text = f"The bridge of town {n} was opened in {1900 + n}. It leads to the harbour and its tall lighthouse."
        if n % 3 == 0:
            text = f"Most w mieście {n} zbudowano z drewna w roku {1900 + n}. Prowadzi do portu i latarni morskiej."
        (sources / f"{n}.txt").write_text(text, "utf-8")
    return load_settings(sources=(str(sources),), store=tmp_path / "small", cache=tmp_path / "cache")


def found(settings: Settings, models: ModelFactory, only: Filter | None) -> list[list[tuple[str, float]]]:
    with closing(open_assistant(settings, models=models)) as opened:
        return [[(hit.chunk.doc_id, hit.score) for hit in opened.search(asked, only=only)] for asked in ASKED]


def test_a_large_index_finds_what_a_small_one_does(settings: Settings, models: ModelFactory) -> None:
    large = settings.model_copy(update={"store": settings.store.with_name("large")})
    assert build_index(settings, models=models).manifest.search == "all"
    sizes = BuildSizes(large_chunks=20)
    assert build_index(large, models=models, sizes=sizes).manifest.search == "candidates"
    for only in (None, Filter(languages=("pl",)), Filter(sites=("nowhere.example",))):
        for ours, theirs in zip(found(large, models, only), found(settings, models, only), strict=True):
            assert [doc_id for doc_id, _ in ours] == [doc_id for doc_id, _ in theirs]
            np.testing.assert_allclose([score for _, score in ours], [score for _, score in theirs], atol=1e-5)

    (Path(settings.sources[0]) / "1.txt").write_text("The ferry of Dorn sails at noon.", "utf-8")
    report = build_index(large, models=models, sizes=sizes)
    assert (report.updated, report.unchanged, report.manifest.search) == (1, 23, "candidates")
    build_index(large.model_copy(update={"store": settings.store.with_name("scratch")}), models=models, sizes=sizes)
    with (
        closing(open_generation(large.store)) as grown,
        closing(open_generation(settings.store.with_name("scratch"))) as made,
    ):
        np.testing.assert_allclose(grown.dense.vectors(), made.dense.vectors(), atol=1e-5)
    for _ in range(5):  # what was large may become small again
        (Path(settings.sources[0]) / f"{len(list(Path(settings.sources[0]).iterdir())) - 1}.txt").unlink()
    assert build_index(large, models=models, sizes=sizes).manifest.search == "all"
    assert found(large, models, None)[0]
