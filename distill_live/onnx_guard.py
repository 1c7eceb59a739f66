"""What a decoder's ONNX graph may contain, checked before onnxruntime sees it.

A graph is data, not code, but it can ask for files, custom operators and any amount of memory. So
it is parsed, walked against an allow-list, and its shapes are inferred for the smallest and the
largest batch; every intermediate value must come out with a known size under a limit. Since no
operator on the list turns numbers into shapes (integers come only from constants and from `Shape`),
what is inferred is what is computed.

The limits are stated in `models/README.md`. This module knows graphs; it does not run them.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from onnx import (
    AttributeProto,
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
from distill_live.spectrogram import SpectrogramSettings

BATCH_LIMIT = 16
"""Largest batch that the limits are checked for; an engine decodes no more at once."""

IR_VERSIONS = range(8, 11)
OPSETS = range(17, 22)
"""What onnxruntime 1.20, the oldest that is supported, can run."""

NODES_LIMIT = 512
FIELDS_LIMIT = 10000
STRUCTURE_BYTES_LIMIT = 2**20
VALUE_LIMIT = 2**26
VALUES_LIMIT = 2**28
PRODUCTS_LIMIT = 2**37
RANK_LIMIT = 8

_SHAPE_OPERATORS = frozenset(
    {"Concat", "Constant", "Gather", "Identity", "Reshape", "Shape", "Slice", "Squeeze"}
    | {"Unsqueeze"}
)
"""Those that may yield integers. None computes with them."""

OPERATORS = _SHAPE_OPERATORS | {
    # networks
    *("BatchNormalization", "Conv", "ConvTranspose", "Gemm", "InstanceNormalization", "MatMul"),
    # activations
    *("Clip", "Elu", "Erf", "Gelu", "LeakyRelu", "Relu", "Sigmoid", "Softplus", "Tanh"),
    # arithmetic
    *("Add", "Div", "Exp", "Greater", "Less", "Log", "Max", "Min", "Mul", "Sqrt", "Sub", "Where"),
    # form
    *("Cast", "DepthToSpace", "Expand", "Flatten", "Pad", "Split", "Transpose"),
}

_FLOATS: dict[int, int] = {TensorProto.FLOAT: 4, TensorProto.FLOAT16: 2}
_TYPES: dict[int, int] = {**_FLOATS, TensorProto.INT64: 8, TensorProto.BOOL: 1}
_INTEGER_ELEMENTS_LIMIT = 64
_ATTRIBUTE_TYPES = frozenset(
    {AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING}
    | {AttributeProto.FLOATS, AttributeProto.INTS}
)
_ATTRIBUTE_LIMITS = {
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

Shape = tuple[int, ...]


def check_decoder(content: bytes, settings: SpectrogramSettings, latent_size: int) -> None:
    """Refuse an ONNX model that is not a decoder as a bundle may hold it.

    Parameters
    ----------
    content
        The ONNX file's bytes.
    settings
        What shape the spectrogram has.
    latent_size
        How many numbers the latent has.

    Raises
    ------
    BundleError
        If it is. The message gives the reason only.
    """
    try:
        structure = _structure_bytes(memoryview(content))
        if structure > STRUCTURE_BYTES_LIMIT:
            raise BundleError(
                f"has {structure} bytes besides its weights; at most {STRUCTURE_BYTES_LIMIT} "
                "are allowed"
            )
        model = ModelProto.FromString(content)
        _check_model(model)
        _check_nodes(model.graph.node)
        _check_weights(model.graph.initializer)
        _check_interface(model.graph, settings, latent_size)
        _check_unknown(model)
        skeleton = _skeleton(model)
        checker.check_model(skeleton)
        for batch in (1, BATCH_LIMIT):
            _check_sizes(_inferred(skeleton, batch), (batch, *settings.shape))
    except BundleError:
        raise
    except Exception as refusal:  # whatever protobuf and onnx meet in a hostile file
        reason = " ".join(str(refusal).split())[:200]
        printable = "".join(c if c.isprintable() else "?" for c in reason)
        raise BundleError(f"is no valid ONNX model ({printable})") from refusal


def _structure_bytes(content: memoryview) -> int:
    """Bytes of the model less the raw data of its weights: what parsing multiplies in memory."""
    raw = 0
    for graph in _submessages(content, ModelProto.GRAPH_FIELD_NUMBER):
        for tensor in _submessages(graph, GraphProto.INITIALIZER_FIELD_NUMBER):
            for data in _submessages(tensor, TensorProto.RAW_DATA_FIELD_NUMBER):
                raw += len(data)
    return len(content) - raw


def _submessages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The fields of this number in a message of the protobuf wire format, not parsed further."""
    offset, count = 0, 0
    while offset < len(message):
        count += 1
        if count > FIELDS_LIMIT:
            raise BundleError(f"has a message of over {FIELDS_LIMIT} fields")
        key, offset = _varint(message, offset)
        kind = key & 7
        if kind == 0:
            _, offset = _varint(message, offset)
        elif kind == 2:
            length, offset = _varint(message, offset)
            if key >> 3 == wanted:
                yield message[offset : offset + length]
            offset += length
        elif kind in (1, 5):
            offset += 8 if kind == 1 else 4
        else:
            raise BundleError("is no protobuf message")
    if offset > len(message):
        raise BundleError("is cut short")


