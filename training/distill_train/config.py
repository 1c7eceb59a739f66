"""What a training run is set to, as frozen dataclasses that refuse what cannot work.

A configuration becomes JSON in a checkpoint and comes back through `config_from_json`, which
refuses keys it does not know; the same keys make up the TOML file that a user may give.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from distill_live.errors import ConfigurationError
from distill_live.files import printable
from distill_live.spectrogram import SpectrogramSettings, check_range
from distill_live.toml import parse_toml, read_text

STAGES = 5
"""Stride-2 blocks on either side of the latent: sizes are padded to multiples of 2 ** 5."""

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
"""What `TrainingConfig.precision` may be."""

LEVELS = ("corpus", "file", "chunk")
"""What is brought to one peak: all recordings together, each, or each chunk."""


@dataclass(frozen=True)
class ModelConfig:
    """The network's size.

    Parameters
    ----------
    latent_dim
        Numbers in a latent, 2 to 1024.
    channels
        Widths of the five blocks, outermost first, 1 to 4096 each.
    conditioning
        Numbers that each later stage of the decoder makes of the latent, to offset its rows and
        columns by them, 0 (the latent reaches the first stage alone) to 1024.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    latent_dim: int = 128
    channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    conditioning: int = 0

    def __post_init__(self) -> None:
        check_range("latent_dim", self.latent_dim, 2, 1024)
        if len(self.channels) != STAGES:
            raise ConfigurationError(
                f"channels has {len(self.channels)} widths; it must have {STAGES}, one a block"
            )
        for width in self.channels:
            check_range("channels", width, 1, 4096)
        check_range("conditioning", self.conditioning, 0, 1024)


@dataclass(frozen=True)
class RegularizationConfig:
    """What keeps the network from learning by heart, and when it is said that it does.

    Parameters
    ----------
    dropout
        Probability with which a block's channel is dropped while it learns, 0 to 0.9.
    weight_decay
        Of AdamW, on matrices and kernels, 0 to 1.
    gap_warning
        Held-out less learnt reconstruction loss above which a run warns of overfitting, 0 or more.
    kl_warning
        Nats of divergence from the prior, all dimensions together and once its weight is annealed,
        below which a run warns that the latents say nothing, 0 or more.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    dropout: float = 0.0
    weight_decay: float = 1e-2
    gap_warning: float = 0.2
    kl_warning: float = 0.5

    def __post_init__(self) -> None:
        check_range("dropout", self.dropout, 0.0, 0.9)
        check_range("weight_decay", self.weight_decay, 0.0, 1.0)
        check_range("gap_warning", self.gap_warning, 0.0, 1e6)
        check_range("kl_warning", self.kl_warning, 0.0, 1e6)


@dataclass(frozen=True)
class LossConfig:
    """Weights of the loss' terms.

    Parameters
    ----------
    magnitude, frequency, multiresolution, differences
        Weights of the magnitude, IF, multi-resolution and difference terms, 0 to 1000.
    inaudible
        Weight in the magnitude and difference terms of what louder bands of its frame hide, over
        that of what is heard, 0 to 1.
    kl
        Weight of the divergence from the prior once it is annealed, 0 to 100.
    kl_annealing
        Share of the run over which that weight rises from 0, 0 to 1.
    free_bits
        Nats of each latent dimension that cost nothing, 0 to 10.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    magnitude: float = 1.0
    frequency: float = 1.0
    multiresolution: float = 1.0
    differences: float = 0.0
    inaudible: float = 1.0
    kl: float = 1e-4
    kl_annealing: float = 0.2
    free_bits: float = 0.05

    def __post_init__(self) -> None:
        for name in ("magnitude", "frequency", "multiresolution", "differences"):
            check_range(name, getattr(self, name), 0.0, 1000.0)
        check_range("inaudible", self.inaudible, 0.0, 1.0)
        check_range("kl", self.kl, 0.0, 100.0)
        check_range("kl_annealing", self.kl_annealing, 0.0, 1.0)
        check_range("free_bits", self.free_bits, 0.0, 10.0)


