"""Bound the memory and work of a graph by shape inference, without running it.

Relies on `contents`: integers come only from constants and from `Shape`, so inferred shapes are the
computed ones.
"""

import math
from collections.abc import Mapping

from onnx import (
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    checker,
    helper,
    shape_inference,
)

from distill_live.errors import BundleError
from distill_live.onnx_guard.contents import (
    FLOAT_BYTES,
    MAX_INTEGER_ELEMENTS,
    MAX_RANK,
    MAX_VALUE_SIZE,
    SHAPE_OPERATORS,
    TYPE_BYTES,
    Port,
)

MAX_BATCH = 16
"""Largest batch for which the limits are checked; an engine computes no more at once."""

MAX_VALUES = 2**28
MAX_PRODUCTS = 2**37

Shape = tuple[int, ...]


def check_sizes(model: ModelProto, result: Port) -> None:
    """Raise if a graph's values are too large, or their sizes unknown.

    Parameters
    ----------
    model
        Model, accepted by `check_contents`.
    result
        Its output.

    Raises
    ------
    BundleError
        With the reason only.
    Exception
        From onnx, for an invalid graph.
    """
    skeleton = _skeleton(model, result)
    checker.check_model(skeleton)
    for batch in (1, MAX_BATCH):
        skeleton.graph.input[0].type.tensor_type.shape.dim[0].dim_value = batch
        inferred = shape_inference.infer_shapes(
            skeleton, check_type=True, strict_mode=True, data_prop=True
        )
        _check_graph(inferred.graph, result.name, (batch, *result.shape))


def _skeleton(model: ModelProto, result: Port) -> ModelProto:
    """Copy the graph with its large weights as inputs, and without other shapes."""
    graph = model.graph
    weights, small = [], []
    for tensor in graph.initializer:
        if tensor.data_type in FLOAT_BYTES and math.prod(tensor.dims) > MAX_INTEGER_ELEMENTS:
            weights.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
            )
        else:
            small.append(tensor)
    rank = 1 + len(result.shape)
    output = helper.make_tensor_value_info(result.name, TensorProto.FLOAT, [None] * rank)
    skeleton = helper.make_graph(
        graph.node, "graph", [graph.input[0], *weights], [output], initializer=small
    )
    return helper.make_model(
        skeleton, opset_imports=model.opset_import, ir_version=model.ir_version
    )


def _check_graph(graph: GraphProto, output: str, expected: Shape) -> None:
    values = (*graph.input, *graph.value_info, *graph.output)
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    shapes = {value.name: _shape(value) for value in values}
    for tensor in graph.initializer:
        types[tensor.name], shapes[tensor.name] = tensor.data_type, tuple(tensor.dims)
    total = products = 0
    for node in graph.node:
        for name in filter(None, node.output):
            count = _check_value(node, types.get(name, 0), shapes.get(name, (0,)))
            total += count
        scratch, work = _cost(node, shapes)
        if scratch > MAX_VALUE_SIZE:
            raise BundleError(f"needs {scratch} numbers in a {node.op_type}, over {MAX_VALUE_SIZE}")
        total += scratch
        products += work
    if total > MAX_VALUES:
        raise BundleError(f"computes {total} numbers for {expected[0]} chunks, over {MAX_VALUES}")
    if products > MAX_PRODUCTS:
        raise BundleError(
            f"multiplies {products} times for {expected[0]} chunks, over {MAX_PRODUCTS}"
        )
    if shapes[output] != expected:
        raise BundleError(f"yields the shape {shapes[output]}, not {expected}")


def _shape(value: ValueInfoProto) -> Shape:
    """Dimensions of a value, 0 where unknown."""
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)


def _check_value(node: NodeProto, kind: int, shape: Shape) -> int:
    if kind not in TYPE_BYTES:
        raise BundleError(f"has a {node.op_type} that yields an unknown or forbidden type")
    if len(shape) > MAX_RANK or not all(length > 0 for length in shape):
        raise BundleError(f"has a {node.op_type} that yields a size that cannot be known")
    count = math.prod(shape)
    if kind == TensorProto.INT64:
        if node.op_type not in SHAPE_OPERATORS or count > MAX_INTEGER_ELEMENTS:
            raise BundleError(f"has a {node.op_type} that computes with integers")
    elif count > MAX_VALUE_SIZE:
        raise BundleError(
            f"has a {node.op_type} that yields {count} numbers, over {MAX_VALUE_SIZE}"
        )
    return count


def _cost(node: NodeProto, shapes: Mapping[str, Shape]) -> tuple[int, int]:
    """Scratch memory in numbers, and number of multiplications, of a node."""
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0, 0
    source, weights, result = (
        shapes[name] for name in (node.input[0], node.input[1], node.output[0])
    )
    if node.op_type == "MatMul":
        return 0, math.prod(result) * source[-1]
    if node.op_type == "Gemm":
        return 0, math.prod(source) * result[1]
    places = result if node.op_type == "Conv" else source
    column = math.prod(weights[1:])
    return math.prod(places[2:]) * column, math.prod(places) * column
