"""Build a model of a trained one's cost that switches between two steady tones.

Its decoder has the trainer's default network, with random weights that next to nothing is heard of;
beside it the first coordinate, at -4 and 4, raises one tone and silences the other. So a move costs
what it costs to play, and when it is heard can be measured to a fraction of a millisecond.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from support.tiny import STATISTICS, bands_of, decoder_model, normalised, tiny_bundle

from distill_live.bundle import Bundle
from distill_live.spectrogram import Representation, SpectrogramSettings

TONES_HZ = (750.0, 3000.0)
"""At -4 and at 4."""

LATENT = 128
WIDTHS = (512, 512, 256, 128, 64, 2)
SILENT = -9.0
HARDLY = 1e-3
"""What is left of the network's output before it is added to the tones."""


def two_tones_bundle(settings: SpectrogramSettings) -> Bundle:
    """A bundle that is played by ``/latent/000``."""
    return replace(tiny_bundle(settings, LATENT), decoder=_decoder(settings))


def _decoder(settings: SpectrogramSettings) -> bytes:
    rng = np.random.default_rng(0)
    _, bands, frames = settings.shape
    start = (WIDTHS[0], -(-bands // 32), -(-frames // 32))
    weights: dict[str, NDArray[np.float64]] = {
        "linear": rng.normal(0.0, (2 / LATENT) ** 0.5, (int(np.prod(start)), LATENT)),
        **_tones(settings),
    }
    for block, (before, after) in enumerate(pairwise(WIDTHS)):
        deviation = (2 / (before * 9 / 4)) ** 0.5  # a quarter of the taps meet at one place
        weights[f"kernel_{block}"] = rng.normal(0.0, deviation, (before, after, 3, 3))
    numbers = {
        "start": (-1, *start),
        "column": (-1, 1, bands, 1),
        **{f"at_{n}": (n,) for n in {0, 1, 2, 3, bands, frames}},
    }

    nodes = [
        helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT) for name in weights
    ]
    nodes += [
        helper.make_node("Gemm", ["latent", "linear"], ["features"], transB=1),
        helper.make_node("Reshape", ["features", "start"], ["x_0"]),
    ]
    for block in range(len(WIDTHS) - 1):
        end = f"x_{block + 1}"
        last = block == len(WIDTHS) - 2
        nodes.append(
            helper.make_node(
                "ConvTranspose",
                [f"x_{block}", f"kernel_{block}"],
                [end if last else f"y_{block}"],
                strides=[2, 2],
                pads=[1, 1, 1, 1],
                output_padding=[1, 1],
            )
        )
        if not last:
            nodes.append(helper.make_node("Relu", [f"y_{block}"], [end]))
    nodes += [
        helper.make_node("Slice", [end, "at_0", f"at_{bands}", "at_2"], ["rows"]),
        helper.make_node("Slice", ["rows", "at_0", f"at_{frames}", "at_3"], ["chunk"]),
        helper.make_node("Mul", ["chunk", "hardly"], ["whisper"]),
        helper.make_node("Slice", ["whisper", "at_0", "at_1", "at_1"], ["whisper_level"]),
        helper.make_node("Slice", ["whisper", "at_1", "at_2", "at_1"], ["whisper_frequency"]),
        helper.make_node("Tanh", ["latent"], ["bounded"]),
        helper.make_node("Gemm", ["bounded", "choice", "middle"], ["bands"]),
        helper.make_node("Reshape", ["bands", "column"], ["levels"]),
        helper.make_node("Add", ["levels", "whisper_level"], ["level"]),
        helper.make_node("Softplus", ["level"], ["magnitude"]),
        helper.make_node("Add", ["frequency", "whisper_frequency"], ["frequencies"]),
        helper.make_node("Tanh", ["frequencies"], ["offset"]),
        helper.make_node("Concat", ["magnitude", "offset"], ["spectrogram"], axis=1),
    ]
    constants = {name: np.array(value, np.int64) for name, value in numbers.items()}
    hardly = np.array([HARDLY], np.float32)
    return decoder_model(nodes, settings, LATENT, weights, {**constants, "hardly": hardly})


def _tones(settings: SpectrogramSettings) -> dict[str, NDArray[np.float64]]:
    """What the first coordinate does to the bands' levels, and the bands' frequencies."""
    bands = settings.n_mels
    representation = Representation(settings, STATISTICS)
    middle, frequency = np.full(bands, SILENT), np.zeros((1, 1, bands, 1))
    choice = np.zeros((LATENT, bands))
    for side, hz in zip((-1, 1), TONES_HZ, strict=True):
        for band, near, offset in bands_of(representation, hz):
            loud = normalised(settings, -20.0 + 20.0 * np.log10(near + 0.05))
            middle[band] = (loud + SILENT) / 2
            choice[0, band] = side * (loud - SILENT) / 2
            frequency[0, 0, band, 0] = np.arctanh(offset)
    return {"middle": middle, "choice": choice, "frequency": frequency}
