"""Finds where in a text the answer to a question stands, token by token.

The embedding model's encoder reads question and text together. Its lower layers are unchanged; the upper ones are
trained to find answers (docs/reader.md). The encoder decides which engine computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from assistant.errors import ModelError
from assistant.protocols import Adapter, HiddenStates
from assistant.records import SpanScores

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS = Path(__file__).with_name("data") / "reader.npz"
_QUESTION_TOKENS = 96  # what is longer is cut: the text must have room in the window beside it
_WINDOW_TOKENS = 512


class SpanReader:
    """A `Reader` on the layers of the bundled encoder."""

    def __init__(
        self, adapted: Callable[[Adapter], HiddenStates], tokenizer: Tokenizer, weights: Path = WEIGHTS
    ) -> None:
        """`adapted` returns the encoder's layers with an adapter; `tokenizer` is the encoder's.

        Raises ModelError when `weights` cannot be read.
        """
        adapter = stored_adapter(weights)
        self._head, self._bias = (adapter.pop(f"head.{name}").astype(np.float32) for name in ("weight", "bias"))
        self._hidden = adapted(adapter)
        self._tokenizer = tokenizer

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[SpanScores]:
        """Read each (title, text) together with the question. Text beyond the encoder's window is left out."""
        query = self._tokenizer.encode(f"query: {question}", add_special_tokens=False).ids[:_QUESTION_TOKENS]
        room = _WINDOW_TOKENS - len(query)
        leads = [f"passage: {title}\n" if title else "passage: " for title, _ in texts]
        passages = [
            self._tokenizer.encode(lead + text, add_special_tokens=False)
            for lead, (_, text) in zip(leads, texts, strict=True)
        ]
        states = self._hidden([[*query, *passage.ids[:room]] for passage in passages])
        span_scores = []
        for lead, passage, hidden in zip(leads, passages, states, strict=True):
            logits = hidden @ self._head.T + self._bias
            places = np.asarray(passage.offsets[:room], np.int32).reshape(-1, 2) - len(lead)
            inside = places[:, 1] > 0
            # The first token stands for "no answer here": the scale on which texts can be compared.
            odds = (logits - logits[0])[len(query) :][inside]
            span_scores.append(SpanScores(np.maximum(places[inside], 0), odds[:, 0], odds[:, 1]))
        return span_scores


def stored_adapter(weights: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the reader's adapter and its head, by name. Raises ModelError when the file cannot be read."""
    try:
        with np.load(weights) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, BadZipFile):
        raise ModelError(
            f"The reader's weights in {weights} are missing or damaged.",
            "Install the package again, or do without the reader: ASSISTANT_ANSWER__READ=0.",
        ) from None
