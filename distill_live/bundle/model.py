"""A model in memory: numbers, labels and the bytes of its graphs.

The dataclasses check themselves, so every `Bundle` is valid but for decoder and encoder, which
`distill_live.onnx_guard` checks.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distill_live.addresses import AXIS_NAME, RESERVED_AXIS_NAMES, Address, instantiate
from distill_live.bundle.arrays import to_npy
from distill_live.bundle.checks import (
    MAX_AUTHOR_LENGTH,
    MAX_LICENCE_LENGTH,
    MAX_NAME_LENGTH,
    MAX_NUMBER,
    MAX_TRAINING_TEXT_LENGTH,
    check_count,
    check_created,
    check_number,
    check_text,
    checked_array,
    shown,
)
from distill_live.bundle.fingerprint import fingerprint_of
from distill_live.errors import BundleError
from distill_live.spectrogram import Float32, SpectrogramSettings, Statistics

MAX_LATENT_SIZE = 1024
MAX_AXES = 64
MAX_LANDMARKS = 16384
MAX_FILES = 4096
MAX_TRAINING_VALUES = 64
MAX_PATH_POINTS = 65536
MAX_CHUNK_ELEMENTS = 2**22
MAX_GRAPH_BYTES = 256 * 2**20
MAX_INTEGER = 2**53
"""Limits of the specification, `models/README.md`."""

_TRAINING_KEY = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


@dataclass(frozen=True)
class LandmarkFeature:
    """A column of `Bundle.landmark_features`: name, unit (empty for a ratio), and range."""

    name: str
    unit: str
    low: float
    high: float


LANDMARK_FEATURES = (
    LandmarkFeature("loudness", "dB", -300.0, 100.0),
    LandmarkFeature("brightness", "Hz", 0.0, 1e5),
    LandmarkFeature("noisiness", "dB", -300.0, 0.0),
    LandmarkFeature("pitch", "Hz", 0.0, 20000.0),
    LandmarkFeature("pitch_confidence", "", 0.0, 1.0),
    LandmarkFeature("onset", "dB", 0.0, 300.0),
)
"""Features of a landmark's sound as the instrument plays it; `models/README.md` defines them."""


@dataclass(frozen=True, eq=False)
class Axis:
    """A named direction in latent space.

    Parameters
    ----------
    name
        Name in addresses: 1 to 32 of ``a-z 0-9 _``, and none of `RESERVED_AXIS_NAMES`.
    label
        Displayed name, 1 to 64 characters.
    direction
        Unit vector ``(latent,)`` in standardised coordinates ``u = (z - mean) / std``.
    low, mean, high
        5th percentile, mean and 95th percentile of the corpus' projections ``u @ direction``;
        ``low < mean < high``.
    variance
        Share of the corpus' variance, 0 to 1.

    Raises
    ------
    BundleError
        If a value is out of its range.
    """

    name: str
    label: str
    direction: Float32
    low: float
    mean: float
    high: float
    variance: float

    def __post_init__(self) -> None:
        if not AXIS_NAME.fullmatch(self.name) or self.name in RESERVED_AXIS_NAMES:
            raise BundleError(
                f"the axis name {shown(self.name)} is not 1 to 32 of a-z 0-9 _, or is reserved"
            )
        what = f"axis {self.name}"
        check_text(f"{what}: label", self.label, 64, empty=False)
        object.__setattr__(self, "direction", check_direction(self.name, self.direction))
        for field in ("low", "mean", "high"):
            check_number(f"{what}: {field}", getattr(self, field), -MAX_NUMBER, MAX_NUMBER)
        if not self.low < self.mean < self.high:
            raise BundleError(
                f"{what}: low, mean, high are {self.low}, {self.mean}, {self.high}; they must rise"
            )
        check_number(f"{what}: variance", self.variance, 0.0, 1.0)


