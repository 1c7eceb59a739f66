"""Parse and check the events of a take.

Times are in engine samples; frames are those of the recording, or of the ring between synthesis and
audio. Trailing nulls may be omitted, and so may ``later`` (samples after the time) if it is 0.

| event | |
|---|---|
| ``["engine", 0, {...}]`` | an engine starts: model, slot, seed, rate, hop, channels |
| ``["ring", time, ring frame, rate_hz]`` | output goes to the ring from there on, at this rate |
| ``["do", time, address, values, due, glide_s, slot, on_beat]`` | a command |
| ``["prepare", time]`` | the decoder was asked for chunks before the hop |
| ``["model", time, slot, name, fingerprint]`` | a model is installed in a slot |
| ``["unload", time, slot]`` | a slot is unloaded |
| ``["took", time, [slot, load, head, channel, request, later], ...]`` | decoded chunks taken over |
| ``["full", time]`` | the log was full; later events are missing |
| ``["wav", frame, file, rate_hz]`` | the recording continues in this file from this frame on |
| ``["sound", frame, ring frame]`` | the ring's frames are heard from this frame on |
| ``["starved", frame, ring frame]`` | the ring ran empty; the sound fades out |
| ``["silent", frame]`` | the ring is not heard, because the device changed |
| ``["closed", frame]``, ``["opened", frame]`` | the output was faded out, or in |
| ``["end", frame, reason]`` | the recording's length; the reason unless a person ended it |
"""

import json
from collections.abc import Callable
from functools import partial
from sys import float_info
from typing import Any, NamedTuple, NoReturn

from distill_live.addresses import MAX_CHANNELS, SLOTS
from distill_live.errors import TakeError

RATES_HZ = 8000, 192_000
DEVICE_RATES_HZ = 8000, 768_000
MAX_HOP_SAMPLES = 16384
MAX_INTEGER = 2**53
MAX_TEXT = 4096
MAX_VALUES = 4096


class TakeEvent(NamedTuple):
    """Event of a take; one line of the file."""

    kind: str
    at: int
    """Time in engine samples, or frame."""
    facts: tuple[Any, ...]
    """Further fields as in the table above, checked and complete; `EngineFacts` for ``engine``."""
    line: int
    """Line number in the file, from 1."""


class EngineFacts(NamedTuple):
    """Configuration of an engine at its start."""

    name: str
    fingerprint: str
    slot: int
    channels: int
    seed: int
    sample_rate_hz: int
    hop_samples: int


def parse_event(text: bytes, line: int) -> TakeEvent:
    """Parse one line.

    Raises
    ------
    TakeError
        If the line is not a valid event.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise TakeError(f"line {line} is not JSON; the file was edited or cut off") from None
    match value:
        case [str(kind), at, *facts] if kind in _CHECKS and _is_integer(at):
            checked = _CHECKS[kind](facts)
            if checked is not None:
                return TakeEvent(kind, at, checked, line)
    raise TakeError(f"line {line} is not an event of a take; the file was edited, or is newer")


def _engine(facts: list[Any]) -> tuple[Any, ...] | None:
    match facts:
        case [dict(members)] if all(
            check(members.get(name)) for name, check in _ENGINE_CHECKS.items()
        ):
            return EngineFacts(*(members[name] for name in _ENGINE_CHECKS))
    return None


def _do(facts: list[Any]) -> tuple[Any, ...] | None:
    match [*facts, None, None, None, None][: max(6, len(facts))]:
        case [str(address), list(values), due, glide_s, slot, on_beat] if (
            _is_text(address)
            and len(values) <= MAX_VALUES
            and all(map(_is_value, values))
            and (due is None or _is_within(due, -MAX_INTEGER, MAX_INTEGER))
            and (glide_s is None or (_is_number(glide_s) and glide_s >= 0))
            and (slot is None or _is_slot(slot))
            and on_beat in (None, True)
        ):
            return address, tuple(values), due, glide_s, slot, on_beat is True
    return None


def _took(facts: list[Any]) -> tuple[Any, ...] | None:
    for one in facts:
        if not (isinstance(one, list) and len(one) in (5, 6) and all(map(_is_integer, one))):
            return None
    return tuple((*one, 0)[:6] for one in facts)


def _facts_of(*checks: Callable[[Any], bool]) -> Callable[[list[Any]], tuple[Any, ...] | None]:
    def check(facts: list[Any]) -> tuple[Any, ...] | None:
        if len(facts) != len(checks):
            return None
        right = all(is_right(fact) for is_right, fact in zip(checks, facts, strict=True))
        return tuple(facts) if right else None

    return check


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= float_info.max


def _is_value(value: Any) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_within(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


_is_integer = partial(_is_within, low=0, high=MAX_INTEGER)
_is_rate = partial(_is_within, low=RATES_HZ[0], high=RATES_HZ[1])
_is_device_rate = partial(_is_within, low=DEVICE_RATES_HZ[0], high=DEVICE_RATES_HZ[1])
_is_slot = partial(_is_within, low=1, high=SLOTS)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


_ENGINE_CHECKS: dict[str, Callable[[Any], bool]] = {
    "name": _is_text,
    "fingerprint": _is_text,
    "slot": _is_slot,
    "channels": partial(_is_within, low=1, high=MAX_CHANNELS),
    "seed": _is_integer,
    "sample_rate_hz": _is_rate,
    "hop_samples": partial(_is_within, low=1, high=MAX_HOP_SAMPLES),
}
"""Checks of the members of an engine, in the order of `EngineFacts`."""

_CHECKS: dict[str, Callable[[list[Any]], tuple[Any, ...] | None]] = {
    "engine": _engine,
    "ring": _facts_of(_is_integer, _is_device_rate),
    "do": _do,
    "prepare": _facts_of(),
    "model": _facts_of(_is_slot, _is_text, _is_text),
    "unload": _facts_of(_is_slot),
    "took": _took,
    "full": _facts_of(),
    "wav": _facts_of(_is_text, _is_device_rate),
    "sound": _facts_of(_is_integer),
    "starved": _facts_of(_is_integer),
    "silent": _facts_of(),
    "closed": _facts_of(),
    "opened": _facts_of(),
    "end": _facts_of(lambda reason: reason is None or _is_text(reason)),
}
ENGINE_EVENTS = frozenset({"ring", "do", "prepare", "model", "unload", "took", "full"})
"""Events timed in engine samples."""
