"""Measure the structure of an ONNX file from its bytes, before parsing.

A parsed message takes up to a hundred times the memory of its bytes; raw data takes its size once.

Protocol Buffers documentation, *Encoding*.
"""

from collections.abc import Iterator

from onnx import GraphProto, ModelProto, TensorProto

from distill_live.errors import BundleError

MAX_FIELDS = 10000


def structure_bytes(content: memoryview) -> int:
    """Size of the model in bytes without the raw data of its weights."""
    raw = 0
    for graph in _submessages(content, ModelProto.GRAPH_FIELD_NUMBER):
        for tensor in _submessages(graph, GraphProto.INITIALIZER_FIELD_NUMBER):
            for data in _submessages(tensor, TensorProto.RAW_DATA_FIELD_NUMBER):
                raw += len(data)
    return len(content) - raw


def _submessages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the length-delimited fields with a number of a protobuf message, unparsed."""
    offset, count = 0, 0
    while offset < len(message):
        count += 1
        if count > MAX_FIELDS:
            raise BundleError(f"has a message of over {MAX_FIELDS} fields")
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
