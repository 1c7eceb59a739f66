"""Check versions, operators, attributes, weights and interface of a parsed ONNX model."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

from distill_live.errors import BundleError

IR_VERSIONS = range(8, 11)
OPSETS = range(17, 22)
"""Supported by onnxruntime 1.20, the oldest supported version."""

MAX_NODES = 512
MAX_VALUE_SIZE = 2**26
MAX_RANK = 8

SHAPE_OPERATORS = frozenset(
    {"Concat", "Constant", "Gather", "Identity", "Reshape", "Shape", "Slice", "Squeeze"}
    | {"Unsqueeze"}
)
"""Operators that may yield integers; none computes with them."""

OPERATORS = SHAPE_OPERATORS | {
    # networks
    *("BatchNormalization", "Conv", "ConvTranspose", "Gemm", "InstanceNormalization", "MatMul"),
    # activations
    *("Clip", "Elu", "Erf", "Gelu", "LeakyRelu", "Relu", "Sigmoid", "Softplus", "Tanh"),
    # arithmetic
    *("Add", "Div", "Exp", "Greater", "Less", "Log", "Max", "Min", "Mul", "Sqrt", "Sub", "Where"),
    # form
    *("Cast", "DepthToSpace", "Expand", "Flatten", "Pad", "Split", "Transpose"),
}

_CONSTANT_INPUTS = {"Gather", "Pad", "Slice", "Split", "Squeeze", "Unsqueeze"}
"""Operators whose inputs but the first must be constants: so each size is a constant times a power
of the batch, and the largest batch has the largest sizes."""

FLOAT_BYTES: dict[int, int] = {TensorProto.FLOAT: 4, TensorProto.FLOAT16: 2}
TYPE_BYTES: dict[int, int] = {**FLOAT_BYTES, TensorProto.INT64: 8, TensorProto.BOOL: 1}
MAX_INTEGER_ELEMENTS = 64
_ATTRIBUTE_TYPES = frozenset(
    {AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING}
    | {AttributeProto.FLOATS, AttributeProto.INTS}
)
_MAX_ATTRIBUTES = {
    "blocksize": 64,
    "dilations": 64,
    "group": 4096,
    "kernel_shape": 64,
    "num_outputs": 64,
    "output_padding": 64,
    "output_shape": 65536,
    "pads": 4096,
    "strides": 64,
}


class Port(NamedTuple):
    """Input or output of a graph: its name, and its shape for one chunk."""

    name: str
    shape: tuple[int, ...]


def check_contents(model: ModelProto, source: Port, result: Port) -> None:
    """Raise if a model holds anything that is not allowed; empties its large weights.

    Parameters
    ----------
    model
        Parsed model.
    source, result
        Its only input and output, float32.

    Raises
    ------
    BundleError
        With the reason only.
    """
    _check_model(model)
    _check_nodes(model.graph.node)
    _check_constants(model.graph)
    _check_weights(model.graph.initializer)
    _check_interface(model.graph, source, result)
    _check_unknown(model)


def _check_model(model: ModelProto) -> None:
    if model.ir_version not in IR_VERSIONS:
        raise BundleError(f"has IR version {model.ir_version}; 8 to 10 are known")
    opsets = [(opset.domain, opset.version) for opset in model.opset_import]
    if len(opsets) != 1 or opsets[0][0] != "" or opsets[0][1] not in OPSETS:
        raise BundleError(f"imports the operator sets {opsets!a:.80}; one, 17 to 21, is allowed")
    graph = model.graph
    for what, found in (
        ("functions", model.functions),
        ("training", model.training_info),
        ("device configurations", getattr(model, "configuration", ())),
        ("sparse weights", graph.sparse_initializer),
        ("quantization", graph.quantization_annotation),
    ):
        if len(found):
            raise BundleError(f"holds {what}, which are not allowed")


def _check_nodes(nodes: Iterable[NodeProto]) -> None:
    for count, node in enumerate(nodes, 1):
        if count > MAX_NODES:
            raise BundleError(f"has over {MAX_NODES} nodes")
        if node.domain != "" or node.overload:
            raise BundleError(f"uses an operator of the domain {node.domain!a:.60}")
        if node.op_type not in OPERATORS:
            raise BundleError(f"uses the operator {node.op_type!a:.60}, which is not allowed")
        if len(node.input) > 64 or len(node.output) > 64:
            raise BundleError(f"has a {node.op_type} with over 64 inputs or outputs")
        for attribute in node.attribute:
            _check_attribute(node, attribute)


def _check_constants(graph: GraphProto) -> None:
    constants = {"", *(tensor.name for tensor in graph.initializer)}
    constants.update(
        node.output[0] for node in graph.node if node.op_type == "Constant" and node.output
    )
    for node in graph.node:
        if node.op_type in _CONSTANT_INPUTS and not constants.issuperset(node.input[1:]):
            raise BundleError(f"has a {node.op_type} that depends on what is computed")


def _check_attribute(node: NodeProto, attribute: AttributeProto) -> None:
    what = f"{node.op_type}'s attribute {attribute.name!a:.40}"
    if attribute.ref_attr_name:
        raise BundleError(f"{what} refers to a function")
    if node.op_type == "Constant" and attribute.type == AttributeProto.TENSOR:
        _check_weights([attribute.t])
    elif attribute.type not in _ATTRIBUTE_TYPES:
        raise BundleError(f"{what} holds a graph or another kind that is not allowed")
    if len(attribute.s) > 64 or len(attribute.ints) > 64 or len(attribute.floats) > 64:
        raise BundleError(f"{what} is too long")
    limit = _MAX_ATTRIBUTES.get(attribute.name)
    if limit and any(abs(number) > limit for number in (attribute.i, *attribute.ints)):
        raise BundleError(f"{what} is over {limit}")
    if node.op_type == "Cast" and attribute.name == "to" and attribute.i not in FLOAT_BYTES:
        raise BundleError(f"{what} asks for another type than float32 and float16")


def _check_weights(tensors: Iterable[TensorProto]) -> None:
    for tensor in tensors:
        what = f"the weights {tensor.name!a:.60}"
        if tensor.external_data or tensor.data_location != TensorProto.DEFAULT:
            raise BundleError(f"{what} lie in another file")
        if tensor.data_type not in (*FLOAT_BYTES, TensorProto.INT64) or tensor.HasField("segment"):
            raise BundleError(f"{what} are not float32, float16 or int64")
        if len(tensor.dims) > MAX_RANK or any(not 0 <= n <= MAX_VALUE_SIZE for n in tensor.dims):
            raise BundleError(f"{what} have an absurd shape")
        count = math.prod(tensor.dims)
        if tensor.data_type == TensorProto.INT64 and count > MAX_INTEGER_ELEMENTS:
            raise BundleError(f"{what} are {count} integers; at most 64 are allowed")
        if len(tensor.raw_data) != count * TYPE_BYTES[tensor.data_type]:
            raise BundleError(
                f"{what} hold {len(tensor.raw_data)} bytes of raw data, not {count} numbers"
            )
        if any(len(values) for values in (tensor.float_data, tensor.int32_data, tensor.int64_data)):
            raise BundleError(f"{what} hold numbers beside their raw data")
        if not _is_finite(tensor):
            raise BundleError(f"{what} hold numbers that are not finite")


def _is_finite(tensor: TensorProto) -> bool:
    if tensor.data_type == TensorProto.FLOAT:
        exponents, infinite = np.frombuffer(tensor.raw_data, "<u4"), np.uint32(0x7F800000)
        return not bool(((exponents & infinite) == infinite).any())
    if tensor.data_type == TensorProto.FLOAT16:
        halves, infinite_half = np.frombuffer(tensor.raw_data, "<u2"), np.uint16(0x7C00)
        return not bool(((halves & infinite_half) == infinite_half).any())
    return True


def _check_interface(graph: GraphProto, source: Port, result: Port) -> None:
    for what, values, (name, shape) in (
        ("input", graph.input, source),
        ("output", graph.output, result),
    ):
        if [value.name for value in values] != [name]:
            raise BundleError(f"must have exactly one {what}, named {name}")
        tensor = values[0].type.tensor_type
        dims = tensor.shape.dim
        if (
            values[0].type.WhichOneof("value") != "tensor_type"
            or tensor.elem_type != TensorProto.FLOAT
            or len(dims) != 1 + len(shape)
            or not dims[0].dim_param
            or tuple(dim.dim_value for dim in dims[1:]) != shape
        ):
            raise BundleError(
                f"{name} must be float32 of the shape (batch, {str(shape)[1:-1].rstrip(',')}), "
                "batch being a name"
            )


def _check_unknown(model: ModelProto) -> None:
    """Raise if there are fields that onnx does not define; empties the large weights first."""
    for tensor in model.graph.initializer:
        if tensor.data_type in FLOAT_BYTES and math.prod(tensor.dims) > MAX_INTEGER_ELEMENTS:
            tensor.ClearField("raw_data")
    known_and_unknown = model.ByteSize()
    model.DiscardUnknownFields()
    if model.ByteSize() != known_and_unknown:
        raise BundleError("holds data that ONNX does not define")
