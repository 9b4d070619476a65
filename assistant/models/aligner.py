"""Scores how well a sentence in another language covers the words of a question.

In the middle layers of a multilingual encoder, the vector of a word hardly depends on its language: words that share no
letter can be matched there (Jalili Sabet et al., "SimAlign: High Quality Word Alignments Without Parallel Training Data
Using Static and Contextualized Embeddings", Findings of EMNLP 2020). Each token of the question counts by its nearest
token of the sentence (Khattab and Zaharia, "ColBERT", SIGIR 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from assistant.protocols import Adapter, HiddenStates
from assistant.records import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The layer of the bundled encoder's twelve whose states are compared. Fitted by benchmarks/tune/alignment.py; the
# seventh and the ninth do as well (docs/experiments/across-languages.md).
_LAYERS = 8
# The share of its weight that a token of the question loses if all sentences contain it. Such a token is a name or a
# number, and does not tell which sentence to choose. Fitted by benchmarks/tune/alignment.py.
_SHARED = 0.8
_TOKENS = 256  # limit of a sentence or question; the rest is cut off


class TokenAligner:
    """An `Aligner` on the layers of the bundled encoder."""

    def __init__(self, adapted: Callable[[Adapter, int], HiddenStates], tokenizer: Tokenizer) -> None:
        """`adapted` returns the encoder's first layers; `tokenizer` is the encoder's. Raises ModelError."""
        self._hidden = adapted({}, _LAYERS)
        self._tokenizer = tokenizer

    def align(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return a score for each of `sentences`: the mean, over the question's tokens, of the best cosine with a token
        of the sentence. What all sentences have in common is subtracted first."""
        prompts = ["query:", *["passage:"] * len(sentences)]
        tokens = [
            self._tokenizer.encode(f"{prompt} {text}").ids[:_TOKENS]
            for prompt, text in zip(prompts, [question, *sentences], strict=True)
        ]
        firsts = [len(self._tokenizer.encode(prompt).ids) - 1 for prompt in prompts]
        states = self._hidden(tokens)
        asked, *said = (of_text[first:-1] for of_text, first in zip(states, firsts, strict=True))
        if not len(asked) or not sum(map(len, said)):
            return [0.0] * len(sentences)
        common = np.concatenate(said).mean(0)
        asked = _unit(asked - common)
        held = np.mean([np.isin(tokens[0], of_text) for of_text in tokens[1:]], axis=0)[firsts[0] : -1]
        weights = 1 - _SHARED * held
        weights /= weights.sum()
        return [
            float(weights @ (asked @ _unit(of_text - common).T).max(1)) if len(of_text) else 0.0 for of_text in said
        ]


def _unit(states: Vectors) -> Vectors:
    return np.asarray(states / np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-6), np.float32)
