"""Where a run's settings come from: presets, a TOML file, what is given; the later goes before.

A preset is a set of values for `TrainingConfig`, no more. ``conservative``, ``balanced`` and
``aggressive`` say how hard a run works against overfitting: the first changes nothing and stays
nearest to the recordings, the last is for a handful of seconds. ``auto`` goes by the corpus. This
module loads no torch.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.spectrogram import PROFILES
from distill_train.config import TrainingConfig, config_from_json, read_toml

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
"""Settings that differ from the defaults."""

AUTO = "auto"
PRESET_NAMES = (*PRESETS, AUTO)
"""What `TrainingConfig` can be preset to."""

FEW_CHUNKS, MANY_CHUNKS = 30, 600
"""Chunks side by side below which ``auto`` is aggressive, and from which it is conservative."""

MIN_PASSES, MAX_PASSES = 20, 400
"""Over the chunks of a corpus, for a run that ``auto`` decides on."""


@dataclass(frozen=True)
class CorpusSize:
    """How much there is to learn.

    Attributes
    ----------
    files
        Recordings.
    seconds
        Of sound.
    """

    files: int
    seconds: float


def layer_config(
    preset: str | None,
    path: Path | None,
    given: Mapping[str, Any],
    corpus_size: Callable[[], CorpusSize],
) -> TrainingConfig:
    """Settings: the defaults, under a preset, under a file, under what is given.

    Parameters
    ----------
    preset
        One of `PRESET_NAMES`; by default the file's ``preset``, or none.
    path
        A TOML file of settings, or none.
    given
        Values as of `config_from_json`.
    corpus_size
        Asked if the preset goes by it.

    Raises
    ------
    ConfigurationError
        If one of them holds what is no setting.
    """
    filed = read_toml(path) if path else {}
    files_preset = filed.pop("preset", None)
    preset = files_preset if preset is None else preset
    config = config_from_json(merge_layers(filed, given))
    if preset is None:
        return config
    if preset not in PRESET_NAMES:
        raise ConfigurationError(f"the preset {preset} is none of {', '.join(PRESET_NAMES)}")
    values = auto_values(corpus_size(), config) if preset == AUTO else PRESETS[preset]
    return config_from_json(merge_layers(values, filed, given))


def auto_values(size: CorpusSize, config: TrainingConfig) -> dict[str, Any]:
    """What ``auto`` makes of a corpus.

    The less sound, the more it works against overfitting. Large corpora get chunks that overlap
    less, and as many steps as it takes to see each chunk `MIN_PASSES` times; small ones do not
    see theirs more often than `MAX_PASSES` times.

    Parameters
    ----------
    size
        Of the corpus.
    config
        What it would be without a preset.
    """
    spectrogram = config.spectrogram
    side_by_side = size.seconds * spectrogram.sample_rate_hz / spectrogram.chunk_samples
    name, overlap = "balanced", config.overlap
    if side_by_side < FEW_CHUNKS:
        name = "aggressive"
    elif side_by_side >= MANY_CHUNKS:
        name, overlap = "conservative", 0.5
    values = PRESETS[name]
    copies = 1 + values.get("augmentation_expansion", 0)
    chunks = copies * max(side_by_side / (1.0 - overlap), float(size.files))
    drawn = min(max(config.chunks_drawn, MIN_PASSES * chunks), MAX_PASSES * chunks)
    return {**values, "overlap": overlap, "chunks_drawn": round(drawn)}


def merge_layers(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """One table of several; the later goes before, table by table."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            under = result.get(key)
            if isinstance(under, Mapping) and isinstance(value, Mapping):
                value = merge_layers(under, value)
            result[key] = value
    return result


def parse_overrides(
    profile: str | None, assignments: Sequence[str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """What a command line gives, as values of `config_from_json`.

    Parameters
    ----------
    profile
        Kind of spectrogram, or none.
    assignments
        Such as ``loss.kl=1e-3``; they go before the rest.
    values
        By name; None is not given.

    Raises
    ------
    ConfigurationError
        If an assignment is none.
    """
    spectrogram = {"spectrogram": asdict(PROFILES[profile])} if profile else {}
    plain = {key: value for key, value in values.items() if value is not None}
    layers: list[dict[str, Any]] = [spectrogram, plain]
    for text in assignments:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"{text} sets nothing; write a setting as loss.kl=1e-3")
        try:
            layers.append(tomllib.loads(f"{key} = {value}"))
        except tomllib.TOMLDecodeError:
            try:  # text without quotes
                layers.append(tomllib.loads(f"{key} = '{value}'"))
            except tomllib.TOMLDecodeError:
                raise ConfigurationError(
                    f"{text} sets nothing; write a setting as loss.kl=1e-3"
                ) from None
    return merge_layers(*layers)
