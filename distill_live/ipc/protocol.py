"""Messages between processes: one dataclass each, encoded as a line of JSON.

The first message to a process is its settings. Control asks synthesis by `Question`; the answer
has the same token.
"""

import json
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

from distill_live.addresses import Command
from distill_live.errors import FailureCode


class Message:
    """Base class of all messages."""

    __slots__ = ()


_Class = TypeVar("_Class", bound=type)
_classes: dict[str, Any] = {"Command": Command}


@dataclass_transform(frozen_default=True)
def _message(cls: _Class) -> _Class:
    made: Any = dataclass(frozen=True, slots=True)(cls)
    _classes[cls.__name__] = made
    result: _Class = made
    return result


# To and from every process


@_message
class Stop(Message):
    """End in order."""


@_message
class Failed(Message):
    """The process failed, or could not do something, and why."""

    text: str


@_message
class Restart(Message):
    """The process ends and has to be started again."""


# Synthesis


@_message
class ModelFile(Message):
    """A model to read into a slot; `sha256` if its file was examined before."""

    slot: int
    path: str
    sha256: str | None


@_message
class ModelDescription(Message):
    """What control knows of a model; `landmarks` are file, position in s, x and y.

    `recordings` are name and length in s.
    """

    name: str
    fingerprint: str
    format: int
    sample_rate_hz: int
    hop_samples: int
    latent_size: int
    axes: tuple[str, ...]
    landmarks: tuple[tuple[str, float, float, float], ...]
    recordings: tuple[tuple[str, float], ...] = ()


@_message
class SynthesisSettings(Message):
    """Settings of a synthesis process.

    Attributes
    ----------
    handle, channels
        The shared block and the output's channels.
    models
        In the order of their slots.
    sample_rate_hz, hop_samples
        Of the output; None for those of the first model.
    seed
        Random seed.
    latency_ms
        Maximum sound in the ring; None for the minimum.
    wait_for_data
        Decode within the hop, for an output that waits.
    measure
        Record timings of hops and chunks of these models.
    state
        Applied before the first hop.
    is_initial
        Whether `state` is what the performer set: then a refused command is an error.
    """

    handle: str
    channels: int
    models: tuple[ModelFile, ...]
    sample_rate_hz: int | None
    hop_samples: int | None
    seed: int
    latency_ms: float | None
    wait_for_data: bool
    measure: bool
    state: tuple[Command, ...]
    is_initial: bool


@_message
class ApplyCommands(Message):
    """Commands that take effect together: at `due_ns`, or in the next hop.

    Notes always have a time: without `due_ns` it is `given_ns`, when control got them; both are of
    the monotonic clock.
    """

    number: int
    due_ns: int | None
    given_ns: int
    commands: tuple[Command, ...]


@_message
class GetValues(Message):
    """Query values; the answer is a tuple of `Values`, empty for an address that is gone."""

    addresses: tuple[str, ...]


@_message
class GetState(Message):
    """Query the leading model's state; the answer is a tuple of `Command`."""


@_message
class GetModels(Message):
    """Query the slots; the answer is a tuple of `SlotStatus`."""


@_message
class GetNeighbours(Message):
    """Query the map's landmarks around what sounds; the answer is a tuple of index and weight."""

    most: int


@_message
class GetChunkLevels(Message):
    """Query levels in the leading model's chunk, in dB; the answer is a tuple of at most `most`."""

    most: int


@_message
class GetTimings(Message):
    """Query timings since the last query; the answer is a `TimingReport`."""


@_message
class Sync(Message):
    """Wait until every earlier command is applied; the answer is None."""


@_message
class LoadModel(Message):
    """Load an examined file into a slot; the answer is None or a `Refusal`."""

    slot: int
    path: str
    sha256: str


@_message
class UnloadModel(Message):
    """Empty a slot; the answer is None or a `Refusal`."""

    slot: int


Request = (
    GetValues
    | GetState
    | GetModels
    | GetNeighbours
    | GetChunkLevels
    | GetTimings
    | Sync
    | LoadModel
    | UnloadModel
)


@_message
class Question(Message):
    """A query or request of control."""

    token: int
    request: Request


@_message
class Answer(Message):
    """Answer to the question with that token."""

    token: int
    answer: Any


@_message
class SlotStatus(Message):
    """Weight of a slot's model, and whether a model fades in it."""

    slot: int
    weight: float
    fading: bool


@_message
class TimingReport(Message):
    """Durations of hops and of decoded chunks, and the longest wait for a hop."""

    hops_s: tuple[float, ...]
    decoded_s: tuple[float, ...]
    longest_wait_s: float


@_message
class Refusal(Message):
    """Why a request was not done."""

    code: FailureCode
    text: str


@_message
class ReadModel(Message):
    """A model that was read into a slot, and its file's SHA-256."""

    slot: int
    sha256: str
    description: ModelDescription


@_message
class ModelsRead(Message):
    """Models that synthesis begins with."""

    models: tuple[ReadModel, ...]


@_message
class Ready(Message):
    """The first hop is rendered."""


@_message
class CommandRefused(Message):
    """The engine refused a command, by `ApplyCommands.number` and its index there."""

    number: int
    index: int
    refusal: Refusal


@_message
class GestureEnded(Message):
    """The engine no longer plays the gesture with this run number."""

    run: int


@_message
class Economised(Message):
    """The engine saves at another level, `Slot.economy`, since this is its load."""

    level: int
    load: float


