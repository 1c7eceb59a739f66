"""A decoder's graph that computes no more of a chunk than the frames that are asked for.

A network of transposed convolutions widens a few columns to the frames of a chunk, each stage to
twice as many. Frames that lie together come from columns that lie together, and from the one after
them, so each stage needs only these: before it stands a slice, whose ends are inputs. What comes
differs from the same frames of a whole chunk by rounding alone, since a matrix product adds in an
order that follows its size.

It knows the networks that the trainer makes. Whether what follows them goes frame by frame, a trial
tells (`distill_live.engine.decoder`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, load_model_from_string, numpy_helper

TIME = 3
"""The axis of columns and frames."""

RANK = 4
"""Axes of what the stages are given."""

WIDENS = {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}
"""Attributes by which a convolution makes columns 2 *i* and 2 *i* + 1 of columns *i*, *i* + 1."""

ASSUMED = {"dilations": [1, 1], "group": 1, "kernel_shape": [3, 3], "auto_pad": b"NOTSET"}
"""Attributes that may be missing, as far as the kernels have this shape."""

ACTIVATIONS = frozenset({"Elu", "LeakyRelu", "Relu", "Sigmoid", "Tanh"})

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class PartialDecode:
    """A graph with slices.

    Attributes
    ----------
    model : bytes
        ONNX; its inputs are the decoder's and those of `cuts`.
    columns : tuple of int
        How many there are before each stage.
    offset_stages : tuple of int
        Stages whose columns are offset, each by its own number.
    """

    model: bytes
    columns: tuple[int, ...]
    offset_stages: tuple[int, ...] = ()

    def cuts(self, first: int, stop: int) -> dict[str, Int64]:
        """The inputs for frames `first` to ``stop - 1``, of at least one."""
        needed = [(first, stop)]
        for count in reversed(self.columns):
            first, stop = first // 2, min(stop // 2 + 1, count)
            needed.append((first, stop))
        needed.reverse()
        inputs, origin = {}, 0
        for stage in self.offset_stages:
            first, stop = needed[stage]
            made = needed[-1] if stage == len(self.columns) - 1 else (2 * first, 2 * stop)
            inputs[f"offset_first_{stage}"] = np.array([made[0]], np.int64)
            inputs[f"offset_stop_{stage}"] = np.array([made[1]], np.int64)
        for stage, (first, stop) in enumerate(needed):
            inputs[f"first_{stage}"] = np.array([first - origin], np.int64)
            inputs[f"stop_{stage}"] = np.array([stop - origin], np.int64)
            origin = 2 * first
        return inputs


def windowing(model: bytes) -> PartialDecode | None:
    """The graph of a decoder with slices; None if its stages are not as they are known.

    Parameters
    ----------
    model
        ONNX that `distill_live.onnx_guard` has accepted.
    """
    parsed = load_model_from_string(model)
    graph = parsed.graph
    stages = [node for node in graph.node if node.op_type == "ConvTranspose"]
    constants = {tensor.name: tensor for tensor in graph.initializer}
    columns = _columns(graph.node, stages, constants)
    if columns is None:
        return None
    made = {2 * count: stage for stage, count in enumerate(columns)}
    offsets = {
        name: made[int(shape[TIME])]
        for name, shape in _reshaped(graph.node, constants).items()
        if len(shape) == RANK and int(shape[TIME]) in made and name != stages[0].input[0]
    }
    numbers = {node.output[0]: stage for stage, node in enumerate(stages)}
    nodes: list[NodeProto] = []
    for node in graph.node:
        stage = numbers.get(node.output[0])
        if stage is not None:
            nodes.append(_slice(node.input[0], f"needed_{stage}", f"_{stage}"))
            node.input[0] = f"needed_{stage}"
        nodes.append(node)
        if node.output[0] in offsets:
            stage, name = offsets[node.output[0]], node.output[0]
            node.output[0] = f"all_{name}"
            nodes.append(_slice(f"all_{name}", name, f"_{stage}", "offset_"))
            continue
        if stage == len(stages) - 1:
            nodes.append(_slice("all_frames", node.output[0], f"_{len(stages)}"))
            node.output[0] = "all_frames"
    # the nodes are of the graph: copies of them outlive its emptying
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(copies)
    graph.initializer.append(numpy_helper.from_array(np.array([TIME], np.int64), "time_axis"))
    offset_stages = tuple(sorted(set(offsets.values())))
    ends = [
        *(f"{end}_{stage}" for stage in range(len(stages) + 1) for end in ("first", "stop")),
        *(f"offset_{end}_{stage}" for stage in offset_stages for end in ("first", "stop")),
    ]
    for name in ends:
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, [1]))
    graph.output[0].type.tensor_type.shape.dim[TIME].dim_param = "frames"
    return PartialDecode(parsed.SerializeToString(), columns, offset_stages)


def _columns(
    nodes: Sequence[NodeProto], stages: Sequence[NodeProto], constants: dict[str, TensorProto]
) -> tuple[int, ...] | None:
    """How many columns each stage is given, if they follow upon each other."""
    made_by = {name: node for node in nodes for name in node.output}
    start = made_by.get(stages[0].input[0]) if stages else None
    if start is None or start.op_type != "Reshape" or start.input[1] not in constants:
        return None
    if not all(map(_widens, stages)):
        return None
    shapes = _reshaped(nodes, constants)
    shape = shapes[start.output[0]]
    if shape.shape != (RANK,) or shape[TIME] < 1:
        return None
    columns = tuple(int(shape[TIME]) << stage for stage in range(len(stages)))
    for (earlier, later), count in zip(pairwise(stages), columns[1:], strict=True):
        offsets = {
            name for name, to in shapes.items() if len(to) == RANK and to[TIME] in (1, count)
        }
        if not _column_by_column(later.input[0], earlier.output[0], made_by, offsets):
            return None
    return columns


def _reshaped(nodes: Sequence[NodeProto], constants: dict[str, TensorProto]) -> dict[str, Int64]:
    """Constant shapes of the values that a `Reshape` gives, by name."""
    return {
        node.output[0]: numpy_helper.to_array(constants[node.input[1]])
        for node in nodes
        if node.op_type == "Reshape" and node.input[1] in constants
    }


def _column_by_column(
    name: str, source: str, made_by: dict[str, NodeProto], offsets: set[str]
) -> bool:
    """Whether a value follows from `source` by activations and by adding offsets."""
    while name != source:
        node = made_by.get(name)
        if node is None or node.op_type not in (*ACTIVATIONS, "Add"):
            return False
        inputs = [one for one in node.input if one not in offsets]
        if len(inputs) != 1:
            return False
        name = inputs[0]
    return True


def _widens(node: NodeProto) -> bool:
    found = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    return ASSUMED | found == ASSUMED | WIDENS


def _slice(of: str, into: str, ends: str, kind: str = "") -> NodeProto:
    inputs = [of, f"{kind}first{ends}", f"{kind}stop{ends}", "time_axis"]
    return helper.make_node("Slice", inputs, [into])