def _varint(message: memoryview, offset: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
    raise BundleError("is no protobuf message")


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
        if count > NODES_LIMIT:
            raise BundleError(f"has over {NODES_LIMIT} nodes")
        if node.domain != "" or node.overload:
            raise BundleError(f"uses an operator of the domain {node.domain!a:.60}")
        if node.op_type not in OPERATORS:
            raise BundleError(f"uses the operator {node.op_type!a:.60}, which is not allowed")
        if len(node.input) > 64 or len(node.output) > 64:
            raise BundleError(f"has a {node.op_type} with over 64 inputs or outputs")
        for attribute in node.attribute:
            _check_attribute(node, attribute)


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
    limit = _ATTRIBUTE_LIMITS.get(attribute.name)
    if limit and any(abs(number) > limit for number in (attribute.i, *attribute.ints)):
        raise BundleError(f"{what} is over {limit}")
    if node.op_type == "Cast" and attribute.name == "to" and attribute.i not in _FLOATS:
        raise BundleError(f"{what} asks for another type than float32 and float16")


def _check_weights(tensors: Iterable[TensorProto]) -> None:
    for tensor in tensors:
        what = f"the weights {tensor.name!a:.60}"
        if tensor.external_data or tensor.data_location != TensorProto.DEFAULT:
            raise BundleError(f"{what} lie in another file")
        if tensor.data_type not in (*_FLOATS, TensorProto.INT64) or tensor.HasField("segment"):
            raise BundleError(f"{what} are not float32, float16 or int64")
        if len(tensor.dims) > RANK_LIMIT or any(not 0 <= n <= VALUE_LIMIT for n in tensor.dims):
            raise BundleError(f"{what} have an absurd shape")
        count = math.prod(tensor.dims)
        if tensor.data_type == TensorProto.INT64 and count > _INTEGER_ELEMENTS_LIMIT:
            raise BundleError(f"{what} are {count} integers; at most 64 are allowed")
        if len(tensor.raw_data) != count * _TYPES[tensor.data_type]:
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


def _check_interface(graph: GraphProto, settings: SpectrogramSettings, latent_size: int) -> None:
    for what, values, name, shape in (
        ("input", graph.input, "latent", (latent_size,)),
        ("output", graph.output, "spectrogram", settings.shape),
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
    """Refuse fields that this version of onnx does not know; empties the large weights first."""
    for tensor in model.graph.initializer:
        if tensor.data_type in _FLOATS and math.prod(tensor.dims) > _INTEGER_ELEMENTS_LIMIT:
            tensor.ClearField("raw_data")
    known_and_unknown = model.ByteSize()
    model.DiscardUnknownFields()
    if model.ByteSize() != known_and_unknown:
        raise BundleError("holds data that ONNX does not define")


def _skeleton(model: ModelProto) -> ModelProto:
    """The graph with its large weights as inputs, and with no shapes but theirs."""
    graph = model.graph
    weights, small = [], []
    for tensor in graph.initializer:
        if tensor.data_type in _FLOATS and math.prod(tensor.dims) > _INTEGER_ELEMENTS_LIMIT:
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


def _check_sizes(graph: GraphProto, expected: Shape) -> None:
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
    if kind not in _TYPES:
        raise BundleError(f"has a {node.op_type} that yields an unknown or forbidden type")
    if len(shape) > RANK_LIMIT or not all(length > 0 for length in shape):
        raise BundleError(f"has a {node.op_type} that yields a size that cannot be known")
    count = math.prod(shape)
    if kind == TensorProto.INT64:
        if node.op_type not in _SHAPE_OPERATORS or count > _INTEGER_ELEMENTS_LIMIT:
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
    if node.op_type in ("Gemm", "MatMul"):
        return 0, math.prod(result) * max(source)
    places = result if node.op_type == "Conv" else source
    column = math.prod(weights[1:])
    return math.prod(places[2:]) * column, math.prod(places) * column
