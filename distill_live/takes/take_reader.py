"""Read `take.json` line by line in bounded memory, and find what was recorded of each engine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

from distill_live.engine.mixing.resampling import delay_of
from distill_live.errors import TakeError
from distill_live.files import named_refusal, open_regular, printable
from distill_live.takes.events import (
    ENGINE_EVENTS,
    MAX_INTEGER,
    EngineFacts,
    TakeEvent,
    parse_event,
)
from distill_live.takes.take_file import FORMAT_VERSION, HEAD_END, TAIL, software_versions

MAX_BYTES = 2**29
"""Maximum size of a take's JSON: twice the log of an engine."""

MAX_LINE_BYTES = 2**24
"""Maximum length of a line; fits the longest gesture."""

MAX_S = 7 * 86400.0
"""Maximum length of a session."""

MAX_MODELS = 64
"""Maximum number of different models; all are read before rendering."""

MAX_ENGINES, MAX_RATES, MAX_SEGMENTS = 256, 1024, 100_000
"""Maximum number of engines, of output rates of one engine, and of recorded segments."""

MAX_FILES = 1024
"""Maximum number of sound files."""

_LONG_LEAD_S = 60.0

_MAX_HEAD_LINES = 32

Segment = tuple[int, int, int | None, int | None]
"""Frame and ring frame of the start, then of the end (None: unknown) of uninterrupted sound."""


@dataclass(frozen=True)
class RecordedSpan:
    """Part of an engine's output that was recorded.

    Attributes
    ----------
    engine : EngineFacts
        The engine's configuration.
    begin_samples, end_samples : int
        Engine time of the first recorded sample, and after the last.
    silence_samples : int
        Silence between the previous span and this one.
    cut_off : bool
        Whether the log ends before the recording does.
    """

    engine: EngineFacts
    begin_samples: int
    end_samples: int
    silence_samples: int
    cut_off: bool


class Stretch(NamedTuple):
    """Stretch of a recording that is the engine's sound.

    Attributes
    ----------
    frame : int
        Frame of the recording at which it begins.
    offset_samples : int
        The same in the replay.
    end_samples : int
        Its end in the replay, which may lie beyond that of the recording.
    """

    frame: int
    offset_samples: int
    end_samples: int


@dataclass
class _EngineLog:
    """Facts about an engine, collected while reading."""

    facts: EngineFacts
    rings: list[tuple[int, int, int]] = field(default_factory=list)  # time, ring frame, rate
    last_samples: int = 0
    full_samples: int | None = None


