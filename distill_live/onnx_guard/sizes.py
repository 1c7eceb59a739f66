"""How much memory and work a decoder asks for, inferred without running it.

It relies on `contents`: integers come only from constants and from `Shape`, so that the shapes that
are inferred for a batch are those that are computed.
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
    FLOATS,
    INTEGER_ELEMENTS_LIMIT,
    RANK_LIMIT,
    SHAPE_OPERATORS,
    TYPES,
    VALUE_LIMIT,
)

BATCH_LIMIT = 16
"""Largest batch that the limits are checked for; an engine decodes no more at once."""

VALUES_LIMIT = 2**28
PRODUCTS_LIMIT = 2**37

Shape = tuple[int, ...]


def check_sizes(model: ModelProto, chunk: Shape) -> None:
    """Refuse a decoder whose values are too large, or whose sizes cannot be known.

    Parameters
    ----------
    model
        A model whose contents have been checked.
    chunk
        The shape that it must yield for each latent.

    Raises
    ------
    BundleError
        If it is refused.
    Exception
        Whatever onnx raises for a graph that makes no sense.
    """
    skeleton = _skeleton(model)
    checker.check_model(skeleton)
    for batch in (1, BATCH_LIMIT):
        _check_graph(_inferred(skeleton, batch), (batch, *chunk))


def _skeleton(model: ModelProto) -> ModelProto:
    """The graph with its large weights as inputs, and with no shapes but theirs."""
    graph = model.graph
    weights, small = [], []
    for tensor in graph.initializer:
        if tensor.data_type in FLOATS and math.prod(tensor.dims) > INTEGER_ELEMENTS_LIMIT:
            weights.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
            )
        else:
            small.append(tensor)
    output = helper.make_tensor_value_info("spectrogram", TensorProto.FLOAT, [None] * 4)
    skeleton = helper.make_graph(
        graph.node, "decoder", [graph.input[0], *weights], [output], initializer=small
    )
    return helper.make_model(
        skeleton, opset_imports=model.opset_import, ir_version=model.ir_version
    )


def _inferred(skeleton: ModelProto, batch: int) -> GraphProto:
    skeleton.graph.input[0].type.tensor_type.shape.dim[0].dim_value = batch
    model = shape_inference.infer_shapes(
        skeleton, check_type=True, strict_mode=True, data_prop=True
    )
    return model.graph


def _check_graph(graph: GraphProto, expected: Shape) -> None:
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
        if scratch > VALUE_LIMIT:
            raise BundleError(f"needs {scratch} numbers in a {node.op_type}, over {VALUE_LIMIT}")
        total += scratch
        products += work
    if total > VALUES_LIMIT:
        raise BundleError(f"computes {total} numbers for {expected[0]} chunks, over {VALUES_LIMIT}")
    if products > PRODUCTS_LIMIT:
        raise BundleError(
            f"multiplies {products} times for {expected[0]} chunks, over {PRODUCTS_LIMIT}"
        )
    if shapes["spectrogram"] != expected:
        raise BundleError(f"yields the shape {shapes['spectrogram']}, not {expected}")


def _shape(value: ValueInfoProto) -> Shape:
    """Its dimensions, 0 for those that are not known."""
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)


def _check_value(node: NodeProto, kind: int, shape: Shape) -> int:
    if kind not in TYPES:
        raise BundleError(f"has a {node.op_type} that yields an unknown or forbidden type")
    if len(shape) > RANK_LIMIT or not all(length > 0 for length in shape):
        raise BundleError(f"has a {node.op_type} that yields a size that cannot be known")
    count = math.prod(shape)
    if kind == TensorProto.INT64:
        if node.op_type not in SHAPE_OPERATORS or count > INTEGER_ELEMENTS_LIMIT:
            raise BundleError(f"has a {node.op_type} that computes with integers")
    elif count > VALUE_LIMIT:
        raise BundleError(f"has a {node.op_type} that yields {count} numbers, over {VALUE_LIMIT}")
    return count


def _cost(node: NodeProto, shapes: Mapping[str, Shape]) -> tuple[int, int]:
    """Numbers of scratch memory, and multiplications."""
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
