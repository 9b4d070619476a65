"""Embeds texts as unit vectors by any sentence-transformers model, on torch. The only module that imports torch."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from assistant.errors import ModelError
from assistant.models import bundled
from assistant.models.bundled import summed
from assistant.protocols import Adapter, HiddenStates
from assistant.records import Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

# The e5 family was trained with these; its hub repositories do not all declare them.
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}


class SentenceEncoder:
    """An `Encoder` around a SentenceTransformer on the CPU.

    `model` is "bundled" or a sentence-transformers name or folder. Raises ModelError when it cannot be loaded.
    """

    def __init__(self, model: str, cache: Path, *, threads: int = 2, batch_size: int = 16) -> None:
        self.name = model
        self._batch_size = batch_size
        folder = str(bundled.unpacked_model(cache)) if model == bundled.NAME else model
        self._model = _load(folder, threads, local=model == bundled.NAME)
        if "e5" in Path(folder).name.lower() and not self._model.prompts.get("query"):
            self._model.prompts = dict(_E5_PROMPTS)
        self.fingerprint = bundled.fingerprint() if model == bundled.NAME else _fingerprint(self._model)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window_tokens = int(self._model.max_seq_length or 512)
        self._passage_prompt = next(
            (p for key in ("document", "passage", "corpus") if (p := self._model.prompts.get(key))), ""
        )

    @property
    def tokenizer(self) -> Tokenizer:
        """A copy of the encoder's tokenizer: embedding changes its own, so that it truncates and pads."""
        tokenizer: Tokenizer = copy.deepcopy(cast(Any, self._model.tokenizer).backend_tokenizer)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def adapted(self, adapter: Adapter, layers: int | None = None) -> HiddenStates:
        """Return the encoder's layers, all or the first `layers`, with `adapter` added. Unchanged layers are shared."""
        import torch

        model = adapted_copy(cast(Any, self._model)[0].auto_model, adapter, layers)

        def hidden(texts: Sequence[Sequence[int]]) -> list[Vectors]:
            with torch.inference_mode():
                states = [model(input_ids=torch.tensor([ids])).last_hidden_state[0] for ids in texts]
            return [np.asarray(own.numpy(), np.float32) for own in states]

        return hidden

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        """Return the number of tokens of each passage, with prompt and special tokens, not truncated."""
        texts = [self._passage_prompt + passage for passage in passages]
        encoded = cast(Any, self._model.tokenizer)(texts, truncation=False, padding=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 of shape (len(passages), dimension).

        The longest passages are computed first, for little padding.
        """
        if not passages:
            return np.zeros((0, self.dimension), np.float32)
        vectors = self._model.encode_document(
            list(passages), batch_size=self._batch_size, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(vectors, np.float32)

    def embed_query(self, query: str) -> Vectors:
        """Return a unit vector, float32 of shape (1, dimension)."""
        return self.embed_queries([query])

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 of shape (len(queries), dimension)."""
        if not queries:
            return np.zeros((0, self.dimension), np.float32)
        vectors = self._model.encode_query(
            list(queries), batch_size=self._batch_size, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(vectors, np.float32)


def _load(folder: str, threads: int, *, local: bool) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as hub_logging

    torch.set_num_threads(threads)
    cast(Any, hub_logging).disable_progress_bar()
    cast(Any, hub_logging).set_verbosity_error()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    try:
        return SentenceTransformer(folder, device="cpu", local_files_only=local)
    except Exception as error:  # the libraries raise many kinds for a wrong name, a broken file, no network
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The embedding model {folder!r} cannot be loaded: {reason}",
            'Check ASSISTANT_EMBEDDING__MODEL: "bundled", a sentence-transformers folder, or a hub name.',
        ) from None


def _fingerprint(model: SentenceTransformer) -> str:
    """SHA-256 of the weights and prompts."""
    digest = hashlib.sha256(repr(sorted(model.prompts.items())).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(memoryview(tensor.detach().cpu().contiguous().float().numpy()).cast("B"))
    return digest.hexdigest()[:32]


def adapted_copy(transformer: torch.nn.Module, adapter: Adapter, layers: int | None = None) -> torch.nn.Module:
    """Return a copy of `transformer`, of all layers or the first `layers`, with `adapter` added.

    It shares all modules that do not change.
    """
    import torch

    added = summed(adapter)
    shared = {
        id(module): module
        for prefix, module in transformer.named_modules()
        if prefix and not any(name.startswith(f"{prefix}.") for name in added)
    }
    if layers is not None:
        del shared[id(transformer.get_submodule("encoder"))], shared[id(transformer.get_submodule("encoder.layer"))]
    model = copy.deepcopy(transformer, shared).eval()
    if layers is not None:
        del cast(Any, model).encoder.layer[layers:]
    with torch.no_grad():
        for name, change in added.items():
            model.get_parameter(name).add_(torch.from_numpy(change))
    return model
