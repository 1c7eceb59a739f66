"""Build a playable model of a few kilobytes without torch.

Its decoder sounds six partials (fewer at low rates) and a band of noise. Three directions of the
latent do what their axes say: `brightness` tilts the partials, `noisiness` raises the noise,
`loudness` raises everything; the others move single partials a little. Levels are bounded for any
latent.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, load_from_string, numpy_helper
from onnxruntime import InferenceSession

from distill_live.bundle import Axis, Bundle, Landmark, RecordingPath
from distill_live.spectrogram import STANDARD, Representation, SpectrogramSettings, Statistics

STATISTICS = Statistics(
    scale=4.0, power_max=1e4, mag_mean=0.4, mag_std=0.8, if_mean=0.0, if_std=0.1
)
PARTIALS_HZ = (196.0, 440.0, 830.6, 1480.0, 2637.0, 4186.0)
AXES = ("brightness", "noisiness", "loudness")


def tiny_bundle(settings: SpectrogramSettings = STANDARD, latent: int = 8, seed: int = 0) -> Bundle:
    """A valid bundle; `seed` chooses its landmarks and its unnamed directions."""
    rng = np.random.default_rng(seed)
    decoder = tiny_decoder(settings, latent, rng)
    landmark_latents = rng.normal(0.0, 0.7, (6, latent)).astype(np.float32)
    places = rng.uniform(0.05, 0.95, (6, 2))
    return Bundle(
        name="tiny",
        created="2025-01-31T12:00:00Z",
        settings=settings,
        statistics=STATISTICS,
        latent_mean=np.zeros(latent, np.float32),
        latent_std=np.ones(latent, np.float32),
        latent_low=np.full(latent, -2.0, np.float32),
        latent_high=np.full(latent, 2.0, np.float32),
        axes=tuple(
            Axis(
                name=name,
                label=name.capitalize(),
                direction=np.eye(latent, dtype=np.float32)[index],
                low=-1.5,
                mean=0.1,
                high=1.6,
                variance=0.3 / (index + 1),
            )
            for index, name in enumerate(AXES[:latent])
        ),
        landmarks=tuple(
            Landmark(f"recording {index // 3}.wav", float(index % 3), float(x), float(y))
            for index, (x, y) in enumerate(places)
        ),
        landmark_latents=landmark_latents,
        training={"epochs": 1, "seconds": 2.5, "corpus": "made by a test"},
        licence="CC0-1.0",
        author="the tests",
        decoder=decoder,
    )


def complete_bundle(
    settings: SpectrogramSettings = STANDARD, latent: int = 8, seed: int = 0
) -> Bundle:
    """A `tiny_bundle` with all that is optional.

    A path has a point every half second, and its recording's landmarks at whole ones. Every other
    landmark has a pitch. The encoder undoes the decoder near the mean.
    """
    bundle = tiny_bundle(settings, latent, seed)
    paths = []
    for number, marks in enumerate(np.split(bundle.landmark_latents, 2)):
        latents = np.repeat(marks, 2, axis=0)[:-1]
        latents[1::2] = (marks[:-1] + marks[1:]) / 2
        frames = round(2.0 * settings.frames_per_second) + settings.n_frames
        paths.append(RecordingPath(f"recording {number}.wav", frames, latents))
    features = [(-20.0 - number, 900.0, -30.0, 0.0, 0.0, 1.5) for number in range(6)]
    for number in (0, 2, 4):
        features[number] = (-20.0 - number, 900.0, -30.0, 110.0 * (1 + number), 0.9, 1.5)
    return replace(
        bundle,
        landmark_features=np.array(features, np.float32),
        paths=tuple(paths),
        encoder=tiny_encoder(bundle),
    )


def tiny_encoder(bundle: Bundle) -> bytes:
    """ONNX: mean levels of the bands, and the inverse of what the latent does to them."""
    step, latent = 0.1, bundle.latent_size
    points = step * np.eye(latent + 1, latent, -1, dtype=np.float32)  # the mean comes first
    (chunks,) = InferenceSession(bundle.decoder).run(None, {"latent": points})
    levels = chunks[:, 0].mean(axis=2)
    inverse = np.linalg.pinv((levels[1:] - levels[0]) / step).astype(np.float32)
    frames = bundle.settings.n_frames
    nodes = [
        helper.make_node("Slice", ["spectrogram", "first", "second", "second"], ["magnitude"]),
        helper.make_node("MatMul", ["magnitude", "average"], ["levels"]),
        helper.make_node("Flatten", ["levels"], ["bands"]),
        helper.make_node("Gemm", ["bands", "inverse", "bias"], ["latent"]),
    ]
    numbers = {
        "first": np.zeros(1, np.int64),
        "second": np.ones(1, np.int64),
        "average": np.full((frames, 1), 1.0 / frames, np.float32),
        "inverse": inverse,
        "bias": -levels[0] @ inverse,
    }
    graph = helper.make_graph(
        nodes,
        "encoder",
        [
            helper.make_tensor_value_info(
                "spectrogram", TensorProto.FLOAT, ["batch", *bundle.settings.shape]
            )
        ],
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", latent])],
        [numpy_helper.from_array(value, name) for name, value in numbers.items()],
    )
    return _model(graph)


def tiny_decoder(settings: SpectrogramSettings, latent: int, rng: np.random.Generator) -> bytes:
    """ONNX: tanh of the latent, a matrix to the bands, a slow movement in time, two channels."""
    _, bands, frames = settings.shape
    representation = Representation(settings, STATISTICS)
    centres = representation.centres_bins

    level = np.full(bands, -9.0)
    offset = np.zeros(bands)
    matrix = np.zeros((latent, bands))
    phase = np.zeros(bands)
    noise = (centres > 0.25 * settings.n_bins) & (centres < 0.5 * settings.n_bins)
    level[noise] = normalised(settings, -58.0)
    moves = 0.04 * rng.uniform(-1.0, 1.0, (latent, len(PARTIALS_HZ)))
    moves[:3] = [np.linspace(-0.5, 0.5, len(PARTIALS_HZ)), np.zeros(6), np.full(6, 0.25)][:latent]
    for index, hz in enumerate(PARTIALS_HZ):
        if hz > 0.45 * settings.sample_rate_hz:
            break
        for band, near, offset[band] in bands_of(representation, hz):
            level[band] = normalised(settings, -30.0 - 2.0 * index + 20.0 * np.log10(near + 0.05))
            matrix[:, band] = moves[:, index]
            phase[band] = index
    if latent > 1:
        matrix[1, noise] = 0.8
    if latent > 2:
        matrix[2, noise] = 0.25
    turn = 2.0 * np.pi * np.arange(frames) / frames
    movement = 0.12 * np.sin(turn[None, :] + phase[:, None])

    weights: dict[str, NDArray[np.float64]] = {
        "matrix": matrix,
        "level": level,
        "movement": movement[None, None],
        "frequency": np.broadcast_to(
            np.arctanh(offset)[None, None, :, None], (1, 1, bands, frames)
        ),
    }
    shape = np.array([-1, 1, bands, 1], dtype=np.int64)
    nodes = [
        helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT) for name in weights
    ]
    nodes += [
        helper.make_node("Tanh", ["latent"], ["bounded"]),
        helper.make_node("Gemm", ["bounded", "matrix", "level"], ["bands"]),
        helper.make_node("Reshape", ["bands", "shape"], ["column"]),
        helper.make_node("Add", ["column", "movement"], ["levels"]),
        helper.make_node("Softplus", ["levels"], ["magnitude"]),
        helper.make_node("Mul", ["column", "nothing"], ["still"]),
        helper.make_node("Add", ["still", "frequency"], ["frequencies"]),
        helper.make_node("Tanh", ["frequencies"], ["offset"]),
        helper.make_node("Concat", ["magnitude", "offset"], ["spectrogram"], axis=1),
    ]
    numbers: dict[str, NDArray[Any]] = {"shape": shape, "nothing": np.zeros(1, np.float32)}
    return decoder_model(nodes, settings, latent, weights, numbers)


def decoder_model(
    nodes: list[onnx.NodeProto],
    settings: SpectrogramSettings,
    latent: int,
    weights: dict[str, NDArray[np.float64]],
    numbers: dict[str, NDArray[np.generic]],
) -> bytes:
    """A decoder's ONNX model; `weights` are kept as float16, ``<name>_half``, `numbers` as is."""
    halves = {f"{name}_half": value.astype(np.float16) for name, value in weights.items()}
    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["batch", latent])],
        [
            helper.make_tensor_value_info(
                "spectrogram", TensorProto.FLOAT, ["batch", *settings.shape]
            )
        ],
        [numpy_helper.from_array(value, name) for name, value in {**halves, **numbers}.items()],
    )
    return _model(graph)


