"""Rewrite a decoder's graph so that it computes only the requested frames of a chunk.

A stack of transposed convolutions widens a few columns to the frames of a chunk; each stage doubles
them. Adjacent frames depend on adjacent columns and the one after, so a slice before each stage,
its ends being inputs, keeps only these. The result differs from the same frames of a whole chunk by
rounding alone, since the order of a matrix product's additions depends on its size. Offsets that a
stage adds to its columns are sliced likewise.

The stages must be those of the trainer's networks; `decoder.py` tests whether the rest of a graph
works frame by frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, load_model_from_string, numpy_helper

TIME = 3
"""Axis of columns and frames."""

RANK = 4
"""Number of axes of a stage's input."""

DOUBLING = {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}
"""Attributes of a convolution whose output columns 2i, 2i + 1 depend on input columns i, i + 1."""

DEFAULTS = {"dilations": [1, 1], "group": 1, "kernel_shape": [3, 3], "auto_pad": b"NOTSET"}
"""Attributes that may be missing."""

ACTIVATIONS = frozenset({"Elu", "LeakyRelu", "Relu", "Sigmoid", "Tanh"})

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class PartialDecode:
    """A decoder graph with slices.

    Attributes
    ----------
    model : bytes
        ONNX; its inputs are the decoder's and `slice_inputs`.
    columns : tuple of int
        Number of input columns of each stage.
    offset_stages : tuple of int
        Stages that add an offset to each column of their output.
    """

    model: bytes
    columns: tuple[int, ...]
    offset_stages: tuple[int, ...] = ()

    def slice_inputs(self, first: int, stop: int) -> dict[str, Int64]:
        """Inputs that select the frames `first` to ``stop - 1``, at least one."""
        needed = [(first, stop)]
        for count in reversed(self.columns):
            first, stop = first // 2, min(stop // 2 + 1, count)
            needed.append((first, stop))
        needed.reverse()
        inputs, origin = {}, 0
        for stage in self.offset_stages:
            first, stop = needed[stage]
            last = stage == len(self.columns) - 1  # its output is sliced before the offsets
            ends = needed[-1] if last else (2 * first, 2 * stop)
            inputs[f"offset_first_{stage}"] = np.array([ends[0]], np.int64)
            inputs[f"offset_stop_{stage}"] = np.array([ends[1]], np.int64)
        for stage, (first, stop) in enumerate(needed):
            inputs[f"first_{stage}"] = np.array([first - origin], np.int64)
            inputs[f"stop_{stage}"] = np.array([stop - origin], np.int64)
            origin = 2 * first
        return inputs


def make_partial_decode(model: bytes) -> PartialDecode | None:
    """Add slices to a decoder's graph; None if its stages are unknown.

    Parameters
    ----------
    model
        ONNX, accepted by `distill_live.onnx_guard`.
    """
    parsed = load_model_from_string(model)
    graph = parsed.graph
    stages = [node for node in graph.node if node.op_type == "ConvTranspose"]
    shapes = _reshaped(graph.node, {tensor.name: tensor for tensor in graph.initializer})
    columns = _columns(graph.node, stages, shapes)
    if columns is None:
        return None
    start = _start(stages, {node.output[0]: node for node in graph.node})
    stage_of = {2 * count: stage for stage, count in enumerate(columns)}
    offsets = {
        name: stage_of[int(shape[TIME])]
        for name, shape in shapes.items()
        if shape[TIME] in stage_of and name != start
    }
    numbers = {node.output[0]: stage for stage, node in enumerate(stages)}
    nodes: list[NodeProto] = []
    for node in graph.node:
        stage = numbers.get(node.output[0])
        if stage is not None:
            nodes.append(_slice(node.input[0], f"needed_{stage}", stage))
            node.input[0] = f"needed_{stage}"
        nodes.append(node)
        if (name := node.output[0]) in offsets:
            nodes.append(_slice(f"all_{name}", name, offsets[name], "offset_"))
            node.output[0] = f"all_{name}"
        if stage == len(stages) - 1:
            nodes.append(_slice("all_frames", node.output[0], len(stages)))
            node.output[0] = "all_frames"
    # copies, since emptying the graph frees its nodes
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(copies)
    graph.initializer.append(numpy_helper.from_array(np.array([TIME], np.int64), "time_axis"))
    offset_stages = tuple(sorted(set(offsets.values())))
    for kind, numbered in (("", range(len(stages) + 1)), ("offset_", offset_stages)):
        for stage in numbered:
            for end in ("first", "stop"):
                name = f"{kind}{end}_{stage}"
                graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, [1]))
    graph.output[0].type.tensor_type.shape.dim[TIME].dim_param = "frames"
    return PartialDecode(parsed.SerializeToString(), columns, offset_stages)


def _reshaped(nodes: Sequence[NodeProto], constants: dict[str, TensorProto]) -> dict[str, Int64]:
    """Constant shapes of `RANK` axes that values are given by a `Reshape`, by name."""
    shapes = {
        node.output[0]: numpy_helper.to_array(constants[node.input[1]])
        for node in nodes
        if node.op_type == "Reshape" and node.input[1] in constants
    }
    return {name: shape for name, shape in shapes.items() if shape.shape == (RANK,)}


def _columns(
    nodes: Sequence[NodeProto], stages: Sequence[NodeProto], shapes: dict[str, Int64]
) -> tuple[int, ...] | None:
    """Number of input columns of each stage; None if the stages are not consecutive."""
    made_by = {name: node for node in nodes for name in node.output}
    shape = shapes.get(_start(stages, made_by))
    if shape is None or shape[TIME] < 1 or not all(map(_doubles, stages)):
        return None
    columns = tuple(int(shape[TIME]) << stage for stage in range(len(stages)))
    for (earlier, later), count in zip(pairwise(stages), columns[1:], strict=True):
        offsets = {name for name, shape in shapes.items() if shape[TIME] in (1, count)}
        sums = {
            node.output[0] for node in nodes if node.op_type == "Add" and offsets >= {*node.input}
        }
        if not _column_by_column(later.input[0], earlier.output[0], made_by, offsets | sums):
            return None
    return columns


def _start(stages: Sequence[NodeProto], made_by: dict[str, NodeProto]) -> str:
    """Name of the columns that the first stage is made from, before their activation."""
    name = stages[0].input[0] if stages else ""
    while name in made_by and made_by[name].op_type in ACTIVATIONS:
        name = made_by[name].input[0]
    return name


def _column_by_column(
    name: str, source: str, made_by: dict[str, NodeProto], offsets: set[str]
) -> bool:
    """Whether a value is made from `source` by activations and additions of offsets."""
    while name != source:
        node = made_by.get(name)
        if node is None or node.op_type not in (*ACTIVATIONS, "Add"):
            return False
        inputs = [one for one in node.input if one not in offsets]
        if len(inputs) != 1:
            return False
        name = inputs[0]
    return True


def _doubles(node: NodeProto) -> bool:
    found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    return DEFAULTS | found == DEFAULTS | DOUBLING


def _slice(of: str, into: str, stage: int, kind: str = "") -> NodeProto:
    ends = [f"{kind}{end}_{stage}" for end in ("first", "stop")]
    return helper.make_node("Slice", [of, *ends, "time_axis"], [into])