@_message
class StateReport(Message):
    """Commands that restore the engine's state after `ApplyCommands` `number`.

    Those in `not_yet_due` are not contained, nor are `LASTING` addresses, nor the commands in
    `waiting`, which wait for a beat.
    """

    number: int
    commands: tuple[Command, ...]
    not_yet_due: tuple[int, ...]
    waiting: tuple[Command, ...] = ()


@_message
class LibrarySettings(Message):
    """Settings of a process that describes model files: name and path of each."""

    files: tuple[tuple[str, str], ...]


@_message
class LibraryRead(Message):
    """Name and description of each model file."""

    models: tuple[tuple[str, str], ...]


@_message
class ProbeSettings(Message):
    """Settings of a process that examines a model file."""

    path: str


@_message
class Examined(Message):
    """The file is a valid model."""

    sha256: str
    description: ModelDescription


# Audio


@_message
class AudioSettings(Message):
    """Settings of an audio process; None for the default of the device."""

    handle: str
    channels: int
    device: str | None
    sample_rate_hz: int | None
    block_frames: int | None
    exclusive: bool
    null: bool
    wait_for_data: bool


@_message
class OpenOutput(Message):
    """Open the output; `sample_rate_hz` is the model's."""

    sample_rate_hz: int


@_message
class OutputOpened(Message):
    """An output plays."""

    output: str
    block_frames: int
    sample_rate_hz: int


@_message
class NoDevice(Message):
    """The device is missing; a null output takes its place, or there is no input."""

    reason: str


@_message
class DeviceSettings(Message):
    """Device to open; as in `AudioSettings`, or in `InputSettings` if it is an input."""

    device: str | None
    channels: int
    sample_rate_hz: int
    block_frames: int | None
    exclusive: bool = False
    is_input: bool = False
    output: str | None = None


# Input


@_message
class InputSettings(Message):
    """Settings of an input process.

    Attributes
    ----------
    device
        Number or part of the name; None for the output device, or the default.
    output
        The output device, as in `AudioSettings`.
    channel
        Which of its channels is heard, from 1.
    sample_rate_hz
        The rate that is tried first.
    """

    handle: str
    device: str | None
    output: str | None
    channel: int
    sample_rate_hz: int
    block_frames: int | None


@_message
class InputOpened(Message):
    """An input is heard."""

    input: str
    sample_rate_hz: int


@_message
class AnalysisSettings(Message):
    """Settings of a process that analyses the input, at the model's sample rate."""

    handle: str
    sample_rate_hz: int


@_message
class EncodeFor(Message):
    """The model whose encoder encodes the input, an examined file."""

    path: str
    sha256: str


@_message
class InputIsSilent(Message):
    """All samples of the input have been 0 for some seconds."""


# Recording


@_message
class RecorderSettings(Message):
    """Settings of a recorder process.

    Attributes
    ----------
    take
        Number of the take.
    path
        WAV file, which does not exist yet.
    sample_rate_hz
        Of the output, or of the model until there is one.
    make_folder
        Whether the file's folder is created.
    """

    handle: str
    channels: int
    take: int
    path: str
    sample_rate_hz: int
    make_folder: bool


@_message
class RecordingBegun(Message):
    """There is a file, and room for so much more on the disk."""

    path: str
    seconds_left: float


@_message
class RecordingContinues(Message):
    """The take goes on in a further file."""

    path: str


@_message
class SpaceLeft(Message):
    """Room on the disk."""

    seconds: float


@_message
class LogFull(Message):
    """The session log is full; the take cannot be replayed from here on."""


@_message
class RecordingEnded(Message):
    """The take's files are complete; `reason` is None if it was stopped on request."""

    path: str
    seconds: float
    underruns: int
    reason: str | None


# MIDI


@_message
class BridgeSettings(Message):
    """Settings of a MIDI bridge; `mapping` is a file, None for the user's own."""

    ports: tuple[str, ...]
    mapping: str | None
    host: str
    port: int
    configuration: tuple[tuple[str, int, int, int], ...] = ()


@_message
class BridgeStarted(Message):
    """The bridge sends from this UDP port."""

    own_port: int


@_message
class Configured(Message):
    """What controllers have configured, for the next bridge (`midi.notes.Configuration`)."""

    configuration: tuple[tuple[str, int, int, int], ...]


@_message
class Listening(Message):
    """The bridge has opened these ports."""

    ports: tuple[str, ...]
    mapping: str


@_message
class PortFound(Message):
    """The bridge has found the port of this name by one of its settings."""

    wanted: str
    name: str


@_message
class PortMissing(Message):
    """A port cannot be opened, and why."""

    reason: str


@_message
class InstrumentPresent(Message):
    """Whether the instrument answers."""

    present: bool


@_message
class ControlsWaiting(Message):
    """Lines about controls that wait to pass a value: ``cc 16: waiting to pass -0.3``."""

    lines: tuple[str, ...]


@_message
class BridgeRefused(Message):
    """The instrument refused a message of the bridge."""

    reason: str


@_message
class LogLine(Message):
    """A line for the log, with a level of `logging`."""

    level: int
    text: str


def encode(message: Message) -> bytes:
    """Encode a message as one line."""
    return json.dumps(message, separators=(",", ":"), default=_members).encode() + b"\n"


def decode(line: bytes | str) -> Message:
    """Decode the message of a line; lists become tuples."""
    message = _made(json.loads(line))
    assert isinstance(message, Message)
    return message


def _members(value: Any) -> dict[str, Any]:
    kind = type(value).__name__
    assert kind in _classes, kind
    return {"type": kind} | {name: getattr(value, name) for name in value.__dataclass_fields__}


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_made, value))
    if isinstance(value, dict):
        members = {name: _made(member) for name, member in value.items() if name != "type"}
        return _classes[value["type"]](**members)
    return value
