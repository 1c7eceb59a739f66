"""Plan of a render; with the model it determines every sample.

Each rendered file carries its plan as JSON in its comment.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from sys import float_info
from typing import Any, Literal, NamedTuple, cast, get_args

from distill_live import __version__
from distill_live.addresses import MAX_SEED, SLOTS, Command, Value
from distill_live.bundle import Bundle
from distill_live.errors import AudioFileError, ConfigurationError
from distill_live.offline.formats import RATE_HZ

KEY, VERSION = "distill-live render", 1
"""Key that identifies the JSON, and its version."""

MAX_S = 86400.0
MAX_STEPS = 1000

Motion = Literal["hold", "walk", "wander", "recording", "crossfade", "interpolate", "gesture"]


class TimedCommand(NamedTuple):
    """A command of a score, and when it is due in seconds."""

    at_s: float
    command: Command


@dataclass(frozen=True)
class Plan:
    """Settings of a render, except model and file.

    Parameters
    ----------
    seed
        Random seed, 0 to 2^53.
    seconds
        Duration, above 0, up to 86400.
    motion
        ``crossfade`` and ``interpolate`` are scheduled by
        `distill_live.offline.command_schedule`; the others only label what `commands` do.
    steps
        Chunks from one point to the next with ``interpolate``, 1 to 1000.
    commands
        Applied before the first sample, in order; each without time and slot.
    score
        Commands of the same kind that are due later, within the duration and in order of time.
    heard
        Name of the sound file that is the input; empty for none. Its sound is no part of the plan.

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
    score: tuple[TimedCommand, ...] = ()
    heard: str = ""

    def value(self, path: str) -> Value:
        """First value that the commands before the first sample set; 0.0 if they set none."""
        return next((of.args[0] for of in reversed(self.commands) if of.address == path), 0.0)

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= MAX_S:
            raise ConfigurationError(
                f"seconds is {self.seconds}; it must be over 0 and at most {MAX_S:g}"
            )
        for name, low, high in (("seed", 0, MAX_SEED), ("steps", 1, MAX_STEPS)):
            if not low <= getattr(self, name) <= high:
                raise ConfigurationError(
                    f"{name} is {getattr(self, name)}; it must lie in {low} to {high}"
                )
        for at_s, command in self.score:
            if not 0 <= at_s <= self.seconds:
                raise ConfigurationError(
                    f"the score has {command.address} at {at_s:g} s; it must lie in 0 to "
                    f"{self.seconds:g} s"
                )


@dataclass(frozen=True)
class ModelIdentity:
    """Identity of a model: `Bundle.name`, `Bundle.fingerprint` and `Bundle.created`."""

    name: str
    fingerprint: str
    created: str


@dataclass(frozen=True)
class Origin:
    """Origin of a rendered file, as stored in its comment.

    Parameters
    ----------
    plan
        Plan of the render.
    models
        Models in the order of their slots.
    version
        Version of this program.
    sample_rate_hz, channels, bits
        Format of the file; `bits` is None for lossy formats.
    """

    plan: Plan
    models: tuple[ModelIdentity, ...]
    version: str
    sample_rate_hz: int
    channels: int
    bits: int | None


def origin(
    plan: Plan, bundles: Iterable[Bundle], sample_rate_hz: int, channels: int, bits: int | None
) -> Origin:
    """Origin of a file rendered now."""
    models = (ModelIdentity(bundle.name, bundle.fingerprint, bundle.created) for bundle in bundles)
    return Origin(plan, tuple(models), __version__, sample_rate_hz, channels, bits)


def to_json(of: Origin) -> str:
    """Encode as one line of ASCII, which every format can store."""
    plan = {name: getattr(of.plan, name) for name in ("seed", "seconds", "motion", "steps")}
    plan["statements"] = list(map(_statement, of.plan.commands))
    if of.plan.score:
        plan["score"] = [[at_s, *_statement(command)] for at_s, command in of.plan.score]
    if of.plan.heard:
        plan["heard"] = of.plan.heard
    content = {KEY: VERSION, **asdict(replace(of, plan=Plan())), "plan": plan}
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Origin:
    """Decode what `to_json` wrote.

    Raises
    ------
    AudioFileError
        If the text is something else, or of another version.
    ConfigurationError
        If a number is out of range.
    """
    try:
        content = json.loads(text)
        version = content.pop(KEY)
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        raise AudioFileError("it does not say how it was rendered") from None
    if version != VERSION:
        raise AudioFileError(f"unknown format {version!r:.20}; update distill-live")
    try:
        fields = content["plan"]
        plan = Plan(
            seed=_of(int, fields["seed"]),
            seconds=_of(float, fields["seconds"]),
            motion=_motion(fields["motion"]),
            steps=_of(int, fields["steps"]),
            commands=tuple(map(_command, _of(list, fields["statements"]))),
            score=tuple(map(_timed_command, _of(list, fields.get("score", [])))),
            heard=_of(str, fields.get("heard", "")),
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
        raise AudioFileError(f"its comment is damaged ({error})") from None
    return found


def _of(kind: type, value: Any) -> Any:
    kinds = (int, float) if kind is float else (kind,)
    if type(value) not in kinds or (kind is float and not abs(value) <= float_info.max):
        raise ValueError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _motion(value: Any) -> Motion:
    if value not in get_args(Motion):
        raise ValueError(f"{value!r:.40} is no motion")
    return cast(Motion, value)


def _model(value: Any) -> ModelIdentity:
    return ModelIdentity(*(_of(str, value[name]) for name in ("name", "fingerprint", "created")))


def _statement(command: Command) -> list[Any]:
    return [command.glide_s, command.address, *command.args]


def _timed_command(line: Any) -> TimedCommand:
    at_s, *statement = _of(list, line)
    return TimedCommand(_of(float, at_s), _command(statement))


def _command(line: Any) -> Command:
    glide_s, path, *values = _of(list, line)
    for value in values:
        if type(value) is not str:
            _of(float, value)
    glide_s = None if glide_s is None else _of(float, glide_s)
    return Command(_of(str, path), tuple(values), glide_s=glide_s)