@dataclass(frozen=True)
class Landmark:
    r"""A chunk of a recording on the map of the corpus.

    Parameters
    ----------
    file
        Displayed name of the recording: 1 to 200 characters, no ``/`` or ``\``; `plain_name` makes
        one from any path.
    seconds
        Start of the chunk in the recording, 0 to 1e6.
    x, y
        Position on the map, 0 to 1.

    Raises
    ------
    BundleError
        If a value is out of its range.
    """

    file: str
    seconds: float
    x: float
    y: float

    def __post_init__(self) -> None:
        _check_file("landmark", self.file)
        check_number("a landmark's seconds", self.seconds, 0.0, MAX_NUMBER)
        check_number("a landmark's x", self.x, 0.0, 1.0)
        check_number("a landmark's y", self.y, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class RecordingPath:
    """A recording's path through the latent space: the latents of its chunks, evenly spaced.

    Parameters
    ----------
    file
        Displayed name of the recording, as `Landmark.file`; several recordings may have the same.
    frames
        Length of the recording in frames, at least 1.
    latents
        Latent means of the chunks in their order, ``(points, latent)`` float32, not standardised;
        at least one. The first chunk starts with the recording, the last one ends with it.

    Raises
    ------
    BundleError
        If a value is out of its range.
    """

    file: str
    frames: int
    latents: Float32

    def __post_init__(self) -> None:
        _check_file("path", self.file)
        check_number("a path's frames", self.frames, 1, MAX_INTEGER)
        latents = checked_array("a path's latents", self.latents, np.shape(self.latents))
        object.__setattr__(self, "latents", latents)

    def start_frames(self, n_frames: int) -> NDArray[np.int64]:
        """Frame of the recording at which each chunk of `n_frames` frames starts, ``(points,)``."""
        last = max(0, self.frames - n_frames)
        return np.linspace(0, last, len(self.latents)).round().astype(np.int64)


@dataclass(frozen=True, eq=False)
class Bundle:
    """Content of a `.distill` file.

    Parameters
    ----------
    name
        Displayed name, 1 to 100 characters.
    created
        Time in UTC: ``2025-01-31T12:00:00Z``.
    settings, statistics
        Of its spectrograms; the standard deviations are over 0.
    latent_mean, latent_std
        Mean and standard deviation (over 0) of the corpus' latent means, ``(latent,)`` float32,
        1 to 1024 numbers.
    latent_low, latent_high
        Measured range of the latent means, ``(latent,)`` float32, low at most high.
    axes
        At most 64 axes with unique names.
    landmarks, landmark_latents
        1 to 16384 landmarks of at most 4096 files, and their latents ``(landmarks, latent)``.
    training
        Training summary: at most 64 keys of ``a-z 0-9 _`` with text, an integer or a finite number.
    licence, author
        Displayed text of at most 2000 and 200 characters; may be empty.
    decoder
        ONNX, ``latent`` float32 ``[batch, latent]`` to ``spectrogram`` float32
        ``[batch, 2, n_mels, n_frames]``; at most 256 MiB.
    landmark_features
        Features of the landmarks, ``(landmarks, features)`` float32, columns and units of
        `LANDMARK_FEATURES`; a pitch of 0 is none. None if the model has none.
    paths
        Paths of recordings, at most 4096, of at most 65536 points together; empty if the model has
        none.
    encoder
        ONNX, ``spectrogram`` float32 ``[batch, 2, n_mels, n_frames]`` to ``latent`` float32
        ``[batch, latent]``, the latent mean; at most 256 MiB, empty if the model has none.

    Raises
    ------
    BundleError
        If a value is out of its range.
    """

    name: str
    created: str
    settings: SpectrogramSettings
    statistics: Statistics
    latent_mean: Float32
    latent_std: Float32
    latent_low: Float32
    latent_high: Float32
    axes: tuple[Axis, ...]
    landmarks: tuple[Landmark, ...]
    landmark_latents: Float32
    training: Mapping[str, str | int | float]
    licence: str
    author: str
    decoder: bytes
    landmark_features: Float32 | None = None
    paths: tuple[RecordingPath, ...] = ()
    encoder: bytes = b""

    def __post_init__(self) -> None:
        check_text("name", self.name, MAX_NAME_LENGTH, empty=False)
        check_text("licence", self.licence, MAX_LICENCE_LENGTH)
        check_text("author", self.author, MAX_AUTHOR_LENGTH)
        check_created(self.created)
        for field in ("mag_std", "if_std"):
            if not getattr(self.statistics, field) > 0:
                raise BundleError(
                    f"{field} is {getattr(self.statistics, field)}; it must be over 0"
                )
        check_chunk_size(self.settings)
        self._check_latents()
        self._check_axes_and_landmarks()
        self._check_paths()
        self._check_training()
        check_count("bytes of the decoder", len(self.decoder), 1, MAX_GRAPH_BYTES)
        check_count("bytes of the encoder", len(self.encoder), 0, MAX_GRAPH_BYTES)

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions."""
        return len(self.latent_mean)

    @property
    def format_version(self) -> int:
        """Earliest version of the format that holds this bundle, 1 or 2."""
        return 2 if self.landmark_features is not None or self.paths or self.encoder else 1

    @property
    def recordings(self) -> list[str]:
        """Names of the recordings, in the order in which ``/path/play`` counts them."""
        paths = [path.file for path in self.paths]
        return paths or list(dict.fromkeys(mark.file for mark in self.landmarks))

    def landmark_feature(self, name: str) -> Float32 | None:
        """Column of `landmark_features` by name, ``(landmarks,)``; None if the model has none."""
        if self.landmark_features is None:
            return None
        names = [feature.name for feature in LANDMARK_FEATURES]
        column: Float32 = self.landmark_features[:, names.index(name)]
        return column

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Addresses of this model alone; see `distill_live.addresses.instantiate`."""
        names = [axis.name for axis in self.axes]
        return instantiate(self.latent_size, names, len(self.landmarks))

    @property
    def fingerprint(self) -> str:
        """Fingerprint that distinguishes models of one name: 16 hexadecimal digits.

        It covers the decoder, the latent's mean and standard deviation, and the axes: equal
        latents sound alike in models with one fingerprint.
        """
        directions = np.array([axis.direction for axis in self.axes], dtype=np.float32)
        members = self.decoder, to_npy(directions.reshape(-1, self.latent_size))
        return fingerprint_of(
            (hashlib.sha256(content).hexdigest() for content in members),
            (self.latent_mean, self.latent_std),
            ((axis.name, axis.low, axis.mean, axis.high) for axis in self.axes),
        )

    def _check_latents(self) -> None:
        size = np.size(self.latent_mean)
        if not 1 <= size <= MAX_LATENT_SIZE:
            raise BundleError(f"the latent has {size} numbers; it must have 1 to {MAX_LATENT_SIZE}")
        for field in ("latent_mean", "latent_std", "latent_low", "latent_high"):
            object.__setattr__(self, field, checked_array(field, getattr(self, field), (size,)))
        if not (self.latent_std > 0).all():
            raise BundleError("latent_std holds numbers that are not over 0")
        if not (self.latent_low <= self.latent_high).all():
            raise BundleError("latent_low is over latent_high in places")
        for axis in self.axes:
            if len(axis.direction) != size:
                raise BundleError(
                    f"axis {axis.name}: direction has {len(axis.direction)} numbers, not {size}"
                )

    def _check_axes_and_landmarks(self) -> None:
        check_count("axes", len(self.axes), 0, MAX_AXES)
        names = [axis.name for axis in self.axes]
        if len(set(names)) != len(names):
            raise BundleError("two axes have the same name")
        check_count("landmarks", len(self.landmarks), 1, MAX_LANDMARKS)
        files = {mark.file for mark in self.landmarks} | {path.file for path in self.paths}
        check_count("files of landmarks and paths", len(files), 1, MAX_FILES)
        shape = (len(self.landmarks), self.latent_size)
        latents = checked_array("landmark_latents", self.landmark_latents, shape)
        object.__setattr__(self, "landmark_latents", latents)
        if self.landmark_features is not None:
            features = check_landmark_features(self.landmark_features, len(self.landmarks))
            object.__setattr__(self, "landmark_features", features)

    def _check_paths(self) -> None:
        check_count("paths", len(self.paths), 0, MAX_FILES)
        points = sum(len(path.latents) for path in self.paths)
        check_count("points of paths", points, 0, MAX_PATH_POINTS)
        for path in self.paths:
            if path.latents.shape[1:] != (self.latent_size,):
                raise BundleError(
                    f"a path's latents have the shape {path.latents.shape}; it must be "
                    f"(points, {self.latent_size})"
                )
            starts = 1 + max(0, path.frames - self.settings.n_frames)
            check_count(f"points of a path of {path.frames} frames", len(path.latents), 1, starts)

    def _check_training(self) -> None:
        check_count("training values", len(self.training), 0, MAX_TRAINING_VALUES)
        for key, value in self.training.items():
            if not _TRAINING_KEY.fullmatch(key):
                raise BundleError(f"the training key {shown(key)} is not 1 to 64 of a-z 0-9 _")
            if isinstance(value, str):
                check_text(f"training.{key}", value, MAX_TRAINING_TEXT_LENGTH)
            else:
                limit = MAX_INTEGER if isinstance(value, int) else math.inf
                check_number(f"training.{key}", value, -limit, limit)
        object.__setattr__(self, "training", dict(self.training))


def check_chunk_size(settings: SpectrogramSettings) -> None:
    """Raise if a chunk has more numbers than `MAX_CHUNK_ELEMENTS`.

    Raises
    ------
    BundleError
        If it has.
    """
    elements = math.prod(settings.shape)
    if elements > MAX_CHUNK_ELEMENTS:
        raise BundleError(
            f"a chunk of {elements} numbers is over {MAX_CHUNK_ELEMENTS}: "
            "use fewer bands, shorter chunks or a longer hop"
        )


def check_direction(axis: str, value: Float32) -> Float32:
    """Check an axis' direction; returns a read-only copy.

    Raises
    ------
    BundleError
        If it is no vector, or its length is not 1 to 0.001.
    """
    direction = checked_array(f"the direction of axis {axis:.32}", value, np.shape(value))
    if direction.ndim != 1 or abs(float(np.linalg.norm(direction)) - 1.0) > 1e-3:
        raise BundleError(f"the direction of axis {axis:.32} has not the length 1 (to 0.001)")
    return direction


def check_landmark_features(value: Float32, landmarks: int) -> Float32:
    """Check the features of landmarks; returns a read-only copy.

    Raises
    ------
    BundleError
        If the shape is another one, or a value is out of its feature's range.
    """
    features = checked_array("landmark_features", value, (landmarks, len(LANDMARK_FEATURES)))
    for feature, column in zip(LANDMARK_FEATURES, features.T, strict=True):
        for number in (column.min(), column.max()):
            what = f"{feature.name} of a landmark"
            check_number(what, float(number), feature.low, feature.high)
    return features


def _check_file(of: str, name: str) -> None:
    check_text(f"a {of}'s file", name, 200, empty=False)
    if "/" in name or "\\" in name:
        raise BundleError(f"the {of}'s file {shown(name)} is a path, not a name")
