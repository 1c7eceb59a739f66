"""Configuration of a training run: frozen dataclasses with checked fields, from and to JSON.

Each field's range and description stand once, in its metadata: they drive the checks, the
docstrings and `docs/settings.md`. The same keys make up the JSON in checkpoints and the TOML file
of a user.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from distill_live.errors import ConfigurationError
from distill_live.files import printable
from distill_live.spectrogram import SpectrogramSettings, check_range
from distill_live.toml import parse_toml, read_text

STAGES = 5
"""Number of stride-2 blocks on either side of the latent."""

MAX_LANDMARKS = 1024
"""Maximum number of landmarks; from more chunks, evenly spread ones are chosen."""

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
"""Values of `TrainingConfig.precision`."""

LEVELS = ("corpus", "file", "chunk")
SPLITS = ("auto", "file", "time")
OPTIMISERS = ("muon", "adamw")
"""Values of `TrainingConfig.level`."""

BEFORE_SETTINGS: dict[str, Any] = {
    "optimiser": "adamw",
    "model": {"conditioning": 0},
    "loss": {"differences": 0.0, "inaudible": 1.0},
    "spectral_augmentation": {"until": 1.0},
}
"""Values for runs that were begun before these settings existed: they turn them off."""

T = TypeVar("T")


def setting(
    default: T,
    text: str,
    low: float | None = None,
    high: float | None = None,
    *,
    choices: tuple[str, ...] = (),
) -> T:
    """Dataclass field with a description, and a range (inclusive) or choices to check."""
    limits = None if low is None or high is None else (low, high)
    metadata = {"text": text, "limits": limits, "choices": choices}
    made: T = field(default=default, metadata=metadata)
    return made


class Settings:
    """Base of the configuration classes: checks and documents fields by their metadata."""

    def __init_subclass__(cls) -> None:
        # Fields are still in the class, as the decorator `dataclass` has not run yet.
        found = {name: one for name, one in vars(cls).items() if isinstance(one, Field)}
        lines = [
            f"{name}\n        {_text(one)}" for name, one in found.items() if "text" in one.metadata
        ]
        cls.__doc__ = (
            f"{(cls.__doc__ or '').rstrip()}\n\n    Parameters\n    ----------\n    "
            + "\n    ".join(lines)
            + "\n\n    Raises\n    ------\n    ConfigurationError\n"
            + "        If a value is out of its range.\n    "
        )

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, one.name)
            if limits := one.metadata.get("limits"):
                for number in value if isinstance(value, tuple) else (value,):
                    check_range(one.name, number, *limits)
            if (choices := one.metadata.get("choices")) and value not in choices:
                raise ConfigurationError(
                    f"{one.name} is {printable(value)[:60]}; it must be one of {', '.join(choices)}"
                )


def _text(one: Field[Any]) -> str:
    """Description of a field with its range."""
    text, limits, choices = (one.metadata[key] for key in ("text", "limits", "choices"))
    if limits:
        text += f", {_number(limits[0])} to {_number(limits[1])}"
    if choices:
        text += f": {', '.join(choices)}"
    return f"{text}."


def _number(value: int | float) -> str:
    return f"{value:g}" if isinstance(value, float) or value > 10**9 else str(value)


@dataclass(frozen=True)
class ModelConfig(Settings):
    """Size of the network."""

    latent_dim: int = setting(128, "Number of latent dimensions", 2, 1024)
    channels: tuple[int, ...] = setting(
        (64, 128, 256, 512, 512), f"Channels of the {STAGES} blocks, outermost first", 1, 4096
    )
    conditioning: int = setting(
        32,
        "Number of values from the latent that offset rows and columns of each decoder stage "
        "(0: no offsets)",
        0,
        1024,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.channels) != STAGES:
            raise ConfigurationError(
                f"channels has {len(self.channels)} widths; it must have {STAGES}, one a block"
            )


@dataclass(frozen=True)
class RegularizationConfig(Settings):
    """Regularisation, and thresholds of the warnings about it."""

    dropout: float = setting(0.0, "Probability of dropping a channel in training", 0.0, 0.9)
    weight_decay: float = setting(1e-2, "AdamW's weight decay, on matrices and kernels", 0.0, 1.0)
    gap_warning: float = setting(
        0.2,
        "Excess of the validation loss over the training loss, as a share of it, above which a "
        "run warns of overfitting",
        0.0,
        1e6,
    )
    kl_warning: float = setting(
        0.5,
        "KL divergence in nats, after annealing, below which a run warns of posterior collapse",
        0.0,
        1e6,
    )


@dataclass(frozen=True)
class LossConfig(Settings):
    """Weights of the loss terms."""

    magnitude: float = setting(1.0, "Weight of the magnitude loss", 0.0, 1000.0)
    frequency: float = setting(1.0, "Weight of the instantaneous-frequency loss", 0.0, 1000.0)
    multiresolution: float = setting(1.0, "Weight of the multi-resolution loss", 0.0, 1000.0)
    differences: float = setting(
        1.0, "Weight of the loss of differences along frequency and time", 0.0, 1000.0
    )
    inaudible: float = setting(
        0.2,
        "Weight of inaudible bands relative to audible ones in the magnitude and difference losses",
        0.0,
        1.0,
    )
    kl: float = setting(1e-4, "Weight of the KL divergence after annealing", 0.0, 100.0)
    kl_annealing: float = setting(
        0.2, "Share of the run over which the KL weight rises from 0", 0.0, 1.0
    )
    free_bits: float = setting(
        0.05, "KL divergence per latent dimension that costs nothing, in nats", 0.0, 10.0
    )


@dataclass(frozen=True)
class AugmentationConfig(Settings):
    """Augmentation of the copies in the cache: probability and maximum size of each change."""

    gain_probability: float = setting(0.5, "Probability of a gain", 0.0, 1.0)
    gain_db: float = setting(3.0, "Maximum gain or attenuation in dB", 0.0, 40.0)
    shift_probability: float = setting(1.0, "Probability of a shift in time", 0.0, 1.0)
    shift_share: float = setting(0.25, "Maximum shift either way as a share of a chunk", 0.0, 0.5)
    filter_probability: float = setting(
        0.3, "Probability of a shelving or peaking filter", 0.0, 1.0
    )
    filter_db: float = setting(3.0, "Maximum boost or cut of the filter in dB", 0.0, 24.0)
    noise_probability: float = setting(0.1, "Probability of white noise", 0.0, 1.0)
    noise_db: float = setting(-60.0, "Level of the noise in dB relative to the RMS", -120.0, 0.0)
    polarity_probability: float = setting(0.5, "Probability of inverted polarity", 0.0, 1.0)
    speed_probability: float = setting(
        0.0, "Probability of another speed, which changes pitch too", 0.0, 1.0
    )
    speed_share: float = setting(0.03, "Maximum change of speed as a share", 0.0, 0.5)
    pitch_probability: float = setting(
        0.0, "Probability of another pitch at the same speed (audible phase vocoder)", 0.0, 1.0
    )
    pitch_semitones: float = setting(0.5, "Maximum change of pitch in semitones", 0.0, 12.0)


@dataclass(frozen=True)
class SpectralAugmentationConfig(Settings):
    """Augmentation of every training batch: probability and maximum size of each change."""

    gain_probability: float = setting(0.5, "Probability of a gain", 0.0, 1.0)
    gain_db: float = setting(6.0, "Maximum gain or attenuation in dB", 0.0, 40.0)
    filter_probability: float = setting(
        0.5, "Probability of a smooth filter over the bands", 0.0, 1.0
    )
    filter_db: float = setting(6.0, "Maximum boost or cut of the filter in dB", 0.0, 40.0)
    mix_probability: float = setting(
        0.5, "Probability of mixing in another chunk, at any level up to its own", 0.0, 1.0
    )
    until: float = setting(0.3, "Share of the run after which chunks are not augmented", 0.0, 1.0)


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """Configuration of a training run."""

    minutes: float = setting(
        0.0,
        "Time for training in minutes, on any machine (0: `epochs` or `chunks_drawn` decide)",
        0.0,
        1e6,
    )
    epochs: int = setting(
        0, "Number of passes over the chunks (0: as many as draw `chunks_drawn`)", 0, 1_000_000
    )
    chunks_drawn: int = setting(
        24000, "Number of chunks drawn in all, where `epochs` is 0", 1, 10**12
    )
    batch_size: int = setting(8, "Chunks in a batch, over all processes", 2, 4096)
    optimiser: str = setting(
        "muon", "Optimiser: AdamW alone (adamw), or with Muon for most kernels", choices=OPTIMISERS
    )
    learning_rate: float = setting(
        1e-3, "Maximum learning rate, after warm-up and before cosine decay", 1e-7, 1.0
    )
    warm_up: float = setting(0.1, "Share of the run for the warm-up", 0.0, 0.5)
    norm_freeze: float = setting(
        0.5, "Share of the run after which batch norm's statistics are frozen", 0.0, 1.0
    )
    gradient_clip: float = setting(1.0, "Maximum norm of the gradient", 1e-3, 1000.0)
    overlap: float = setting(0.75, "Share of a chunk that the next one repeats", 0.0, 0.95)
    validation_share: float = setting(0.1, "Share of the sound for validation", 0.0, 0.5)
    validation_split: str = setting(
        "auto",
        "Unit held out for validation (auto: whole files, where there are enough)",
        choices=SPLITS,
    )
    level: str = setting("corpus", "Unit that is normalised to one peak", choices=LEVELS)
    augmentation_expansion: int = setting(
        0, "Number of augmented copies of each chunk in an epoch", 0, 100
    )
    seed: int = setting(0, "Seed of split, copies, weights, order and noise", 0, 2**53)
    device: str = setting("auto", "Device: auto (a GPU if there is one), cpu, cuda, mps")
    precision: str = setting(
        "auto", "Precision in training (auto: bfloat16 where it is faster)", choices=PRECISIONS
    )
    checkpoint_seconds: float = setting(
        60.0, "Time between checkpoints in seconds (0: after every step)", 0.0, 86400.0
    )
    preview_epochs: int = setting(
        0, "Number of epochs between previews (0: about eight previews in a run)", 0, 1_000_000
    )
    spectrogram: SpectrogramSettings = field(default_factory=SpectrogramSettings)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    spectral_augmentation: SpectralAugmentationConfig = field(
        default_factory=SpectralAugmentationConfig
    )
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    regularization: RegularizationConfig = field(default_factory=RegularizationConfig)

    def planned_epochs(self, chunks: int) -> int:
        """Number of epochs over this many chunks."""
        return self.epochs or max(1, round(self.chunks_drawn / chunks))


def settings_page() -> str:
    """Text of `docs/settings.md`."""
    rows = "\n".join(_rows(TrainingConfig, ""))
    return f"""# Settings of the trainer