@dataclass(frozen=True)
class AugmentationConfig:
    """How augmented copies in the cache differ.

    Each change has its probability, 0 to 1, and its largest size.

    Parameters
    ----------
    gain_probability, gain_db
        Louder or softer by up to so many dB, 0 to 40.
    shift_probability, shift_share
        Earlier or later by up to this share of a chunk, 0 to 0.5; so frames fall elsewhere.
    filter_probability, filter_db
        A shelf or a bell somewhere, raised or cut by up to so many dB, 0 to 24.
    noise_probability, noise_db
        White noise, by so many dB relative to the stretch's root mean square, -120 to 0.
    polarity_probability
        Upside down. A spectrogram alone cannot tell.
    speed_probability, speed_share
        Faster or slower, pitch with it, by up to this share, 0 to 0.5.
    pitch_probability, pitch_semitones
        Higher or lower at the same speed, 0 to 12; a phase vocoder, which is heard.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    gain_probability: float = 0.5
    gain_db: float = 3.0
    shift_probability: float = 1.0
    shift_share: float = 0.25
    filter_probability: float = 0.3
    filter_db: float = 3.0
    noise_probability: float = 0.1
    noise_db: float = -60.0
    polarity_probability: float = 0.5
    speed_probability: float = 0.0
    speed_share: float = 0.03
    pitch_probability: float = 0.0
    pitch_semitones: float = 0.5

    def __post_init__(self) -> None:
        for name in ("gain", "shift", "filter", "noise", "polarity", "speed", "pitch"):
            probability = f"{name}_probability"
            check_range(probability, getattr(self, probability), 0.0, 1.0)
        check_range("gain_db", self.gain_db, 0.0, 40.0)
        check_range("shift_share", self.shift_share, 0.0, 0.5)
        check_range("filter_db", self.filter_db, 0.0, 24.0)
        check_range("noise_db", self.noise_db, -120.0, 0.0)
        check_range("speed_share", self.speed_share, 0.0, 0.5)
        check_range("pitch_semitones", self.pitch_semitones, 0.0, 12.0)


@dataclass(frozen=True)
class SpectralAugmentationConfig:
    """How chunks are varied anew each time they are learnt, each change with its probability.

    Parameters
    ----------
    gain_probability, gain_db
        Louder or softer by up to so many dB, 0 to 40.
    filter_probability, filter_db
        A smooth curve over the bands, raised or cut by up to so many dB, 0 to 40.
    mix_probability
        Another chunk sounds with it, at any level up to its own.
    until
        Share of the run after which chunks are learnt as they are, 0 to 1.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    gain_probability: float = 0.5
    gain_db: float = 6.0
    filter_probability: float = 0.5
    filter_db: float = 6.0
    mix_probability: float = 0.5
    until: float = 1.0

    def __post_init__(self) -> None:
        for name in ("gain_probability", "filter_probability", "mix_probability"):
            check_range(name, getattr(self, name), 0.0, 1.0)
        check_range("gain_db", self.gain_db, 0.0, 40.0)
        check_range("filter_db", self.filter_db, 0.0, 40.0)
        check_range("until", self.until, 0.0, 1.0)


