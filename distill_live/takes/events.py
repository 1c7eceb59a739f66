"""What a take's events may say, checked one by one.

Times are engine samples, frames those of the recording or of the ring between synthesis and audio.
What is null at the end may be left out, and so may ``later``, samples after the time, if it is 0.

| event | |
|---|---|
| ``["engine", 0, {...}]`` | an engine begins: its model, slot, seed, rate, hop and channels |
| ``["ring", time, ring frame, rate_hz]`` | from here on it is put into the ring, at this rate |
| ``["do", time, address, values, due, glide_s, slot]`` | a command |
| ``["prepare", time]`` | decoding began before the hop |
| ``["model", time, slot, name, fingerprint]`` | a model comes into a slot |
| ``["unload", time, slot]`` | one leaves it |
| ``["took", time, [slot, load, head, channel, request, later], ...]`` | chunks that sound then |
| ``["full", time]`` | there was no room for more events of the engine |
| ``["wav", frame, file, rate_hz]`` | from this frame on the recording is in this file |
| ``["sound", frame, ring frame]`` | from there on the ring's frames are heard |
| ``["starved", frame, ring frame]`` | the ring ran empty; what sounded dies away |
| ``["silent", frame]`` | nothing of the ring is heard, because the device changed |
| ``["closed", frame]``, ``["opened", frame]`` | the output was faded out, or in |
| ``["end", frame, reason]`` | the recording's length, and why it was not ended by a person |
"""

import json
from collections.abc import Callable
from sys import float_info
from typing import Any, NamedTuple, NoReturn

from distill_live.addresses import MAX_CHANNELS, SLOTS
from distill_live.errors import TakeError

RATES_HZ = 8000, 192_000
MOST_HOP_SAMPLES = 16384
MOST_WHOLE = 2**53
MOST_TEXT = 4096
MOST_VALUES = 4096


class Event(NamedTuple):
    """One line of a take."""

    kind: str
    at: int
    """Engine samples or frames."""
    facts: tuple[Any, ...]
    """As in the table above, checked and complete; of ``engine`` the members' values."""
    line: int
    """Where in the file it stands, from 1."""


class EngineFacts(NamedTuple):
    """What an engine began as."""

    name: str
    fingerprint: str
    slot: int
    channels: int
    seed: int
    sample_rate_hz: int
    hop_samples: int


def parse_event(text: bytes, line: int) -> Event:
    """The event of a line.

    Raises
    ------
    TakeError
        If it is none.
    """
    try:
        said = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise TakeError(f"line {line} is not JSON; the file was changed or cut off") from None
    match said:
        case [str(kind), at, *facts] if kind in _CHECKS and _is_whole(at):
            checked = _CHECKS[kind](facts)
            if checked is not None:
                return Event(kind, at, checked, line)
    raise TakeError(f"line {line} is no event of a take; the file was changed, or is newer")


def _engine(facts: list[Any]) -> tuple[Any, ...] | None:
    match facts:
        case [
            {
                "name": str(name),
                "fingerprint": str(fingerprint),
                "slot": slot,
                "channels": channels,
                "seed": seed,
                "sample_rate_hz": rate_hz,
                "hop_samples": hop,
            }
        ] if (
            _is_text(name)
            and _is_text(fingerprint)
            and _is_within(slot, 1, SLOTS)
            and _is_within(channels, 1, MAX_CHANNELS)
            and _is_whole(seed)
            and _is_within(rate_hz, *RATES_HZ)
            and _is_within(hop, 1, MOST_HOP_SAMPLES)
        ):
            return EngineFacts(name, fingerprint, slot, channels, seed, rate_hz, hop)
    return None


def _do(facts: list[Any]) -> tuple[Any, ...] | None:
    match [*facts, None, None, None][: max(5, len(facts))]:
        case [str(address), list(values), due, glide_s, slot] if (
            _is_text(address)
            and len(values) <= MOST_VALUES
            and all(map(_is_value, values))
            and (due is None or _is_within(due, -MOST_WHOLE, MOST_WHOLE))
            and (glide_s is None or (_is_number(glide_s) and glide_s >= 0))
            and (slot is None or _is_within(slot, 1, SLOTS))
        ):
            return address, tuple(values), due, glide_s, slot
    return None


def _took(facts: list[Any]) -> tuple[Any, ...] | None:
    for one in facts:
        if not (isinstance(one, list) and len(one) in (5, 6) and all(map(_is_whole, one))):
            return None
    return tuple((*one, 0)[:6] for one in facts)


def _facts_of(*checks: Callable[[Any], bool]) -> Callable[[list[Any]], tuple[Any, ...] | None]:
    def check(facts: list[Any]) -> tuple[Any, ...] | None:
        if len(facts) != len(checks):
            return None
        right = all(is_right(fact) for is_right, fact in zip(checks, facts, strict=True))
        return tuple(facts) if right else None

    return check


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_WHOLE


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= float_info.max


def _is_value(value: Any) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT


def _is_within(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _is_rate(value: Any) -> bool:
    return _is_within(value, *RATES_HZ)


def _is_slot(value: Any) -> bool:
    return _is_within(value, 1, SLOTS)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


_CHECKS: dict[str, Callable[[list[Any]], tuple[Any, ...] | None]] = {
    "engine": _engine,
    "ring": _facts_of(_is_whole, _is_rate),
    "do": _do,
    "prepare": _facts_of(),
    "model": _facts_of(_is_slot, _is_text, _is_text),
    "unload": _facts_of(_is_slot),
    "took": _took,
    "full": _facts_of(),
    "wav": _facts_of(_is_text, _is_rate),
    "sound": _facts_of(_is_whole),
    "starved": _facts_of(_is_whole),
    "silent": _facts_of(),
    "closed": _facts_of(),
    "opened": _facts_of(),
    "end": _facts_of(lambda reason: reason is None or _is_text(reason)),
}
OF_THE_ENGINE = frozenset({"ring", "do", "prepare", "model", "unload", "took", "full"})
"""Events whose time is an engine's."""
