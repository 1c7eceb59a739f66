"""Read a Standard MIDI File (*Standard MIDI Files 1.0*, MIDI Association, RP-001) as commands.

Its messages act as they do live with the default bindings, except that knobs need no pickup: every
value in a file is meant. The file is split into messages here, in linear time: mido's reader takes
quadratic time for quantities of any length.
"""

import importlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from operator import itemgetter
from pathlib import Path

from distill_live.addresses import Command
from distill_live.errors import ConfigurationError
from distill_live.files import named_refusal, open_regular, printable
from distill_live.midi.bindings import default_bindings
from distill_live.midi.mapper import Mapper
from distill_live.offline.plan import TimedCommand

MAX_BYTES = 4 << 20
"""Maximum size of a file: hours of music."""

MAX_COMMANDS = 500_000
"""Maximum number of commands; a rendered file's comment holds them."""

DEFAULT_BEAT_US = 500_000
"""Duration of a beat until the file sets a tempo."""

_CHUNK = struct.Struct(">4sI")
_HEADER = struct.Struct(">HHH")

_META, _TEMPO, _END_OF_TRACK = 0xFF, 0x51, 0x2F
_SYSTEM_EXCLUSIVE = (0xF0, 0xF7)
_QUANTITY_BYTES = 4


def read_score(path: Path, axes: Sequence[str], presets: Sequence[str]) -> list[TimedCommand]:
    """Read a file as commands, in order of time; the last one releases all notes at its end.

    Parameters
    ----------
    path
        The file.
    axes
        Names of the model's axes.
    presets
        Names of its presets, which programs recall.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is no Standard MIDI File, plays nothing, or is too large; or
        mido is not installed.
    """
    try:
        mido = importlib.import_module("mido")
    except ImportError:
        raise ConfigurationError(
            "--midi needs the extra [midi]: pip install -e '.[midi]' in the folder of the source, "
            "or pip install mido"
        ) from None
    with (
        named_refusal(ConfigurationError, path, "not read", "check the name"),
        open_regular(path) as file,
    ):
        data = file.read(MAX_BYTES + 1)
    score: list[TimedCommand] = []
    at_s = 0.0
    bindings = {
        key: replace(each, pickup=False) if each.has_pickup else each
        for key, each in default_bindings().items()
    }
    mapper = Mapper(bindings, lambda: at_s)
    mapper.hear("/keys", ("pitch",))  # whichever: they are on
    for index, name in enumerate(axes):
        mapper.hear("/axis/info", (index, name))
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"over {MAX_BYTES >> 20} MB")
        for at_s, message in _timed_messages(data):
            said = mapper.feed(mido.Message.from_bytes(message)) if message else []
            if said == [("/preset/list", ())]:
                for index, name in enumerate(presets):
                    mapper.hear("/preset/info", (index, name))
                said = mapper.hear("/preset/end", (len(presets),))
            score += [TimedCommand(at_s, Command(address, values)) for address, values in said]
            if len(score) > MAX_COMMANDS:
                raise ValueError(f"over {MAX_COMMANDS} commands")
        if not score:
            raise ValueError("it plays nothing")
    except ValueError as error:
        raise ConfigurationError(
            f"{printable(path)}: not played ({error}); export the song as a Standard MIDI File"
        ) from None
    return [*score, TimedCommand(at_s, Command("/note/release"))]


def _timed_messages(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Messages of all tracks with their times in seconds; empty where there is none to play."""
    division, tracks = _split(data)
    frames, ticks = 256 - (division >> 8), division & 0xFF
    is_time_code = division >= 0x8000
    if is_time_code:
        rate_hz = 30000 / 1001 if frames == 29 else frames
        tick_s = 1 / (rate_hz * ticks) if ticks else 0.0
    else:
        tick_s = 1e-6 * DEFAULT_BEAT_US / division if division else 0.0
    if not tick_s:
        raise ValueError("its division is 0")
    since_tick, since_s = 0, 0.0
    for tick, message in merge(*map(_events, tracks), key=itemgetter(0)):
        at_s = since_s + (tick - since_tick) * tick_s
        if message[:1] == bytes([_META]):
            if not is_time_code:
                since_tick, since_s = tick, at_s
                tick_s = 1e-6 * int.from_bytes(message[1:]) / division
            message = b""
        yield at_s, message


def _split(data: bytes) -> tuple[int, list[memoryview]]:
    """Division and tracks."""
    view = memoryview(data)
    chunks: list[tuple[bytes, memoryview]] = []
    at = 0
    while at < len(view) and (not chunks or chunks[0][0] == b"MThd"):
        name, size = _CHUNK.unpack(_taken(view, at, _CHUNK.size))
        at += _CHUNK.size
        chunks.append((name, _taken(view, at, size)))
        at += size
    if not chunks or chunks[0][0] != b"MThd" or len(chunks[0][1]) < _HEADER.size:
        raise ValueError("it is no Standard MIDI File")
    form, count, division = _HEADER.unpack(chunks[0][1][: _HEADER.size])
    if form > 1:
        raise ValueError(f"its format is {form}, of songs of their own")
    return division, [track for name, track in chunks[1:] if name == b"MTrk"][:count]


def _events(track: memoryview) -> Iterator[tuple[int, bytes]]:
    """Ticks and messages of a track: of channels, tempos (`_META` and a beat's time), its end."""
    at, tick, running = 0, 0, 0
    while at < len(track):
        delta, at = _quantity(track, at)
        tick += delta
        status = _taken(track, at, 1)[0]
        if status < 0x80:
            status = running
        else:
            at += 1
        if status == _META or status in _SYSTEM_EXCLUSIVE:
            running = 0
            kind = _taken(track, at, 1)[0] if status == _META else None
            size, at = _quantity(track, at + (status == _META))
            content = _taken(track, at, size)
            at += size
            if kind == _END_OF_TRACK:
                yield tick, b""
                return
            if kind == _TEMPO and size == 3:
                yield tick, bytes([_META, *content])
        elif 0x80 <= status < _SYSTEM_EXCLUSIVE[0]:
            running = status
            size = 1 if 0xC0 <= status < 0xE0 else 2
            yield tick, bytes([status, *_taken(track, at, size)])
            at += size
        else:
            raise ValueError(f"a message begins with {status}")


def _quantity(track: memoryview, at: int) -> tuple[int, int]:
    """Number of variable length, and the offset behind it."""
    number = 0
    for after in range(at + 1, at + 1 + _QUANTITY_BYTES):
        (byte,) = _taken(track, after - 1, 1)
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, after
    raise ValueError("a number is too long")


def _taken(view: memoryview, at: int, size: int) -> memoryview:
    if at + size > len(view):
        raise ValueError("it ends early")
    return view[at : at + size]