def _model(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="tests"
    )
    return bytes(model.SerializeToString())


def bent_bundle(bend: float = 0.01) -> Bundle:
    """A valid bundle whose bands also move in frequency, by `bend` times what their level has."""
    bundle = tiny_bundle()
    model = load_from_string(bundle.decoder)
    for weights in model.graph.initializer:
        if weights.name == "nothing":
            weights.CopyFrom(numpy_helper.from_array(np.full(1, bend, np.float32), weights.name))
    return replace(bundle, decoder=bytes(model.SerializeToString()))


def broken_bundle() -> Bundle:
    """A valid bundle whose every frame is infinite."""
    bundle = bent_bundle(3e38)
    model = load_from_string(bundle.decoder)
    for node in model.graph.node:
        if list(node.output) == ["offset"]:
            node.op_type = "Identity"
    return replace(bundle, decoder=bytes(model.SerializeToString()))


def bands_of(representation: Representation, hz: float) -> list[tuple[int, float, float]]:
    """The two bands that hold a sine: which, how near it is (0..1), and their IF channel."""
    settings, centres = representation.settings, representation.centres_bins
    bin_ = hz * settings.n_fft / settings.sample_rate_hz
    upper = int(np.clip(np.searchsorted(centres, bin_), 1, settings.n_mels - 1))
    spacing = centres[upper] - centres[upper - 1]
    found = []
    for band in (upper - 1, upper):
        offset = (bin_ - centres[band]) / representation.if_unit_bins[band]
        near = 1.0 - abs(centres[band] - bin_) / spacing
        found.append((band, float(near), float(np.clip(offset, -0.95, 0.95))))
    return found


def normalised(settings: SpectrogramSettings, decibels: float) -> float:
    """The normalised magnitude of a sine of this level in a band's centre."""
    power = (settings.n_fft / 4) ** 2 * 10 ** (decibels / 10)
    return float(np.log1p(settings.compression * power) / STATISTICS.scale)