@dataclass(frozen=True)
class TrainingConfig:
    """A training run.

    Parameters
    ----------
    epochs
        Passes over the chunks, 1 to 1000000; 0 takes as many as make `chunks_drawn` chunks.
    chunks_drawn
        Chunks that a run of unspecified epochs draws in all, 1 or more.
    batch_size
        Chunks a step, over all processes together, 2 to 4096 (batch norm needs two).
    learning_rate
        The largest, 1e-7 to 1; it rises over `warm_up` of the run and falls as a cosine to 0.
    warm_up
        Share of the run, 0 to 0.5.
    norm_freeze
        Share of the run after which batch norm keeps its statistics, 0 to 1. From then on the
        network learns as it will be used.
    gradient_clip
        Largest norm of a step's gradient, 1e-3 to 1000.
    overlap
        Share of a chunk that the next one repeats, 0 to 0.95.
    validation_share
        Of the sound, held out, 0 to 0.5.
    level
        What is brought to one peak, one of `LEVELS`; with ``corpus``, loudness can be learnt.
    augmentation_expansion
        Augmented copies of each chunk that are learnt beside it, 0 to 100. An epoch gets longer by
        them; how many chunks a run of unspecified epochs draws stays the same.
    seed
        Of the split, the copies, the weights, the order and the noise.
    device
        ``auto`` (a GPU where there is one), ``cpu``, ``cuda``, ``mps``, or another torch device.
    precision
        Of the network while it learns: one of `PRECISIONS`; ``auto`` is float32 but on CUDA.
    checkpoint_seconds
        Time between checkpoints, 0 (after every step) to 86400.
    preview_epochs
        A preview is made every so many epochs, 0 to 1000000; 0 makes about eight in a run.
    spectrogram, augmentation, spectral_augmentation, model, loss, regularization
        Their own settings.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    epochs: int = 0
    chunks_drawn: int = 24000
    batch_size: int = 8
    learning_rate: float = 1e-3
    warm_up: float = 0.1
    norm_freeze: float = 0.5
    gradient_clip: float = 1.0
    overlap: float = 0.75
    validation_share: float = 0.1
    level: str = "corpus"
    augmentation_expansion: int = 0
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    checkpoint_seconds: float = 60.0
    preview_epochs: int = 0
    spectrogram: SpectrogramSettings = field(default_factory=SpectrogramSettings)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    spectral_augmentation: SpectralAugmentationConfig = field(
        default_factory=SpectralAugmentationConfig
    )
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    regularization: RegularizationConfig = field(default_factory=RegularizationConfig)

    def __post_init__(self) -> None:
        check_range("epochs", self.epochs, 0, 1_000_000)
        check_range("chunks_drawn", self.chunks_drawn, 1, 10**12)
        check_range("batch_size", self.batch_size, 2, 4096)
        check_range("learning_rate", self.learning_rate, 1e-7, 1.0)
        check_range("warm_up", self.warm_up, 0.0, 0.5)
        check_range("norm_freeze", self.norm_freeze, 0.0, 1.0)
        check_range("gradient_clip", self.gradient_clip, 1e-3, 1000.0)
        check_range("overlap", self.overlap, 0.0, 0.95)
        check_range("validation_share", self.validation_share, 0.0, 0.5)
        if self.level not in LEVELS:
            raise ConfigurationError(
                f"level is {printable(self.level)[:60]}; it must be one of {', '.join(LEVELS)}"
            )
        check_range("augmentation_expansion", self.augmentation_expansion, 0, 100)
        check_range("seed", self.seed, 0, 2**63 - 1)
        if self.precision not in PRECISIONS:
            raise ConfigurationError(
                f"precision is {self.precision}; it must be one of {', '.join(PRECISIONS)}"
            )
        check_range("checkpoint_seconds", self.checkpoint_seconds, 0.0, 86400.0)
        check_range("preview_epochs", self.preview_epochs, 0, 1_000_000)

    def planned_epochs(self, chunks: int) -> int:
        """Passes that a run over so many chunks makes."""
        return self.epochs or max(1, round(self.chunks_drawn / chunks))


def config_to_json(config: TrainingConfig) -> dict[str, Any]:
    """A configuration as what `json` writes; `config_from_json` is the way back."""
    return asdict(config)


def config_from_json(values: Mapping[str, Any]) -> TrainingConfig:
    """A configuration from what `config_to_json` gave; keys that are missing take their defaults.

    Raises
    ------
    ConfigurationError
        If a key is unknown, or a value is of another type or out of its range.
    """
    return _build(TrainingConfig, values, "")


def read_toml(path: Path) -> dict[str, Any]:
    """Values from a TOML file: keys of `TrainingConfig`, a table for each part, and ``preset``.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is no TOML, or says what `config_from_json` refuses.
    """
    try:
        values = parse_toml(read_text(path))
        config_from_json({key: value for key, value in values.items() if key != "preset"})
    except OSError as error:
        raise ConfigurationError(f"{printable(path)} cannot be read: {error.strerror}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{printable(path)}: {error}") from None
    return values


T = TypeVar("T")


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
