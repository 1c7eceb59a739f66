"""Fake handler behind the OSC server, and builders of OSC messages and bundles."""

import struct
from collections.abc import Callable
from typing import Any

from pythonosc.osc_message import OscMessage

from distill_live.addresses import Address, Values, instantiate
from distill_live.errors import CommandError
from distill_live.osc import Batch, Change, Client
from distill_live.osc.wire import build_message

TABLE = instantiate(128, ["brightness", "noise"], 1)
WALL_S = 1_800_000_000.0
"""Wall clock at which the fake clocks start, seconds since 1970."""


class FakeHandler:
    """Record batches and commands; answer gets with the table's defaults."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.commands: list[tuple[str, Values, Client]] = []
        self.reply: Callable[..., None] = lambda *_: None
        self.order: list[str] = []
        self.acts: list[Change] = []

    def apply(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.order += [change.address.path for change in batch.changes]
        self.acts += [c for c in batch.changes if c.address.owner == "control"]

    def command(self, address: Address, values: Values, client: Client) -> None:
        self.commands.append((address.path, values, client))
        self.order.append(address.path)
        if address.path == "/sync":
            if values == (13,):
                raise CommandError("13 brings bad luck", "busy")
            self.reply(client, "/synced", *values)

    def get(self, address: Address, _client: Client) -> Values | None:
        self.order.append(f"{address.path}?")
        return None if address.path == "/position" else address.default

    @property
    def changes(self) -> list[tuple[str, Any]]:
        return [(c.address.path, c.values) for batch in self.batches for c in batch.changes]


def say(path: str, kinds: str = "", *values: float | str) -> bytes:
    return build_message("/distill" + path, kinds, values)


def read(data: bytes) -> tuple[str, tuple[object, ...]]:
    message = OscMessage(data)
    return message.address, tuple(message)


def bundle(*elements: bytes, ahead_s: float | None = None) -> bytes:
    tag = 1 if ahead_s is None else int((WALL_S + ahead_s + 2_208_988_800) * 2**32)
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(sized)
