"""The bundled model on ONNX Runtime, held against the same model on torch."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.build import build_index
from assistant.errors import ModelError, StoreMismatchError
from assistant.factory import cache_folder, make_encoder, open_assistant
from assistant.models import bundled, onnx_encoder
from assistant.models.onnx_encoder import OnnxEncoder
from assistant.models.onnx_graph import layers_graph, whole_weights
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings
from tests.command import run_python

pytestmark = pytest.mark.model

TEXTS = [
    "The tower stands on a cliff.",
    "Latarnia morska w Rozewiu ma 32 metry wysokości i świeci na 26 mil morskich.",
    "Bệnh viện đa khoa Thống Nhất có bao nhiêu bác sĩ?",
    "A long passage follows. " * 60,
]


@pytest.fixture(scope="module")
def folder() -> Path:
    return bundled.unpacked_model(cache_folder(load_settings()))


@pytest.fixture
def cache(folder: Path, tmp_path: Path) -> Path:
    """A cache of its own with the model in it, and no graph."""
    own = bundled.model_folder(tmp_path)
    own.mkdir()
    for part in folder.iterdir():
        if not part.name.startswith("int8"):
            (own / part.name).symlink_to(part)
    return tmp_path


def test_the_graph_computes_what_torch_computes(folder: Path) -> None:
    import torch  # here, because it takes seconds
    from transformers import AutoModel

    layers = 3  # of twelve alike ones
    graph = layers_graph(bundled.mapped_weights(folder), layers, 12, 1e-12, int8=False)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    model = AutoModel.from_pretrained(folder, num_hidden_layers=layers).eval()
    ids = torch.randint(10, 250_000, (2, 40), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 25:] = 0
    with torch.inference_mode():
        embeddings = model.embeddings(ids)
        expected = model(input_ids=ids, attention_mask=mask).last_hidden_state.numpy()
    inputs = {"embeddings": embeddings.numpy(), "lengths": mask.sum(1).numpy().astype(np.int32)}
    (states,) = session.run(["hidden"], inputs)
    np.testing.assert_allclose(states[0], expected[0], atol=1e-4)
    np.testing.assert_allclose(states[1, :25], expected[1, :25], atol=1e-4)


def test_vectors_are_near_those_of_torch(encoder: LayeredEncoder) -> None:
    other = SentenceEncoder(bundled.NAME, cache_folder(load_settings()))
    assert encoder.fingerprint != other.fingerprint
    assert encoder.count_tokens(TEXTS) == other.count_tokens(TEXTS)
    assert (encoder.dimension, encoder.window_tokens) == (other.dimension, other.window_tokens)
    texts = [*TEXTS, "word " * 2000]
    assert (encoder.embed_passages(texts) * other.embed_passages(texts)).sum(1).min() > 0.999
    assert (encoder.embed_queries(texts) * other.embed_queries(texts)).sum(1).min() > 0.999


def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(encoder: LayeredEncoder) -> None:
    alone = np.concatenate([encoder.embed_passages([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.embed_passages(TEXTS[::-1])[::-1], alone, atol=1e-4)


@given(st.integers(1, 9), st.integers(1, 40), st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 3.0]))
def test_no_two_products_exceed_16_bits_and_weights_stay_near(outputs: int, half: int, seed: int, power: float) -> None:
    drawn = np.random.default_rng(seed).normal(size=(outputs, 2 * half))
    weights = (np.sign(drawn) * np.abs(drawn) ** power).astype(np.float32)
    integers, scales = whole_weights(weights)
    ends = [np.clip(integers.astype(int), *ends) for ends in ((0, 127), (-128, 0))]
    sums = [255 * (end[:, 0::2] + end[:, 1::2]) for end in ends]
    assert max(int(np.abs(sums).max()) for sums in sums) <= 2**15 - 1
    np.testing.assert_allclose(integers * scales[:, None], weights, atol=float(0.51 * scales.max()))
    assert (scales <= np.abs(weights).max(1) / 63).all()  # at worst a bit is lost


@pytest.mark.parametrize("damage", ["missing", "cut", "altered"])
def test_a_damaged_graph_is_made_anew(cache: Path, encoder: LayeredEncoder, damage: str) -> None:
    OnnxEncoder(cache)
    (graph,) = bundled.model_folder(cache).glob("int8*/layers.onnx")
    whole = graph.read_bytes()
    if damage == "missing":
        graph.unlink()
    else:
        graph.write_bytes(whole[:-9] if damage == "cut" else whole[:-9] + b"\0" * 9)
    np.testing.assert_array_equal(OnnxEncoder(cache).embed_query(TEXTS[0]), encoder.embed_query(TEXTS[0]))
    assert graph.read_bytes() == whole
    assert not list(graph.parent.parent.glob("*.partial"))


def test_a_graph_that_cannot_be_written_says_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match="No space left") as raised:
        OnnxEncoder(cache)
    assert "ASSISTANT_CACHE" in raised.value.hint
    assert not list(bundled.model_folder(cache).glob("int8*"))


def test_a_model_that_is_not_bundled_needs_torch() -> None:
    with pytest.raises(ModelError, match="not 'other/model'") as raised:
        make_encoder(load_settings(embedding={"engine": "onnx", "model": "other/model"}))
    assert "ASSISTANT_EMBEDDING__ENGINE" in raised.value.hint


def test_without_the_runtime_torch_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # as where it is not installed
    assert not onnx_encoder.available()
    assert isinstance(make_encoder(load_settings()), SentenceEncoder)


def test_an_index_of_one_engine_is_not_read_with_the_other_and_answering_needs_no_torch(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text("The bridge of Alda was opened in 1998. It took nine years.", "utf-8")
    settings = load_settings(sources=(str(tmp_path / "bridge.txt"),), store=tmp_path / "store")
    build_index(settings)
    open_assistant(settings).close()  # makes the reader's graph, where this is the first time
    script = """
import json, sys
from pathlib import Path
from assistant import load_settings, open_assistant
reply = open_assistant(load_settings(store=Path(sys.argv[1]))).ask("When was the bridge of Alda opened?").reply
loaded = [name for name in ("torch", "sentence_transformers", "transformers", "onnx") if name in sys.modules]
print(json.dumps([reply.citations[0].quote, loaded]))
"""
    ran = run_python("-c", script, str(tmp_path / "store"))
    assert (ran.code, ran.err) == (0, "")
    quote, loaded = json.loads(ran.out)
    assert "1998" in quote
    assert loaded == []
    on_torch = load_settings(sources=settings.sources, store=settings.store, embedding={"engine": "torch"})
    with pytest.raises(StoreMismatchError, match="engine"):
        open_assistant(on_torch)
    report = build_index(on_torch)
    assert report.note is not None
    assert "engine: all is embedded anew" in report.note
    open_assistant(on_torch).close()


def test_threads_may_share_it(encoder: LayeredEncoder) -> None:
    texts = TEXTS[:3] * 4
    with ThreadPoolExecutor(4) as pool:
        at_a_time = [vector.tobytes() for vector in pool.map(encoder.embed_query, texts)]
    assert at_a_time == [encoder.embed_query(text).tobytes() for text in texts]
