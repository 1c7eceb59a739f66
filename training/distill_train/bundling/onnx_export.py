"""Export decoder and encoder to ONNX, compare them with torch, store accurate weights as float16.

Batch norm is folded exactly into the convolutions before it, and the decoder's first convolution
into the linear layer before it.
"""

import copy
import logging
import warnings
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import onnx
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from distill_live.errors import TrainingError
from distill_live.process_environment import load_onnxruntime
from distill_live.spectrogram import Float32
from distill_train.training.model import ConvDecoder, ConvEncoder

OPSET, IR_VERSION = 18, 10
"""Versions that onnxruntime 1.20 and later support."""

GRAPH_TOLERANCE = 1e-3
"""Maximum difference of an exported graph from torch, in normalised channels or in the latent."""

HALF_TOLERANCE = 0.02
"""Maximum difference with float16 weights; otherwise they stay float32."""

MIN_HALF_ELEMENTS = 1024
"""Minimum number of elements of a weight to be stored as float16; biases stay float32."""


Convolutional = TypeVar("Convolutional", ConvDecoder, ConvEncoder)


@dataclass(frozen=True)
class ExportedGraph:
    """An ONNX decoder or encoder.

    Attributes
    ----------
    content
        ONNX file, as a bundle holds it.
    weights
        Storage type, ``float16`` or ``float32``; arithmetic is float32.
    largest_error, mean_error
        Largest and mean absolute difference from torch on the checked inputs.
    """

    content: bytes
    weights: str
    largest_error: float
    mean_error: float


def export_decoder(decoder: ConvDecoder, latents: Float32) -> ExportedGraph:
    """Export a decoder and compare it with torch.

    Parameters
    ----------
    decoder
        Decoder on the CPU.
    latents
        Latents for the comparison, ``(count, latent)``, at least one.

    Raises
    ------
    TrainingError
        If the graph's output differs from torch's or is not finite.
    """
    decoder = copy.deepcopy(decoder).eval()
    folded = _with_folded_start(_without_batch_norm(copy.deepcopy(decoder)))
    return _exported("decoder", decoder, folded, latents, "latent", "spectrogram")


def export_encoder(encoder: ConvEncoder, chunks: Float32) -> ExportedGraph:
    """Export the mean of an encoder and compare it with torch.

    Parameters
    ----------
    encoder
        Encoder on the CPU.
    chunks
        Chunks for the comparison, ``(count, 2, n_mels, n_frames)``, at least one.

    Raises
    ------
    TrainingError
        If the graph's output differs from torch's or is not finite.
    """
    encoder = copy.deepcopy(encoder).eval()
    folded = _without_batch_norm(copy.deepcopy(encoder))
    means = _EncoderMean(encoder), _EncoderMean(folded)
    return _exported("encoder", *means, chunks, "spectrogram", "latent")


class _EncoderMean(nn.Module):
    def __init__(self, encoder: ConvEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, chunk: Tensor) -> Tensor:
        mean: Tensor = self.encoder(chunk)[0]
        return mean


def _exported(
    what: str, module: nn.Module, folded: nn.Module, inputs: Float32, source: str, result: str
) -> ExportedGraph:
    """Export a folded module under names of input and output, and compare it with the module."""
    with torch.no_grad():
        expected: Float32 = module(torch.from_numpy(inputs)).numpy()
    if not np.isfinite(expected).all():
        raise TrainingError(f"the {what} gives values that are not finite; train it again")
    full = _export(what, folded, inputs.shape[1:], source, result)
    largest, mean = _difference(full, inputs, expected)
    if not largest <= GRAPH_TOLERANCE:
        raise TrainingError(
            f"the exported {what} differs from torch by {largest:.2g}, over {GRAPH_TOLERANCE}; "
            "try other versions of torch and onnxscript"
        )
    half = _with_half_weights(full)
    if half is not None:
        half_largest, half_mean = _difference(half, inputs, expected)
        if half_largest <= HALF_TOLERANCE:
            return ExportedGraph(half.SerializeToString(), "float16", half_largest, half_mean)
    return ExportedGraph(full.SerializeToString(), "float32", largest, mean)


def _without_batch_norm(module: Convolutional) -> Convolutional:
    for block in module.blocks:
        if isinstance(block, nn.Sequential):
            convolution, norm = block[0], block[1]
            assert isinstance(convolution, nn.Conv2d | nn.ConvTranspose2d)
            assert isinstance(norm, nn.BatchNorm2d)
            transpose = isinstance(convolution, nn.ConvTranspose2d)
            block[0] = fuse_conv_bn_eval(convolution, norm, transpose=transpose)
            block[1] = nn.Identity()
    return module


def _with_folded_start(decoder: ConvDecoder) -> ConvDecoder:
    """Make one linear layer of the first one and the first convolution, a tenth of the time."""
    block = decoder.blocks[0]
    assert isinstance(block, nn.Sequential)
    latent_dim = decoder.linear.in_features
    with torch.no_grad():
        latents = torch.cat([torch.zeros(1, latent_dim), torch.eye(latent_dim)]).double()
        pixels = block[0].double()(decoder.linear.double()(latents).view(-1, *decoder.start))
        decoder.start = tuple(pixels.shape[1:])
        bias, weight = pixels[0].flatten(), (pixels[1:] - pixels[0]).flatten(1).T
        decoder.linear = nn.Linear(*weight.T.shape)
        decoder.linear.weight.copy_(weight)
        decoder.linear.bias.copy_(bias)
    block[0] = nn.Identity()
    return decoder


def _export(
    what: str, module: nn.Module, shape: tuple[int, ...], source: str, result: str
) -> ModelProto:
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside the exporter
            program = torch.onnx.export(
                module,
                (torch.zeros(2, *shape),),
                input_names=[source],
                output_names=[result],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
    assert program is not None
    return _plain(what, program.model_proto)


def _plain(what: str, model: ModelProto) -> ModelProto:
    """Copy of a graph without the exporter's metadata, under another name."""
    graph = model.graph
    for node in graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    weights = [
        numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name)
        for tensor in graph.initializer
    ]
    ports = [
        helper.make_tensor_value_info(
            value.name,
            TensorProto.FLOAT,
            ["batch", *(dim.dim_value for dim in value.type.tensor_type.shape.dim[1:])],
        )
        for value in (graph.input[0], graph.output[0])
    ]
    plain = helper.make_graph(list(graph.node), what, ports[:1], ports[1:], initializer=weights)
    result = helper.make_model(
        plain, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(result, full_check=True)
    return result


def _with_half_weights(model: ModelProto) -> ModelProto | None:
    """Copy with large weights as float16 and casts to float32; None if a weight overflows."""
    result = copy.deepcopy(model)
    graph = result.graph
    casts = []
    for tensor in graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or weights.size < MIN_HALF_ELEMENTS:
            continue
        if np.abs(weights).max() > np.finfo(np.float16).max:
            return None
        name = f"{tensor.name}_half"
        casts.append(helper.make_node("Cast", [name], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(numpy_helper.from_array(weights.astype(np.float16), name))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(result, full_check=True)
    return result


def _difference(model: ModelProto, inputs: Float32, expected: Float32) -> tuple[float, float]:
    """Largest and mean absolute difference of a graph's output from torch's."""
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (found,) = session.run(None, {model.graph.input[0].name: inputs})
    if found.shape != expected.shape:
        return float("inf"), float("inf")
    difference = np.abs(found - expected)
    return float(difference.max()), float(difference.mean())
