"""What a render is, in numbers: together with the model it decides every sample.

A `Plan` goes into the file that is rendered, as JSON, and comes back out of it. It knows neither
engine nor files.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from sys import float_info
from typing import Any, Literal, get_args

from distill_live import __version__
from distill_live.addresses import MAX_SEED, SLOTS, Command
from distill_live.bundle import Bundle
from distill_live.errors import AudioFileError, ConfigurationError
from distill_live.offline.formats import RATE_HZ

KEY, VERSION = "distill-live render", 1
"""What marks the JSON, and its version."""

LONGEST_S = 86400.0
MOST_STEPS = 1000

Motion = Literal["hold", "walk", "crossfade", "interpolate", "gesture"]


@dataclass(frozen=True)
class Plan:
    """A render, but for the model and the file.

    Parameters
    ----------
    seed
        Decides everything random, 0 to 2^53.
    seconds
        Length, over 0 to 86400.
    motion
        ``hold``: as the commands have it; ``walk``: they let it drift; ``gesture``: they play
        one; ``crossfade`` and ``interpolate``: see `distill_live.offline.command_schedule`.
    steps
        Chunks from point to point of ``interpolate``, 1 to 1000.
    commands
        Applied before the first sample, in order; each with a glide, and neither time nor slot.

    Raises
    ------
    ConfigurationError
        If a number is out of range.
    """

    seed: int = 0
    seconds: float = 10.0
    motion: Motion = "walk"
    steps: int = 8
    commands: tuple[Command, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_S:
            raise ConfigurationError(
                f"seconds is {self.seconds}; it must be over 0 and at most {LONGEST_S:g}"
            )
        for name, low, high in (("seed", 0, MAX_SEED), ("steps", 1, MOST_STEPS)):
            if not low <= getattr(self, name) <= high:
                raise ConfigurationError(
                    f"{name} is {getattr(self, name)}; it must lie in {low} to {high}"
                )


@dataclass(frozen=True)
class Model:
    """What tells a model: `Bundle.name`, `Bundle.fingerprint` and `Bundle.created`."""

    name: str
    fingerprint: str
    created: str


@dataclass(frozen=True)
class Origin:
    """Where the sound of a file came from, as the file says it.

    Parameters
    ----------
    plan
        The render.
    models
        In the order of their slots, from the first.
    version
        Of the program.
    sample_rate_hz, channels, bits
        Of the file; `bits` is None where its coding has none.
    """

    plan: Plan
    models: tuple[Model, ...]
    version: str
    sample_rate_hz: int
    channels: int
    bits: int | None


def origin(
    plan: Plan, bundles: Iterable[Bundle], sample_rate_hz: int, channels: int, bits: int | None
) -> Origin:
    """What a file says that is rendered now."""
    models = (Model(bundle.name, bundle.fingerprint, bundle.created) for bundle in bundles)
    return Origin(plan, tuple(models), __version__, sample_rate_hz, channels, bits)


def to_json(said: Origin) -> str:
    """One line of ASCII, which every format can hold."""
    plan = asdict(said.plan)
    del plan["commands"]
    plan["statements"] = [[c.glide_s or 0.0, c.address, *c.args] for c in said.plan.commands]
    content = {KEY: VERSION, **asdict(said), "plan": plan}
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Origin:
    """What `to_json` has written.

    Raises
    ------
    AudioFileError
        If it is something else, or of a newer version.
    ConfigurationError
        If a number is out of range.
    """
    try:
        content = json.loads(text)
        version = content.pop(KEY)
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise AudioFileError("it does not say how it was rendered") from None
    if version != VERSION:
        raise AudioFileError(
            f"its format is {version!r:.20}, which is none that is known; update distill-live"
        )
    try:
        said = content["plan"]
        plan = Plan(
            seed=_of(int, said["seed"]),
            seconds=_of(float, said["seconds"]),
            motion=_motion(said["motion"]),
            steps=_of(int, said["steps"]),
            commands=tuple(map(_command, _of(list, said["statements"]))),
        )
        found = Origin(
            plan,
            models=tuple(map(_model, _of(list, content["models"]))),
            version=_of(str, content["version"]),
            sample_rate_hz=_of(int, content["sample_rate_hz"]),
            channels=_of(int, content["channels"]),
            bits=None if content["bits"] is None else _of(int, content["bits"]),
        )
        if not 1 <= len(found.models) <= SLOTS:
            raise ValueError(f"{len(found.models)} models")
        low, high = RATE_HZ
        if not low <= found.sample_rate_hz <= high:
            raise ValueError(f"{found.sample_rate_hz} Hz")
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise AudioFileError(f"what it says of how it was rendered is damaged ({error})") from None
    return found


def _of(kind: type, value: Any) -> Any:
    kinds = (int, float) if kind is float else (kind,)
    if type(value) not in kinds or (kind is float and not abs(value) <= float_info.max):
        raise ValueError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _motion(value: Any) -> Motion:
    if value not in get_args(Motion):
        raise ValueError(f"{value!r:.40} is no motion")
    known: Mapping[str, Motion] = {motion: motion for motion in get_args(Motion)}
    return known[value]


def _model(value: Any) -> Model:
    return Model(*(_of(str, value[name]) for name in ("name", "fingerprint", "created")))


def _command(line: Any) -> Command:
    glide_s, path, *values = _of(list, line)
    for value in values:
        if type(value) is not str:
            _of(float, value)
    return Command(_of(str, path), tuple(values), glide_s=_of(float, glide_s))