Every setting with its default and range, for `--set KEY=VALUE` and `--config FILE`
([Training](training.md) explains both). A file has a table for each prefix, such as `[loss]`. The
settings of `spectrogram` come from `--profile`. Made by `python -m distill_train.config`.

| setting | default | |
|---|---|---|
{rows}
"""


def _rows(kind: type[Any], prefix: str) -> Iterator[str]:
    for one in fields(kind):
        if "text" in one.metadata:
            default = list(one.default) if isinstance(one.default, tuple) else one.default
            shown = f'"{default}"' if isinstance(default, str) else default
            yield f"| `{prefix}{one.name}` | `{shown}` | {_text(one)} |"
    for one in fields(kind):
        if isinstance(one.default_factory, type) and issubclass(one.default_factory, Settings):
            yield from _rows(one.default_factory, f"{one.name}.")


def config_to_json(config: TrainingConfig) -> dict[str, Any]:
    """JSON values of a configuration."""
    return asdict(config)


def config_from_json(values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration from JSON values; missing keys get their defaults.

    Raises
    ------
    ConfigurationError
        If a key is unknown, or a value is of another type or out of its range.
    """
    return _build(TrainingConfig, values, "")


def config_from_checkpoint(values: Mapping[str, Any]) -> TrainingConfig:
    """Configuration of a run, which lacks the settings that did not exist when it began.

    Raises
    ------
    ConfigurationError
        As `config_from_json`.
    """
    return config_from_json(merge_layers(BEFORE_SETTINGS, values))


