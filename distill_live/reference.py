"""The reference of addresses: the table as Markdown, as JSON, or as lines for a terminal.

`docs/osc.md` is its Markdown. It reads the table and the wire's limits, and says nothing of its own
about an address.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from math import isfinite
from typing import Any, get_args

from distill_live.addresses import PREFIX, REPLIES, TABLE, Address, Argument, Reply, Value
from distill_live.addresses.schema import INT32_MAX, INT32_MIN
from distill_live.errors import FailureCode
from distill_live.osc.dispatch import MAX_AHEAD_S, MAX_PATTERNS
from distill_live.osc.pattern import MAX_WILDCARDS
from distill_live.osc.replies import FAILS_PER_SECOND
from distill_live.osc.subscribers import MAX_SUBSCRIBERS, SILENCE_LIMIT_S
from distill_live.osc.wire import MAX_DEPTH, MAX_MESSAGES, MAX_PACKET_BYTES

TOPICS: Mapping[str, tuple[str, ...]] = {
    "Where it is in the latent space": ("latent", "axis", "map", "corpus", "glide", "follow"),
    "Motion": ("drift", "walk", "lfo", "seed"),
    "How it plays": ("position", "speed", "loop", "freeze", "pitch", "formant", "jitter", "spread"),
    "Output": ("gain", "play", "mute", "panic", "record"),
    "Macros": ("macro",),
    "Presets": ("preset",),
    "Gestures": ("gesture",),
    "Models": ("model",),
    "Feedback": ("notify", "meters", "meter", "update", "sync", "synced", "done", "fail"),
    "The instrument": ("status", "status.reply", "version", "version.reply", "dump", "quit"),
}
"""Headings, and the first part of the paths that stand under them."""

_ACCESS = {"value": "set, get", "action": "action", "command": "command"}
_SHOWN_CHOICES = 8

_HEAD = f"""# The OSC reference

Made by `distill-live addresses --markdown > docs/osc.md` from the table that the instrument itself
goes by; `--model NAME` writes it out for one model, `--json` is for programs.

Every address begins with `{PREFIX}`, which the tables leave out.

## The rules

**Values and gets.** An address of a value is set by its arguments and read by none: the answer has
the same address and always the same types. An *action* needs no argument, or one number as buttons
send it, of which 0 does nothing. A *command* takes its arguments and cannot be read.

**Types.** `i`, `f`, `h`, `d`, `T` and `F` all serve as numbers, and a message without type tags as
one without arguments. Only `i`, `f` and `s` are sent. What is not finite is refused.

**Ranges.** Values of faders and knobs (a range and *set, get*) are moved to the end of their range,
and feedback shows the moved value; switches and commands refuse what lies beyond. Of a fader only
the newest value counts within a hop.

**Patterns.** `? * [a-z] {{one,two}}` set several values at once, all or none: up to {MAX_WILDCARDS}
wildcards in an address, {MAX_PATTERNS} patterns in a packet.

**Bundles** take effect as one, in one hop: at once, or up to {MAX_AHEAD_S:g} s ahead, on the
engine's clock. What is late or due later takes effect at once and is counted (`/status`).

