"""The bundled model on ONNX Runtime, mostly in 8 bits: less time and half the memory of torch.

The only module that imports onnxruntime. The graph is made once and kept beside the unpacked model. The word embeddings
are mapped, not read: only the words that occur take memory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.errors import ModelError
from assistant.models import bundled
from assistant.protocols import Adapter, HiddenStates
from assistant.records import Vectors

if TYPE_CHECKING:
    import onnxruntime
    from tokenizers import Tokenizer

# Part of the fingerprint and of the graphs' names: raise it when what the graph computes changes.
FORMAT = 1
_GRAPH = "layers.onnx"
# Behind the attention these channels reach 20 to 44 on English and Vietnamese Wikipedia; the others stay below 12.
_FAR_CHANNELS = (15, 35, 321)
_END = 2  # the token "</s>"
# What a layer works on then stays in the CPU's cache: four times as many tokens at once took a third more CPU time, and
# more memory.
_BATCH_TOKENS = 256
_PROMPTS = {"query": "query: ", "passage": "passage: "}


def available() -> bool:
    """Return whether the libraries of this engine are installed and can be loaded."""
    try:
        import onnxruntime
    except ImportError:
        return False
    return bool(onnxruntime.__version__) and importlib.util.find_spec("onnx") is not None


def fingerprint() -> str:
    """Return an identifier of the model and the engine: torch gives other vectors."""
    return f"{bundled.fingerprint()}/int8-{FORMAT}"


class OnnxEncoder:
    """A `LayeredEncoder` of the bundled model; threads may share it.

    Raises ModelError when the model cannot be unpacked or its graph cannot be made.
    """

    name = bundled.NAME

    def __init__(self, cache: Path, *, threads: int = 2, batch_size: int = 16) -> None:
        from tokenizers import Tokenizer

        self._folder = bundled.unpacked_model(cache)
        # Several texts at once, a thread for each, take less time than the threads sharing each text do, and less CPU.
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")
        self._batch_size = batch_size
        self._embeddings = _Embeddings(self._folder)
        self._session = self._opened("encoder", lambda: bundled.mapped_weights(self._folder))
        self.fingerprint = fingerprint()
        self.dimension = self._embeddings.dimension
        self.window_tokens = self._embeddings.positions
        # Neither cuts nor pads: it is then not changed by what it is used for.
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        """Return the number of tokens of each passage, with prompt and special tokens, not truncated."""
        texts = [_PROMPTS["passage"] + passage for passage in passages]
        return [len(encoded.ids) for encoded in self.tokenizer.encode_batch(texts)]

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 of shape (len(passages), dimension).

        Passages of similar length are computed together, for little padding.
        """
        return self._embed([_PROMPTS["passage"] + passage for passage in passages])

    def embed_query(self, query: str) -> Vectors:
        """Return a unit vector, float32 of shape (1, dimension)."""
        return self.embed_queries([query])

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        """Return unit vectors, float32 of shape (len(queries), dimension)."""
        return self._embed([_PROMPTS["query"] + query for query in queries])

    def adapted(self, adapter: Adapter, layers: int | None = None) -> HiddenStates:
        """Return the encoder's layers, all or the first `layers`, with `adapter` added. Raises ModelError."""
        digest = hashlib.sha256()
        for name in sorted(adapter):
            digest.update(name.encode() + adapter[name].tobytes())
        graph = f"changed-{digest.hexdigest()[:12]}" if adapter else "encoder"
        session = self._opened(graph, lambda: _sum(self._folder, adapter), layers)

        def hidden(texts: Sequence[Sequence[int]]) -> list[Vectors]:
            return self._states(session, texts, lambda states: states)

        return hidden

    def _embed(self, texts: Sequence[str]) -> Vectors:
        tokens = [encoded.ids for encoded in self.tokenizer.encode_batch(list(texts))]
        fitting = [ids if len(ids) <= self.window_tokens else [*ids[: self.window_tokens - 1], _END] for ids in tokens]
        means = self._states(self._session, fitting, lambda states: states.mean(0, keepdims=True))
        vectors = np.concatenate([np.zeros((0, self.dimension), np.float32), *means])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def _states(
        self,
        session: onnxruntime.InferenceSession,
        texts: Sequence[Sequence[int]],
        take: Callable[[Vectors], Vectors],
    ) -> list[Vectors]:
        """What `take` makes of the last layer's states of each text, shape (tokens, dimension)."""

        def run(rows: Sequence[int]) -> list[Vectors]:
            batch = [texts[row] for row in rows]
            lengths = np.array([len(ids) for ids in batch], np.int32)
            (states,) = session.run(["hidden"], {"embeddings": self._embeddings(batch), "lengths": lengths})
            return [take(np.asarray(own[:length], np.float32)) for own, length in zip(states, lengths, strict=True)]

        batches = list(_batches([len(ids) for ids in texts], self._batch_size))
        done = zip(batches, self._pool.map(run, batches), strict=True)
        by_row = {row: state for rows, states in done for row, state in zip(rows, states, strict=True)}
        return [by_row[row] for row in range(len(texts))]

    def _opened(
        self, name: str, weights: Callable[[], dict[str, bundled.Tensor]], layers: int | None = None
    ) -> onnxruntime.InferenceSession:
        """The session of the graph `name`, of all layers or the first `layers`.

        The graph is made of `weights` when it is missing or damaged.
        """
        import onnxruntime

        folder = self._folder / f"int8-{FORMAT}-{name}{'' if layers is None else f'-{layers}'}"
        if not bundled.is_intact(folder):
            _make_graph(folder, weights(), layers)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it never gives back what the longest batch took
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(folder / _GRAPH, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises many kinds
            raise ModelError(
                f"ONNX Runtime cannot open {folder / _GRAPH}: {str(error).splitlines()[0]}",
                "Set ASSISTANT_EMBEDDING__ENGINE=torch, and build the index again.",
            ) from None


class _Embeddings:
    """The embedding layer: token ids → input of the first layer, shape (texts, longest, dimension)."""

    def __init__(self, folder: Path) -> None:
        weights = bundled.mapped_weights(folder)
        self._words = weights["embeddings.word_embeddings.weight"]
        types = weights["embeddings.token_type_embeddings.weight"]
        self._places = np.asarray(weights["embeddings.position_embeddings.weight"] + types[0])
        self._weight, self._bias = (np.array(weights[f"embeddings.LayerNorm.{kind}"]) for kind in ("weight", "bias"))
        self._epsilon = np.float32(_config(folder)[1])
        self.positions, self.dimension = self._places.shape

    def __call__(self, batch: Sequence[Sequence[int]]) -> Vectors:
        longest = max(len(ids) for ids in batch)
        padded = np.zeros((len(batch), longest), np.int64)
        for row, ids in enumerate(batch):
            padded[row, : len(ids)] = ids
        summed = np.asarray(self._words[padded]) + self._places[:longest]
        summed -= summed.mean(-1, keepdims=True)
        summed /= np.sqrt(np.square(summed).mean(-1, keepdims=True) + self._epsilon)
        return np.asarray(summed * self._weight + self._bias, np.float32)


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Rows of texts of similar length, at most `most` in a batch.

    A batch has about _BATCH_TOKENS tokens at most, padding included.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == most or lengths[row] * (len(batch) + 1) > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _sum(folder: Path, adapter: Adapter) -> dict[str, bundled.Tensor]:
    weights = bundled.mapped_weights(folder)
    return weights | {name: weights[name] + change for name, change in bundled.summed(adapter).items()}


def _make_graph(folder: Path, weights: dict[str, bundled.Tensor], layers: int | None) -> None:
    from assistant.models.onnx_graph import layers_graph  # onnx is needed for this only

    heads, epsilon, all_layers = _config(folder.parent)
    graph = layers_graph(weights, layers or all_layers, heads, epsilon, far=_FAR_CHANNELS)
    try:
        bundled.make_folder(folder, lambda partial: (partial / _GRAPH).write_bytes(graph))
    except OSError as error:
        raise ModelError(
            f"The embedding model's graph cannot be written to {folder}: {error}.",
            "Free 100 MB there, or name another folder with ASSISTANT_CACHE.",
        ) from None


def _config(folder: Path) -> tuple[int, float, int]:
    """The number of attention heads, the epsilon of the layer norms, and the number of layers."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return int(config["num_attention_heads"]), float(config["layer_norm_eps"]), int(config["num_hidden_layers"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The embedding model in {folder} is damaged: {error}.", "Delete that folder; it is unpacked again."
        ) from None
