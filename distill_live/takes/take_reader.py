"""`take.json` as it is read: line by line, so that neither length nor content costs memory.

It knows the document's layout and which stretches of which engines were recorded; what becomes of
the events is `replay`'s business.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from distill_live.engine.resampling import delay_of
from distill_live.errors import TakeError
from distill_live.files import printable, reason_of
from distill_live.takes.environment import differences
from distill_live.takes.events import OF_THE_ENGINE, EngineFacts, Event, parse_event
from distill_live.takes.take_file import FORMAT_VERSION, HEAD_END, TAIL

MOST_BYTES = 2**29
"""How large a take's JSON may be: twice the log of an engine."""

LONGEST_LINE_BYTES = 2**24
"""Room for the longest gesture."""

LONGEST_S = 7 * 86400.0
"""How long a session may have been when the take ended."""

MOST_MODELS = 64
"""Different ones, of which each is read before anything is rendered."""

MOST_ENGINES, MOST_RATES, MOST_SEGMENTS = 256, 1024, 100_000
"""How often synthesis may have been started again, an engine's output have changed its rate, and
sound have begun anew after a gap."""

_LONG_S = 60.0

_HEAD_LINES = 32

Segment = tuple[int, int, int | None, int | None]
"""Frame and ring frame at which sound begins, and at which it ends; None if nothing says."""


@dataclass(frozen=True)
class Stretch:
    """What was recorded of one engine.

    Attributes
    ----------
    engine : EngineFacts
        What the engine began as; the events after it, up to the next one, are its.
    begin_samples, end_samples : int
        Its time at the first sample that was recorded, and after the last.
    silence_samples : int
        Silence between the stretch before and this one.
    cut_off : bool
        Whether more was recorded than the log tells of.
    """

    engine: EngineFacts
    begin_samples: int
    end_samples: int
    silence_samples: int
    cut_off: bool


@dataclass
class _Life:
    """What the first reading finds of an engine."""

    facts: EngineFacts
    rings: list[tuple[int, int, int]] = field(default_factory=list)  # time, ring frame, rate
    last_samples: int = 0
    full_samples: int | None = None