class Take:
    """Recorded take, read and checked.

    Parameters
    ----------
    path
        The take's JSON file.

    Attributes
    ----------
    path : Path
    spans : tuple of RecordedSpan or None
        Recorded span of each engine, in order; None for an engine that was not recorded.
    models : dict
        Names of all models played, by fingerprint.
    slots : list of int
        Slots of these models, ascending.
    files : list of tuple
        First frame and name of each sound file.
    rate_hz : int
        Sample rate of the last sound file.
    stretches : list of Stretch
        Stretches that can be compared with a replay, ascending; none where the engine's rate is
        not the recording's.

    Raises
    ------
    TakeError
        If the file cannot be read, is not a take, or contains nothing to render.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.models: dict[str, str] = {}
        self.slots: list[int] = []
        self._head: dict[str, Any] = {}
        self._engines: list[_EngineLog] = []
        self._segments: list[Segment] = []
        self.files: list[tuple[int, str]] = []
        self.stretches: list[Stretch] = []
        self.rate_hz = 0
        with self._naming():
            for event in self._read():
                self._survey(event)
            self.spans = tuple(self._spans())
            recorded = [one for one in self.spans if one is not None]
            if not recorded:
                raise TakeError("it contains no engine output; play the WAV file")
            if len({(one.engine.sample_rate_hz, one.engine.channels) for one in recorded}) > 1:
                raise TakeError("its engines differ in rate or channels")

    @property
    def engine(self) -> EngineFacts:
        """Configuration of the first recorded engine."""
        return next(one.engine for one in self.spans if one is not None)

    @property
    def samples(self) -> int:
        """Length of the rendered sound, at the engine's rate."""
        return sum(
            one.silence_samples + one.end_samples - one.begin_samples
            for one in self.spans
            if one is not None
        )

    @property
    def notes(self) -> list[str]:
        """Notes for the user, a line each."""
        lines = [
            f"{printable(what)[:200]}: the last bits may differ"
            for what in _differences(self._head.get("made_with"))
        ]
        for one in self.spans:
            if one is None:
                continue
            lead_s = one.begin_samples / one.engine.sample_rate_hz
            if lead_s > _LONG_LEAD_S:
                lines.append(
                    f"it starts {lead_s / 60:.0f} min into the session; these are rendered first"
                )
            if one.cut_off:
                lines.append("the session's log was full before the end; the rest is missing")
        return lines

    def events(self) -> Iterator[TakeEvent]:
        """Yield all events in file order.

        Raises
        ------
        TakeError
            If the file cannot be read or is not a take.
        """
        with self._naming():
            yield from self._read()

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Name the file in each error."""
        with named_refusal(TakeError, self.path, "not read", "check the name"):
            try:
                yield
            except TakeError as error:
                raise TakeError(f"{printable(self.path)}: {error}") from None

    def _read(self) -> Iterator[TakeEvent]:
        with open_regular(self.path) as file:
            if self.path.stat().st_size > MAX_BYTES:
                raise TakeError(f"over {MAX_BYTES} bytes, the limit; it is not a take")
            yield from self._parse(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""))

    def _parse(self, lines: Iterator[bytes]) -> Iterator[TakeEvent]:
        number = self._parse_head(lines)
        times: dict[str, int] = {}
        for text in lines:
            number += 1
            if text == TAIL:
                if next(lines, None) is not None:
                    raise TakeError("there is text after its end; the file was edited")
                return
            if len(text) > MAX_LINE_BYTES:
                raise TakeError(f"line {number} is over {MAX_LINE_BYTES} bytes")
            event = parse_event(text.removesuffix(b"\n").removesuffix(b","), number)
            clock = "engine" if event.kind in ENGINE_EVENTS else event.kind
            if event.kind == "engine":
                times.pop("engine", None)
            elif event.at < times.get(clock, 0):
                raise TakeError(f"line {number} is earlier than the line before")
            times[clock] = event.at
            yield event
        raise TakeError("its end is missing; the file was cut off")

    def _parse_head(self, lines: Iterator[bytes]) -> int:
        """Check the members before the events; return the number of lines."""
        head: dict[str, Any] = {}
        number = 1
        if next(lines, b"") != b"{\n":
            raise TakeError("not a take; give the .json file beside a recording")
        for text in lines:
            number += 1
            if text == HEAD_END:
                break
            try:
                head |= json.loads(b"{" + text.rstrip(b",\n") + b"}")
            except (ValueError, RecursionError):
                raise TakeError(
                    f"line {number} is not a member of a take; "
                    "give the .json file beside a recording"
                ) from None
            if number > _MAX_HEAD_LINES:
                raise TakeError("not a take: it has no list of events, one a line")
        version = head.get("format")
        if type(version) is not int or version < 1:
            raise TakeError("not a take: it has no format number")
        if version > FORMAT_VERSION:
            raise TakeError(
                f"format {version}; this version reads up to {FORMAT_VERSION}: update it"
            )
        self._head = head
        return number

    def _survey(self, event: TakeEvent) -> None:
        """Record where sound begins and ends."""
        segments = self._segments
        if len(segments) > MAX_SEGMENTS or len(self._engines) > MAX_ENGINES:
            raise TakeError(f"over {MAX_SEGMENTS} gaps or {MAX_ENGINES} engines")
        open_ended = bool(segments) and segments[-1][3] is None
        match event.kind, event.facts:
            case "engine", facts:
                engine = _EngineLog(cast(EngineFacts, facts))
                self._engines.append(engine)
                self._add_model(engine.facts.slot, engine.facts.name, engine.facts.fingerprint)
            case "wav", (name, rate_hz):
                self.rate_hz = rate_hz
                self.files.append((event.at, name))
                if len(self.files) > MAX_FILES:
                    raise TakeError(f"over {MAX_FILES} sound files, the limit")
            case "sound", (ring_frame,):
                if open_ended:
                    self._close(event.at)
                segments.append((event.at, ring_frame, None, None))
            case "starved", (ring_frame,) if open_ended:
                self._close(event.at, ring_frame)
            case (("silent" | "end"), _) if open_ended:
                self._close(event.at)
            case (kind, facts) if kind in ENGINE_EVENTS:
                if not self._engines:
                    raise TakeError(f"no engine before line {event.line}")
                self._survey_engine(self._engines[-1], event)

    def _survey_engine(self, engine: _EngineLog, event: TakeEvent) -> None:
        engine.last_samples = event.at
        rate_hz = engine.facts.sample_rate_hz
        if event.at > MAX_S * rate_hz:
            raise TakeError(f"line {event.line} is later than {MAX_S / 86400:g} days")
        match event.kind, event.facts:
            case "ring", (frame, ring_rate_hz):
                engine.rings.append((event.at, frame, ring_rate_hz))
                if len(engine.rings) > MAX_RATES:
                    raise TakeError(f"over {MAX_RATES} changes of rate, the limit")
            case "model", (slot, name, fingerprint):
                self._add_model(slot, name, fingerprint)
            case "full", _:
                engine.full_samples = event.at

    def _add_model(self, slot: int, name: str, fingerprint: str) -> None:
        self.models[fingerprint] = name
        self.slots = sorted({*self.slots, slot})
        if len(self.models) > MAX_MODELS:
            raise TakeError(f"over {MAX_MODELS} models, the limit")

    def _close(self, frame: int, ring_frame: int | None = None) -> None:
        begin, ring_begin, _, _ = self._segments.pop()
        end = max(ring_begin, ring_begin + frame - begin if ring_frame is None else ring_frame)
        if end > ring_begin:
            self._segments.append((begin, ring_begin, frame, end))

    def _spans(self) -> Iterator[RecordedSpan | None]:
        """Recorded span of each engine."""
        heard_frame: int | None = 0  # end of the previous engine in the recording
        offset = 0  # in the replay
        nexts = [engine.rings[0][1] if engine.rings else 0 for engine in self._engines[1:]]
        for engine, next_frame in zip(self._engines, [*nexts, None], strict=True):
            first = engine.rings[0][1] if engine.rings else 0
            parts = [
                segment
                for segment in self._segments
                if engine.rings
                and (segment[3] is None or segment[3] > first)
                and (next_frame is None or segment[1] < next_frame)
            ]
            if not parts:
                yield None
                continue
            begin = _engine_time(engine, max(first, parts[0][1]))
            *_, end_frame, ring_end = parts[-1]
            if ring_end is None or (next_frame is not None and ring_end > next_frame):
                ring_end = next_frame
            last = engine.last_samples + engine.facts.hop_samples
            end = last if ring_end is None else _engine_time(engine, ring_end)
            logged = end if engine.full_samples is None else min(end, engine.full_samples)
            if logged <= begin:
                yield None
                continue
            gap = 0 if heard_frame is None else max(0, parts[0][0] - heard_frame)
            silence = round(gap * engine.facts.sample_rate_hz / self.rate_hz) if self.rate_hz else 0
            if end - begin + silence > MAX_S * engine.facts.sample_rate_hz:
                raise TakeError(f"it is longer than {MAX_S / 86400:g} days")
            exact = {rate_hz for *_, rate_hz in engine.rings} == {engine.facts.sample_rate_hz}
            if exact and silence:
                self.stretches.append(Stretch(parts[0][0] - gap, offset, offset + silence))
            offset += silence
            if exact:
                for frame, ring_begin, _, stop in parts:
                    from_frame = max(first, ring_begin)
                    to_frame = min(stop or MAX_INTEGER, next_frame or MAX_INTEGER)
                    start = offset + _engine_time(engine, from_frame) - begin
                    stop_samples = min(start + to_frame - from_frame, offset + logged - begin)
                    self.stretches.append(
                        Stretch(frame + from_frame - ring_begin, start, stop_samples)
                    )
            offset += logged - begin
            yield RecordedSpan(engine.facts, begin, logged, silence, logged < end)
            heard_frame = end_frame


def _engine_time(engine: _EngineLog, ring_frame: int) -> int:
    """Engine time of a ring frame; exact to the sample at the engine's own rate."""
    time, frame, rate_hz = engine.rings[0]
    for ring in engine.rings:
        if ring[1] <= ring_frame:
            time, frame, rate_hz = ring
    engine_hz = engine.facts.sample_rate_hz
    if rate_hz == engine_hz:
        return time + ring_frame - frame
    late = round(delay_of(engine_hz, rate_hz) * engine_hz)
    return max(time, time + round((ring_frame - frame) * engine_hz / rate_hz) - late)


def _differences(versions: object) -> list[str]:
    """Differences between the versions of a take and those installed, in words."""
    if not isinstance(versions, dict):
        return []
    return [
        f"{name} {versions[name]} then, {value} now"
        for name, value in software_versions().items()
        if isinstance(versions.get(name), str) and versions[name] != value
    ]