def merge_layers(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested tables; later layers take precedence."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            lower = result.get(key)
            if isinstance(lower, Mapping) and isinstance(value, Mapping):
                value = merge_layers(lower, value)
            result[key] = value
    return result


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file with keys of `TrainingConfig`, a table for each part, and ``preset``.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is no TOML, or `config_from_json` refuses it.
    """
    try:
        values = parse_toml(read_text(path))
        config_from_json({key: value for key, value in values.items() if key != "preset"})
    except OSError as error:
        raise ConfigurationError(f"{printable(path)} cannot be read: {error.strerror}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{printable(path)}: {error}") from None
    return values


def _build(kind: type[T], values: Mapping[str, Any], prefix: str) -> T:
    hints = get_type_hints(kind)
    known: dict[str, Any] = {}
    for key, value in values.items():
        if key not in hints:
            names = ", ".join(sorted(hints))
            raise ConfigurationError(
                f"{prefix}{printable(key)[:60]} is no setting; the settings are {names}"
            )
        known[key] = _value(hints[key], value, f"{prefix}{key}")
    return kind(**known)


def _value(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise ConfigurationError(f"{name} is {value!r:.60}; it must be a table of settings")
        return _build(hint, value, f"{name}.")
    if hint == tuple[int, ...]:
        if not isinstance(value, list | tuple) or not all(type(item) is int for item in value):
            raise ConfigurationError(f"{name} is {value!r:.60}; it must be a list of whole numbers")
        return tuple(value)
    if hint is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise ConfigurationError(f"{name} is too large a number") from None
    if type(value) is not hint:
        raise ConfigurationError(f"{name} is {value!r:.60}; it must be of type {hint.__name__}")
    return value


if __name__ == "__main__":
    sys.stdout.write(settings_page())