class Take:
    """A take that was recorded.

    Parameters
    ----------
    path
        Its JSON.

    Attributes
    ----------
    path : Path
    stretches : tuple of Stretch or None
        One for each engine, in order; None for an engine of which nothing was recorded.
    models : dict
        Names of all models that were played, by fingerprint.
    slots : list of int
        Those that they were in, rising.

    Raises
    ------
    TakeError
        If it cannot be read, is no take, or holds nothing to render.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.models: dict[str, str] = {}
        self.slots: list[int] = []
        self._head: dict[str, Any] = {}
        self._lives: list[_Life] = []
        self._segments: list[Segment] = []
        self._rate_hz = 0
        for event in self.events():
            self._survey(event)
        self.stretches = tuple(self._stretches())
        recorded = [one for one in self.stretches if one is not None]
        if not recorded:
            raise TakeError(f"{printable(path)}: nothing of an engine is in it; play the WAV file")
        if len({(one.engine.sample_rate_hz, one.engine.channels) for one in recorded}) > 1:
            raise TakeError(f"{printable(path)}: its engines differ in rate or channels")

    @property
    def engine(self) -> EngineFacts:
        """The first engine that is heard."""
        return next(one.engine for one in self.stretches if one is not None)

    @property
    def samples(self) -> int:
        """How much is rendered, at the engine's rate."""
        return sum(
            one.silence_samples + one.end_samples - one.begin_samples
            for one in self.stretches
            if one is not None
        )

    @property
    def notes(self) -> list[str]:
        """In a line each: what the user should know before it is rendered."""
        said = [
            f"{printable(what)[:200]}: the last bits may differ"
            for what in differences(self._head.get("made_with"))
        ]
        for one in self.stretches:
            if one is None:
                continue
            unheard_s = one.begin_samples / one.engine.sample_rate_hz
            if unheard_s > _LONG_S:
                said.append(
                    f"it began {unheard_s / 60:.0f} min into the session, which are rendered first"
                )
            if one.cut_off:
                said.append("the session's log was full before its end; what came after is missing")
        return said

    def events(self) -> Iterator[Event]:
        """All that it says, in the file's order.

        Raises
        ------
        TakeError
            If it cannot be read or is no take.
        """
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise TakeError(f"over {MOST_BYTES} bytes; a take's log is smaller")
            with self.path.open("rb") as file:
                lines = iter(lambda: file.readline(LONGEST_LINE_BYTES + 1), b"")
                yield from self._parse(lines)
        except OSError as error:
            reason = reason_of(error)
            raise TakeError(
                f"{printable(self.path)}: not read ({reason}); check the name"
            ) from error
        except TakeError as error:
            raise TakeError(f"{printable(self.path)}: {error}") from None

    def _parse(self, lines: Iterator[bytes]) -> Iterator[Event]:
        number = self._parse_head(lines)
        times: dict[str, int] = {}
        for text in lines:
            number += 1
            if text == TAIL:
                if next(lines, None) is not None:
                    raise TakeError("something stands after its end; the file was changed")
                return
            if len(text) > LONGEST_LINE_BYTES:
                raise TakeError(f"line {number} is over {LONGEST_LINE_BYTES} bytes")
            event = parse_event(text.removesuffix(b"\n").removesuffix(b","), number)
            clock = "engine" if event.kind in OF_THE_ENGINE else event.kind
            if event.kind == "engine":
                times.pop("engine", None)
            elif event.at < times.get(clock, 0):
                raise TakeError(f"line {number} is of an earlier time than those before it")
            times[clock] = event.at
            yield event
        raise TakeError("its end is missing; the file was cut off")

    def _parse_head(self, lines: Iterator[bytes]) -> int:
        """Check what stands before the events; returns the number of its lines."""
        head: dict[str, Any] = {}
        number = 1
        if next(lines, b"") != b"{\n":
            raise TakeError("it is no take; give the .json file beside a recording")
        for text in lines:
            number += 1
            if text == HEAD_END:
                break
            try:
                head |= json.loads(b"{" + text.rstrip(b",\n") + b"}")
            except (ValueError, RecursionError):
                raise TakeError(f"line {number} is no fact of a take") from None
            if number > _HEAD_LINES:
                raise TakeError("it is no take: it has no list of events, one a line")
        version = head.get("format")
        if type(version) is not int or version < 1:
            raise TakeError("it is no take: it has no format number")
        if version > FORMAT_VERSION:
            raise TakeError(
                f"format {version}; this version reads up to {FORMAT_VERSION}: update it"
            )
        self._head = head
        return number

    def _survey(self, event: Event) -> None:
        """Take in where what was recorded begins and ends."""
        segments = self._segments
        if len(segments) > MOST_SEGMENTS or len(self._lives) > MOST_ENGINES:
            raise TakeError(f"{printable(self.path)}: it has more gaps or engines than a take can")
        open_ended = bool(segments) and segments[-1][3] is None
        match event.kind, event.facts:
            case "engine", facts:
                life = _Life(cast(EngineFacts, facts))
                self._lives.append(life)
                self._know(life.facts.slot, life.facts.name, life.facts.fingerprint)
            case "wav", (_, rate_hz):
                self._rate_hz = rate_hz
            case "sound", (ring_frame,):
                if open_ended:
                    self._close(event.at)
                segments.append((event.at, ring_frame, None, None))
            case "starved", (ring_frame,) if open_ended:
                self._close(event.at, ring_frame)
            case (("silent" | "end"), _) if open_ended:
                self._close(event.at)
            case (kind, facts) if kind in OF_THE_ENGINE:
                if not self._lives:
                    raise TakeError(f"{printable(self.path)}: line {event.line} is of no engine")
                self._survey_life(self._lives[-1], event)

    def _survey_life(self, life: _Life, event: Event) -> None:
        life.last_samples = event.at
        rate_hz = life.facts.sample_rate_hz
        if event.at > LONGEST_S * rate_hz:
            raise TakeError(
                f"{printable(self.path)}: line {event.line} is over {LONGEST_S / 86400:g} days in"
            )
        match event.kind, event.facts:
            case "ring", (frame, ring_rate_hz):
                life.rings.append((event.at, frame, ring_rate_hz))
                if len(life.rings) > MOST_RATES:
                    raise TakeError(f"{printable(self.path)}: its rate changes too often")
            case "model", (slot, name, fingerprint):
                self._know(slot, name, fingerprint)
            case "full", _:
                life.full_samples = event.at

    def _know(self, slot: int, name: str, fingerprint: str) -> None:
        self.models[fingerprint] = name
        self.slots = sorted({*self.slots, slot})
        if len(self.models) > MOST_MODELS:
            raise TakeError(f"{printable(self.path)}: it has over {MOST_MODELS} models")

    def _close(self, frame: int, ring_frame: int | None = None) -> None:
        begin, ring_begin, _, _ = self._segments.pop()
        end = max(ring_begin, ring_begin + frame - begin if ring_frame is None else ring_frame)
        if end > ring_begin:
            self._segments.append((begin, ring_begin, frame, end))

    def _stretches(self) -> Iterator[Stretch | None]:
        """What of each engine was recorded."""
        heard_frame: int | None = None  # of the recording, up to which the engine before was heard
        nexts = [life.rings[0][1] if life.rings else 0 for life in self._lives[1:]]
        for life, next_frame in zip(self._lives, [*nexts, None], strict=True):
            first = life.rings[0][1] if life.rings else 0
            parts = [
                segment
                for segment in self._segments
                if life.rings
                and (segment[3] is None or segment[3] > first)
                and (next_frame is None or segment[1] < next_frame)
            ]
            if not parts:
                yield None
                continue
            begin = _engine_time(life, max(first, parts[0][1]))
            *_, end_frame, ring_end = parts[-1]
            if ring_end is None or (next_frame is not None and ring_end > next_frame):
                ring_end = next_frame
            last = life.last_samples + life.facts.hop_samples
            end = last if ring_end is None else _engine_time(life, ring_end)
            logged = end if life.full_samples is None else min(end, life.full_samples)
            if logged <= begin:
                yield None
                continue
            gap = 0 if heard_frame is None else max(0, parts[0][0] - heard_frame)
            silence = round(gap * life.facts.sample_rate_hz / (self._rate_hz or 1))
            if end - begin + silence > LONGEST_S * life.facts.sample_rate_hz:
                raise TakeError(f"{printable(self.path)}: it is over {LONGEST_S / 86400:g} days")
            yield Stretch(life.facts, begin, logged, silence, logged < end)
            heard_frame = end_frame


def _engine_time(life: _Life, ring_frame: int) -> int:
    """When the engine rendered what lies in the ring there; to the sample at its own rate."""
    time, frame, rate_hz = life.rings[0]
    for ring in life.rings:
        if ring[1] <= ring_frame:
            time, frame, rate_hz = ring
    engine_hz = life.facts.sample_rate_hz
    if rate_hz == engine_hz:
        return time + ring_frame - frame
    late = round(delay_of(engine_hz, rate_hz) * engine_hz)
    return max(time, time + round((ring_frame - frame) * engine_hz / rate_hz) - late)
