"""Pages of the same sites, and of other kinds, that the code has never seen: each alone in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.ingest.load import load_documents
from assistant.records import Document
from testkit.samples import SAMPLES, Sample

pytestmark = pytest.mark.slow  # every index is read by processes

BY_NAME = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def load(sample: Sample, folder: Path) -> Document:
    (folder / sample.name).write_text(sample.raw, encoding="utf-8")
    loaded = load_documents([str(folder)])
    assert loaded.failures == ()
    return loaded.documents[0]


@BY_NAME
def test_no_sentence_is_lost(sample: Sample, tmp_path: Path) -> None:
    text = load(sample, tmp_path).text
    assert [sentence for sentence in sample.sentences if sentence not in text] == []


@BY_NAME
def test_boilerplate_is_gone(sample: Sample, tmp_path: Path) -> None:
    text = load(sample, tmp_path).text
    assert [line for line in sample.boilerplate if line in text] == []


@BY_NAME
def test_metadata_is_read_from_the_content(sample: Sample, tmp_path: Path) -> None:
    document = load(sample, tmp_path)
    expected = (
        sample.title, sample.language, sample.published, sample.publisher, sample.url, sample.url_kind
    )  # fmt: skip
    assert (
        document.title, document.language, document.published, document.publisher, document.url, document.url_kind
    ) == expected  # fmt: skip
