"""Rewrite a decoder's graph so that it computes only the requested frames of a chunk.

A stack of transposed convolutions widens a few columns to the frames of a chunk; each stage doubles
them. Adjacent frames depend on adjacent columns and the one after, so a slice before each stage,
its ends being inputs, keeps only these. The result differs from the same frames of a whole chunk by
rounding alone, since the order of a matrix product's additions depends on its size.

The stages must be those of the trainer's networks; `distill_live.engine.decoder` tests whether the
rest of a graph works frame by frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, load_model_from_string, numpy_helper

TIME = 3
"""Axis of columns and frames."""

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
    """

    model: bytes
    columns: tuple[int, ...]

    def slice_inputs(self, first: int, stop: int) -> dict[str, Int64]:
        """Inputs that select the frames `first` to ``stop - 1``, at least one."""
        needed = [(first, stop)]
        for count in reversed(self.columns):
            first, stop = first // 2, min(stop // 2 + 1, count)
            needed.append((first, stop))
        inputs, origin = {}, 0
        for stage, (first, stop) in enumerate(reversed(needed)):
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
    columns = _columns(graph.node, stages, {tensor.name: tensor for tensor in graph.initializer})
    if columns is None:
        return None
    numbers = {node.output[0]: stage for stage, node in enumerate(stages)}
    nodes: list[NodeProto] = []
    for node in graph.node:
        stage = numbers.get(node.output[0])
        if stage is not None:
            nodes.append(_slice(node.input[0], f"needed_{stage}", stage))
            node.input[0] = f"needed_{stage}"
        nodes.append(node)
        if stage == len(stages) - 1:
            nodes.append(_slice("all_frames", node.output[0], len(stages)))
            node.output[0] = "all_frames"
    # copies, since emptying the graph frees its nodes
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(copies)
    graph.initializer.append(numpy_helper.from_array(np.array([TIME], np.int64), "time_axis"))
    for stage in range(len(stages) + 1):
        for end in ("first", "stop"):
            name = f"{end}_{stage}"
            graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, [1]))
    graph.output[0].type.tensor_type.shape.dim[TIME].dim_param = "frames"
    return PartialDecode(parsed.SerializeToString(), columns)


def _columns(
    nodes: Sequence[NodeProto], stages: Sequence[NodeProto], constants: dict[str, TensorProto]
) -> tuple[int, ...] | None:
    """Number of input columns of each stage; None if the stages are not consecutive."""
    made_by = {name: node for node in nodes for name in node.output}
    start = made_by.get(stages[0].input[0]) if stages else None
    if start is None or start.op_type != "Reshape" or start.input[1] not in constants:
        return None
    if not all(map(_doubles, stages)):
        return None
    for earlier, later in pairwise(stages):
        between = made_by.get(later.input[0])
        if between is None or between.op_type not in ACTIVATIONS:
            return None
        if between.input[0] != earlier.output[0]:
            return None
    shape = numpy_helper.to_array(constants[start.input[1]])
    if shape.shape != (4,) or shape[TIME] < 1:
        return None
    return tuple(int(shape[TIME]) << stage for stage in range(len(stages)))


def _doubles(node: NodeProto) -> bool:
    found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    return DEFAULTS | found == DEFAULTS | DOUBLING


def _slice(of: str, into: str, stage: int) -> NodeProto:
    return helper.make_node("Slice", [of, f"first_{stage}", f"stop_{stage}", "time_axis"], [into])
