"""Build a training configuration from defaults, preset, TOML file and overrides.

The presets ``conservative``, ``balanced`` and ``aggressive`` differ in regularisation: the first
changes nothing, the last is for a few seconds of sound. ``auto`` depends on the corpus. No torch is
imported here.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.spectrogram import PROFILES
from distill_train.config import TrainingConfig, config_from_json, merge_layers, read_toml

PRESETS: dict[str, dict[str, Any]] = {
    "conservative": {},
    "balanced": {
        "augmentation_expansion": 1,
        "regularization": {"dropout": 0.05, "weight_decay": 0.03},
        "loss": {"kl": 3e-4},
    },
    "aggressive": {
        "augmentation_expansion": 3,
        "regularization": {"dropout": 0.15, "weight_decay": 0.1},
        "loss": {"kl": 1e-3},
    },
}
"""Settings of each preset that differ from the defaults."""

PROFILE_MODELS: dict[str, dict[str, Any]] = {
    "standard": {},
    "low-latency": {"channels": [32, 64, 128, 256, 256]},
}
"""Settings of the network by the name of the profile. A hop of the low-latency profile takes half
the time, so its network has half the widths: a third of the decoding time (`docs/experiments.md`).
"""

AUTO = "auto"
PRESET_NAMES = (*PRESETS, AUTO)
"""Values of ``--preset``."""

FEW_CHUNKS, MANY_CHUNKS = 30, 600
"""Chunks without overlap below which ``auto`` is aggressive, and from which it is conservative."""

MIN_PASSES, MAX_PASSES = 20, 400
"""Bounds of the passes over a corpus with ``auto``."""


@dataclass(frozen=True)
class CorpusSize:
    """Size of a corpus.

    Attributes
    ----------
    files
        Number of recordings.
    seconds
        Their total length.
    """

    files: int
    seconds: float


def layer_config(
    preset: str | None,
    path: Path | None,
    overrides: Mapping[str, Any],
    corpus_size: Callable[[], CorpusSize],
) -> TrainingConfig:
    """Combine defaults, preset, file and overrides, in rising precedence.

    Parameters
    ----------
    preset
        One of `PRESET_NAMES`; by default the file's ``preset``, or none.
    path
        TOML file of settings, or none.
    overrides
        Values for `config_from_json`.
    corpus_size
        Called for the preset ``auto`` only.

    Raises
    ------
    ConfigurationError
        If a layer holds an unknown setting or a value out of range.
    """
    from_file = read_toml(path) if path else {}
    file_preset = from_file.pop("preset", None)
    preset = file_preset if preset is None else preset
    config = config_from_json(merge_layers(from_file, overrides))
    if preset is None:
        return config
    if preset not in PRESET_NAMES:
        raise ConfigurationError(f"the preset {preset} is none of {', '.join(PRESET_NAMES)}")
    values = auto_values(corpus_size(), config) if preset == AUTO else PRESETS[preset]
    return config_from_json(merge_layers(values, from_file, overrides))


def suited_preset(size: CorpusSize, config: TrainingConfig) -> str:
    """Preset that ``auto`` stands for: the less sound, the stronger the regularisation."""
    chunks_without_overlap = _chunks(size, config)
    if chunks_without_overlap < FEW_CHUNKS:
        return "aggressive"
    return "conservative" if chunks_without_overlap >= MANY_CHUNKS else "balanced"


def _chunks(size: CorpusSize, config: TrainingConfig) -> float:
    """Number of chunks without overlap."""
    spectrogram = config.spectrogram
    return size.seconds * spectrogram.sample_rate_hz / spectrogram.chunk_samples


def auto_values(size: CorpusSize, config: TrainingConfig) -> dict[str, Any]:
    """Settings that the preset ``auto`` chooses for a corpus.

    `suited_preset` chooses the regularisation. Large corpora get less overlap, and enough
    steps for `MIN_PASSES` passes; small ones are limited to `MAX_PASSES` passes.

    Parameters
    ----------
    size
        Size of the corpus.
    config
        Configuration without a preset.
    """
    name = suited_preset(size, config)
    overlap = 0.5 if name == "conservative" else config.overlap
    values = PRESETS[name]
    copies = 1 + values.get("augmentation_expansion", 0)
    chunks = copies * max(_chunks(size, config) / (1.0 - overlap), float(size.files))
    drawn = min(max(config.chunks_drawn, MIN_PASSES * chunks), MAX_PASSES * chunks)
    return {**values, "overlap": overlap, "chunks_drawn": round(drawn)}


def parse_overrides(
    profile: str | None, assignments: Sequence[str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Parse command line options into values for `config_from_json`.

    Parameters
    ----------
    profile
        One of `PROFILES`, or none.
    assignments
        Such as ``loss.kl=1e-3``; they take precedence.
    values
        Values by name; None is skipped.

    Raises
    ------
    ConfigurationError
        If an assignment is malformed.
    """
    layer = (
        {"spectrogram": asdict(PROFILES[profile]), "model": PROFILE_MODELS[profile]}
        if profile
        else {}
    )
    given = {key: value for key, value in values.items() if value is not None}
    layers: list[dict[str, Any]] = [layer, given]
    for text in assignments:
        key, equals, value = text.partition("=")
        for toml in (f"{key} = {value}", f"{key} = '{value}'") if equals else ():  # or unquoted
            try:
                layers.append(tomllib.loads(toml))
                break
            except tomllib.TOMLDecodeError:
                continue
        else:
            raise ConfigurationError(f"{text} sets nothing; write a setting as loss.kl=1e-3")
    return merge_layers(*layers)
