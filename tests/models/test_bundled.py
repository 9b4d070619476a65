from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.factory import cache_folder
from assistant.models import bundled
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings


def test_the_same_sentence_in_three_languages_is_near(encoder: LayeredEncoder) -> None:
    vectors = encoder.embed_passages(
        [
            "The hospital has forty doctors.",
            "Szpital ma czterdziestu lekarzy.",
            "Bệnh viện có bốn mươi bác sĩ.",
            "Stir the flour into the melted butter.",
        ]
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    similar = vectors @ vectors.T
    assert similar[0, 1] > similar[0, 3] + 0.05
    assert similar[0, 2] > similar[0, 3] + 0.05


def test_prompts_make_queries_and_passages_differ(encoder: LayeredEncoder) -> None:
    text = "How many doctors are there?"
    assert float((encoder.embed_query(text) @ encoder.embed_passages([text]).T).item()) < 0.999


def test_long_passages_are_counted_whole(encoder: LayeredEncoder) -> None:
    assert encoder.count_tokens(["word " * 2000])[0] > encoder.window_tokens == 512


def test_no_passages_give_no_vectors(encoder: LayeredEncoder) -> None:
    assert encoder.embed_passages([]).shape == (0, encoder.dimension)


def test_damage_is_found(encoder: LayeredEncoder, tmp_path: Path) -> None:
    del encoder  # the model is unpacked by now
    source = bundled.model_folder(cache_folder(load_settings()))
    copy = bundled.model_folder(tmp_path)
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("model.safetensors"))
    assert bundled.damaged_files(source) == []
    assert bundled.damaged_files(copy) == ["model.safetensors"]
    (copy / "tokenizer.json").write_text("{}", "utf-8")
    assert set(bundled.damaged_files(copy)) == {"model.safetensors", "tokenizer.json"}


def made(folder: Path) -> Path:
    bundled.make_folder(folder, lambda partial: (partial / "model.safetensors").write_bytes(b"weights"))
    return folder


def test_damage_at_equal_size_is_found_without_reading_all_at_each_start(tmp_path: Path) -> None:
    folder = made(tmp_path / "model")
    assert bundled.is_intact(folder)
    weights = folder / "model.safetensors"
    before = weights.stat()
    weights.write_bytes(b"weighty")
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))  # even so
    assert not bundled.is_intact(folder)
    weights.write_bytes(b"weights")
    assert bundled.is_intact(folder)
    (folder / "complete.json").write_text("{}", "utf-8")
    assert not bundled.is_intact(folder)


def test_a_folder_that_was_copied_is_read_once(tmp_path: Path) -> None:
    copy = shutil.copytree(made(tmp_path / "model"), tmp_path / "copy")
    assert bundled.is_intact(copy)
    (copy / "verified.json").unlink()
    assert bundled.is_intact(copy)
    assert (copy / "verified.json").exists()


@pytest.mark.slow  # sentence-transformers is imported
def test_an_unknown_model_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no-such-model") as caught:
        SentenceEncoder(str(tmp_path / "no-such-model"), tmp_path)
    assert "ASSISTANT_EMBEDDING__MODEL" in caught.value.hint
