"""Where in a text the answer to a question stands, token by token.

The embedding model's own encoder reads question and text together; above its lower layers, which stay as they are
and are shared with it, come layers trained to find answers (docs/reader.md). Beside index/embed.py the only module
that imports torch.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from assistant.errors import ModelError
from assistant.records import Reading

if TYPE_CHECKING:
    import torch

WEIGHTS = Path(__file__).with_name("data") / "reader.npz"
_QUESTION_TOKENS = 96  # what is longer is cut: the text must have room in the window beside it
_WINDOW_TOKENS = 512
_TEXT = 1  # the sequence number of the second text of a pair


class SpanReader:
    """A `Reader` on the layers of the bundled encoder. Not safe to share between threads: its tokenizer is not."""

    def __init__(self, transformer: torch.nn.Module, tokenizer: Any, weights: Path = WEIGHTS) -> None:
        """`transformer` is the bundled encoder's, which stays as it is. Raises ModelError when `weights` cannot be
        read."""
        import torch

        changes = stored_changes(weights)
        head = {name: torch.from_numpy(changes.pop(f"head.{name}").astype(np.float32)) for name in ("weight", "bias")}
        self._tokenizer = tokenizer
        self.model = _changed(transformer, changes)
        self._head = torch.nn.Linear(head["weight"].shape[1], 2)
        self._head.load_state_dict(head)

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read each (title, text) with the question in mind; what exceeds the encoder's window is left out."""
        import torch

        query = self._shortened(f"query: {question}")
        readings = []
        with torch.inference_mode():
            for title, text in texts:
                lead = f"passage: {title}\n" if title else "passage: "
                pair = self._tokenizer(
                    query,
                    lead + text,
                    truncation="only_second",
                    max_length=_WINDOW_TOKENS,
                    return_offsets_mapping=True,
                )
                hidden = self.model(input_ids=torch.tensor([pair["input_ids"]])).last_hidden_state
                logits = self._head(hidden)[0].numpy()
                places = np.asarray(pair["offset_mapping"], np.int32) - len(lead)
                inside = [part == _TEXT for part in pair.sequence_ids()] & (places[:, 1] > 0)
                # The first token stands for "no answer here": the scale on which texts can be compared.
                odds = (logits - logits[0])[inside]
                readings.append(Reading(np.maximum(places[inside], 0), odds[:, 0], odds[:, 1]))
        return readings

    def _shortened(self, query: str) -> str:
        ids = self._tokenizer(query, add_special_tokens=False, verbose=False)["input_ids"]
        return query if len(ids) <= _QUESTION_TOKENS else str(self._tokenizer.decode(ids[:_QUESTION_TOKENS]))


def stored_changes(weights: Path) -> dict[str, np.ndarray[Any, Any]]:
    """What the reader adds to the encoder, and its head, by name. Raises ModelError when it cannot be read."""
    try:
        with np.load(weights) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, BadZipFile):
        raise ModelError(
            f"The reader's weights in {weights} are missing or damaged.",
            "Install the package again, or do without the reader: ASSISTANT_ANSWER__READ=0.",
        ) from None


def _changed(transformer: torch.nn.Module, changes: dict[str, np.ndarray[Any, Any]]) -> torch.nn.Module:
    """A copy of `transformer` with `changes` added, which shares all modules that do not change.

    `name` holds what to add to that parameter, `name|left` and `name|right` the two factors of it.
    """
    import torch

    parameters = {name.split("|")[0] for name in changes}
    shared = {
        id(module): module
        for prefix, module in transformer.named_modules()
        if prefix and not any(name.startswith(f"{prefix}.") for name in parameters)
    }
    model = copy.deepcopy(transformer, shared).eval()
    with torch.no_grad():
        for name in sorted(parameters):
            if name in changes:
                change = changes[name].astype(np.float32)
            else:
                change = changes[f"{name}|left"].astype(np.float32) @ changes[f"{name}|right"].astype(np.float32)
            model.get_parameter(name).add_(torch.from_numpy(change))
    return model