**Limits.** A packet has at most {MAX_PACKET_BYTES // 1024} KiB and {MAX_MESSAGES} messages,
bundles lie at most {MAX_DEPTH} deep in one another. What is refused changes nothing and is answered
by `/fail`, at most {FAILS_PER_SECOND} times a second a client. Its codes are
{", ".join(f"`{code}`" for code in get_args(FailureCode))}.

**Replies** go to where the message came from or, after `/notify 1 port`, to that port of the same
computer. `/notify 1` sends the full state between `/update 1` and `/update 0`, then each change
that somebody else makes, at most 60 times a second an address; to the sender too where its value
was moved into range. {MAX_SUBSCRIBERS} clients may be subscribed. One on another computer is
forgotten after {SILENCE_LIMIT_S:g} s without a word, unless it is connected.

**Transports.** UDP (`--osc-port`); TCP where `--osc-tcp-port` asks for it, with the packets in SLIP
frames that begin and end with END (192), as OSC 1.1 has it; WebSocket frames, where `--http-port`
asks for OSCQuery. On TCP and WebSocket replies and feedback go down the connection. A client that
does not read what it has asked for is disconnected.
"""


def markdown(table: Mapping[str, Address] = TABLE) -> str:
    """The reference page.

    Parameters
    ----------
    table
        `TABLE`, or one of `instantiate`.
    """
    parts = [_HEAD]
    for topic, addresses, replies in _by_topic(table):
        parts.append(f"## {topic}\n")
        if addresses:
            parts.append("| address | arguments | default | | |\n|---|---|---|---|---|")
            parts += map(_address_row, addresses)
            parts.append("")
        if replies:
            parts.append("| reply | arguments | |\n|---|---|---|")
            parts += (
                f"| `{reply.path}` | {_arguments(reply)} | {reply.description} |"
                for reply in replies
            )
            parts.append("")
    return "\n".join(parts)


def facts(table: Mapping[str, Address] = TABLE) -> dict[str, Any]:
    """The same as JSON values; a string has no range, and what has none is null."""
    return {
        "prefix": PREFIX,
        "addresses": [
            {
                "path": address.path,
                "topic": topic,
                "access": address.access,
                "clip": address.clip,
                "continuous": address.continuous,
                "local": address.local,
                "description": address.description,
                "arguments": [_argument_facts(argument) for argument in address.arguments],
            }
            for topic, addresses, _ in _by_topic(table)
            for address in addresses
        ],
        "replies": [
            {
                "path": reply.path,
                "topic": topic,
                "description": reply.description,
                "arguments": [
                    {"name": a.name, "type": a.kind, "unit": a.unit} for a in reply.arguments
                ],
            }
            for topic, _, replies in _by_topic(table)
            for reply in replies
        ],
    }


def lines(table: Mapping[str, Address] = TABLE) -> str:
    """A line for each address, under its topic."""
    parts: list[str] = []
    for topic, addresses, _ in _by_topic(table):
        if addresses:
            parts.append(f"\n{topic}" if parts else topic)
        for address in addresses:
            said = "" if address.access == "action" else _plain(_arguments(address))
            parts.append(f"  {address.path}  {said}".rstrip())
            parts.append(f"      {address.description}")
    return "\n".join(parts)


def _by_topic(
    table: Mapping[str, Address],
) -> Iterable[tuple[str, list[Address], list[Reply]]]:
    named = {first for firsts in TOPICS.values() for first in firsts}
    everything = {*map(_first, table), *map(_first, REPLIES)}
    topics = dict(TOPICS) | {"Further": tuple(everything - named)}
    for topic, firsts in topics.items():
        addresses = [address for path, address in table.items() if _first(path) in firsts]
        replies = [reply for path, reply in REPLIES.items() if _first(path) in firsts]
        if addresses or replies:
            yield topic, addresses, replies


def _first(path: str) -> str:
    return path.split("/")[1]


def _address_row(address: Address) -> str:
    arguments = "none, or a button's 0 or 1" if address.access == "action" else _arguments(address)
    same = len(set(address.default)) == 1
    default = " ".join(map(_value, address.default[:1] if same else address.default))
    local = ", from this computer only" if address.local else ""
    return (
        f"| `{address.path}` | {arguments} | {default} "
        f"| {_ACCESS[address.access]}{local} | {address.description} |"
    )


def _arguments(of: Address | Reply) -> str:
    """Each argument's name, type, range and unit; equal ones are told once."""
    many = isinstance(of, Address) and of.expands == "arguments" and len(of.arguments) == 1
    told = []
    for argument, run in groupby(of.arguments):
        count = len(list(run))
        times = "N x " if many else f"{count} x " if count > 1 else ""
        told.append(f"{times}{_argument(argument)}")
    return "; ".join(told)


def _argument(argument: Argument) -> str:
    words = [f"{argument.name} `{argument.kind}`"]
    if argument.choices:
        shown = ", ".join(f"`{choice}`" for choice in argument.choices[:_SHOWN_CHOICES])
        words.append(f"{shown}{', ...' * (len(argument.choices) > _SHOWN_CHOICES)}")
    elif isfinite(argument.high) and (argument.low, argument.high) != (INT32_MIN, INT32_MAX):
        more = "..." if argument.high == INT32_MAX else f" to {argument.high:g}"
        words.append(f"{argument.low:g}{more}")
    if argument.unit:
        words.append(argument.unit)
    if argument.optional:
        words.append("(optional)")
    return " ".join(words)


def _value(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _plain(text: str) -> str:
    return text.replace("`", "")


def _argument_facts(argument: Argument) -> dict[str, Any]:
    ranged = isfinite(argument.high)
    return {
        "name": argument.name,
        "type": argument.kind,
        "low": argument.low if ranged else None,
        "high": argument.high if ranged else None,
        "unit": argument.unit,
        "default": argument.default,
        "optional": argument.optional,
        "choices": list(argument.choices),
    }
