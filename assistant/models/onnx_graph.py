"""Writes the layers of the bundled model as an ONNX graph, with weights mostly in 8 bits.

    hidden = layers(embeddings, lengths)        float32 (texts, tokens, hidden); int32 (texts,), tokens that count

Plain dynamic quantisation, with one scale for a whole batch, lost 2 points of recall@5 and made a vector depend on the
other texts of its batch (docs/experiments/encoder.md). Here every token has its own scale. The products that make
queries, keys and values lose most in 8 bits, so they stay in float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
_OPSET, _IR = 18, 10  # what ONNX Runtime has read for years
_FUSED = "com.microsoft"  # ONNX Runtime's own operators
_GELU_LEAST = -0.17  # to three digits the least value of GELU
_MOST_OF_PAIR = 128


def layers_graph(
    weights: Mapping[str, Array], layers: int, heads: int, epsilon: float, *, far: Sequence[int] = (), int8: bool = True
) -> bytes:
    """Return a serialised model of `layers` BERT layers, whose parameters have the names of transformers' BertModel.

    `far` are channels with outliers after the attention: they stay in float32, so that they do not set the scale of all
    others (Dettmers et al., "LLM.int8()", NeurIPS 2022). Without `int8` all weights stay in float32.
    """
    graph = _Graph(int8)
    hidden = "embeddings"
    for layer in range(layers):
        prefix = f"encoder.layer.{layer}."
        own = {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        hidden = _layer(graph, prefix, own, hidden, heads, epsilon, list(far))
    graph.add("Identity", [hidden], ["hidden"])
    shape: list[str | int | None] = [
        "texts",
        "tokens",
        int(weights["encoder.layer.0.output.LayerNorm.weight"].shape[0]),
    ]
    made = helper.make_graph(
        graph.nodes,
        "layers",
        [
            helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
        ],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in graph.constants.items()],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    model: bytes = helper.make_model(made, opset_imports=opsets, ir_version=_IR).SerializeToString()
    return model


@dataclass(slots=True)
class _Graph:
    """The nodes and constants of a graph that is being written."""

    int8: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def constant(self, name: str, value: Any, dtype: npt.DTypeLike = np.float32) -> str:
        self.constants[name] = np.ascontiguousarray(value, dtype)
        return name

    def add(self, operator: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, outputs, domain=domain, **attributes))
        return outputs[0]


def _layer(
    graph: _Graph, prefix: str, own: Mapping[str, Array], hidden: str, heads: int, epsilon: float, far: list[int]
) -> str:
    """Write attention and feed-forward part of one layer; return the name of its output."""
    names = ["query", "key", "value"]
    weights, biases = (
        np.concatenate([own[f"attention.self.{name}.{kind}"] for name in names]) for kind in ("weight", "bias")
    )
    mixed = graph.add("MatMul", [hidden, graph.constant(f"{prefix}mixed.weight", weights.T)], [f"{prefix}mixed"])
    parts = [prefix + name for name in names]
    graph.add("Split", [mixed], parts, axis=-1, num_outputs=len(parts))
    bias = graph.constant(f"{prefix}mixed.bias", biases)
    inputs, attended = [*parts, bias, "lengths"], f"{prefix}attended"
    graph.add("MultiHeadAttention", inputs, [attended], _FUSED, num_heads=heads)
    hidden = _dense(graph, f"{prefix}attention.output.", own, attended, hidden, epsilon)
    wide = _product_but(graph, far, hidden, own["intermediate.dense.weight"], f"{prefix}intermediate")
    bias = graph.constant(f"{prefix}intermediate.bias", own["intermediate.dense.bias"])
    graph.add("BiasGelu", [wide, bias], [f"{prefix}gelu"], _FUSED)
    return _dense(graph, f"{prefix}output.", own, f"{prefix}gelu", hidden, epsilon, least=_GELU_LEAST)


def _dense(
    graph: _Graph, prefix: str, own: Mapping[str, Array], inner: str, outer: str, epsilon: float, least: float = 0
) -> str:
    """Write LayerNorm(`outer` + dense layer of `inner`), whose inputs are at least `least` where that is not 0."""
    short = prefix[prefix.index("layer.") :].split(".", 2)[2]
    product, correction = _product(graph, inner, own[f"{short}dense.weight"], f"{prefix}dense", least)
    norm = [graph.constant(f"{prefix}norm.{kind}", own[f"{short}LayerNorm.{kind}"]) for kind in ("weight", "bias")]
    bias = graph.constant(f"{prefix}dense.bias", own[f"{short}dense.bias"] + correction)
    inputs = [product, outer, *norm, bias]
    return graph.add("SkipLayerNormalization", inputs, [f"{prefix}norm"], _FUSED, epsilon=epsilon)


def _product_but(graph: _Graph, far: list[int], inner: str, weights: Array, name: str) -> str:
    """Write a product as `_product` does, with the channels `far` in float32."""
    if not far or not graph.int8:
        return _product(graph, inner, weights, name)[0]
    near = np.ones(weights.shape[1], np.float32)
    near[far] = 0
    others = graph.add("Mul", [inner, graph.constant("near", near)], [f"{name}.near"])
    product, _ = _product(graph, others, weights * near, f"{name}.others")
    few = graph.add("Gather", [inner, graph.constant("far", far, np.int64)], [f"{name}.far"], axis=-1)
    exact = graph.add("MatMul", [few, graph.constant(f"{name}.far.weight", weights[:, far].T)], [f"{name}.exact"])
    return graph.add("Add", [product, exact], [name])


def _product(graph: _Graph, inner: str, weights: Array, name: str, least: float = 0) -> tuple[str, Array | float]:
    """Write `inner` times the transposed `weights` in 8 bits; return the product and what is added to the bias for it.

    Each token has its own scale, its greatest magnitude. Where values are known to be at least `least`, all 256 steps
    lie above it, and `least` times the weights goes into the bias.
    """
    if not graph.int8:
        return graph.add("MatMul", [inner, graph.constant(f"{name}.weight", weights.T)], [name]), 0
    integers, scales = whole_weights(weights)
    if least:
        shifted = graph.add("Sub", [inner, graph.constant("least", least)], [f"{name}.shifted"])
        magnitude, steps, zero = shifted, 255, 0
    else:
        shifted, steps, zero = inner, 127, 128
        magnitude = graph.add("Abs", [inner], [f"{name}.magnitude"])
    axis = graph.constant("axis", [-1], np.int64)
    greatest = graph.add("ReduceMax", [magnitude, axis], [f"{name}.greatest"], keepdims=1)
    above_zero = graph.add("Max", [greatest, graph.constant("tiny", 1e-9)], [f"{name}.above_zero"])
    scale = graph.add("Div", [graph.constant(f"steps{steps}", steps), above_zero], [f"{name}.scale"])
    scaled = graph.add("Mul", [shifted, scale], [f"{name}.scaled"])
    # Turning a number into a byte cuts it off: with a half added it is rounded.
    moved = graph.add("Add", [scaled, graph.constant(f"half{zero}", zero + 0.5)], [f"{name}.moved"])
    quantised = graph.add("Cast", [moved], [f"{name}.bytes"], to=TensorProto.UINT8)
    inputs = [quantised, graph.constant(f"{name}.weight", integers.T, np.int8)]
    if zero:
        inputs.append(graph.constant("zero", zero, np.uint8))
    whole = graph.add("MatMulInteger", inputs, [f"{name}.whole"])
    real = graph.add("Cast", [whole], [f"{name}.real"], to=TensorProto.FLOAT)
    weighed = graph.add("Mul", [real, graph.constant(f"{name}.scales", scales)], [f"{name}.weighed"])
    unit = graph.add("Div", [above_zero, graph.constant(f"steps{steps}", steps)], [f"{name}.unit"])
    correction = least * (integers.astype(np.float64).sum(1) * scales) if least else 0.0
    return graph.add("Mul", [weighed, unit], [name]), correction


def whole_weights(weights: Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return `weights`, shape (outputs, inputs), as bytes, and the scale of each output, shape (outputs,).

    CPUs without VNNI add the products of two neighbouring inputs, each a byte of 0 to 255 times a weight, in 16 bits,
    and cut the sum off at 32,767. So two neighbours of one sign may not exceed 128 together. Seven-bit weights would do
    too, but few pairs are that large, and a scale that fits them keeps nearly all of the eighth bit.
    """
    even, odd = weights[:, 0::2], weights[:, 1::2]
    of_one_sign = np.where(even * odd > 0, np.abs(even) + np.abs(odd), 0).max(1)
    scales = np.maximum(np.maximum(np.abs(weights).max(1) / 127, of_one_sign / _MOST_OF_PAIR), 1e-12)
    while True:
        integers = np.rint(weights / scales[:, None])
        pairs = integers[:, 0::2] + integers[:, 1::2]
        beyond = ((integers[:, 0::2] * integers[:, 1::2] > 0) & (np.abs(pairs) > _MOST_OF_PAIR)).any(1)
        if not beyond.any():  # rounding both up can exceed what fits
            return integers.astype(np.int8), scales.astype(np.float32)
        scales = np.where(beyond, scales * 1.002, scales)
