"""Export the decoder to ONNX, compare it with torch, store weights as float16 where accurate.

Batch norm is folded exactly into the convolutions before it, and the first convolution into the
linear layer before it.
"""

import copy
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from distill_live.errors import TrainingError
from distill_live.process_environment import load_onnxruntime
from distill_live.spectrogram import Float32
from distill_train.training.model import ConvDecoder

OPSET, IR_VERSION = 18, 10
"""Versions that onnxruntime 1.20 and later support."""

GRAPH_TOLERANCE = 1e-3
"""Maximum difference of an exported graph from torch, on either channel."""

HALF_TOLERANCE = 0.02
"""Maximum difference with float16 weights; otherwise they stay float32."""

MIN_HALF_ELEMENTS = 1024
"""Minimum number of elements of a weight to be stored as float16; biases stay float32."""


@dataclass(frozen=True)
class ExportedDecoder:
    """An ONNX decoder.

    Attributes
    ----------
    content
        ONNX file: ``latent`` float32 ``[batch, latent]`` to ``spectrogram`` float32
        ``[batch, 2, n_mels, n_frames]``.
    weights
        Storage type, ``float16`` or ``float32``; arithmetic is float32.
    largest_error, mean_error
        Largest and mean absolute difference from torch on the checked latents.
    """

    content: bytes
    weights: str
    largest_error: float
    mean_error: float


def export_decoder(decoder: ConvDecoder, latents: Float32) -> ExportedDecoder:
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
    with torch.no_grad():
        expected: Float32 = decoder(torch.from_numpy(latents)).numpy()
    if not np.isfinite(expected).all():
        raise TrainingError("the decoder gives values that are not finite; train it again")
    full = _export(_with_folded_start(_without_batch_norm(decoder)), latents.shape[1])
    largest, mean = _difference(full, latents, expected)
    if not largest <= GRAPH_TOLERANCE:
        raise TrainingError(
            f"the exported decoder differs from torch by {largest:.2g}, over {GRAPH_TOLERANCE}; "
            "try other versions of torch and onnxscript"
        )
    half = _with_half_weights(full)
    if half is not None:
        half_largest, half_mean = _difference(half, latents, expected)
        if half_largest <= HALF_TOLERANCE:
            return ExportedDecoder(half.SerializeToString(), "float16", half_largest, half_mean)
    return ExportedDecoder(full.SerializeToString(), "float32", largest, mean)


def _without_batch_norm(decoder: ConvDecoder) -> ConvDecoder:
    for block in decoder.blocks:
        if isinstance(block, nn.Sequential):
            convolution, norm = block[0], block[1]
            assert isinstance(convolution, nn.ConvTranspose2d)
            assert isinstance(norm, nn.BatchNorm2d)
            block[0] = fuse_conv_bn_eval(convolution, norm, transpose=True)
            block[1] = nn.Identity()
    return decoder


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


def _export(decoder: ConvDecoder, latent_dim: int) -> ModelProto:
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside the exporter
            program = torch.onnx.export(
                decoder,
                (torch.zeros(2, latent_dim),),
                input_names=["latent"],
                output_names=["spectrogram"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
    assert program is not None
    return _plain(program.model_proto)


def _plain(model: ModelProto) -> ModelProto:
    """Copy of a graph without the exporter's metadata."""
    graph = model.graph
    for node in graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    weights = [
        numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name)
        for tensor in graph.initializer
    ]
    batch, latent = "batch", graph.input[0].type.tensor_type.shape.dim[1].dim_value
    sizes = [dim.dim_value for dim in graph.output[0].type.tensor_type.shape.dim][1:]
    plain = helper.make_graph(
        list(graph.node),
        "decoder",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, [batch, latent])],
        [helper.make_tensor_value_info("spectrogram", TensorProto.FLOAT, [batch, *sizes])],
        initializer=weights,
    )
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


def _difference(model: ModelProto, latents: Float32, expected: Float32) -> tuple[float, float]:
    """Largest and mean absolute difference of a graph's output from torch's."""
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    (found,) = session.run(["spectrogram"], {"latent": latents})
    if found.shape != expected.shape:
        return float("inf"), float("inf")
    difference = np.abs(found - expected)
    return float(difference.max()), float(difference.mean())
