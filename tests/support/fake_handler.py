"""Fake handler behind the OSC server, and builders of OSC messages and bundles."""

import socket
import struct
from collections.abc import Callable
from typing import Any

from pythonosc.osc_message import OscMessage

from distill_live.addresses import Address, Values, instantiate
from distill_live.errors import CommandError
from distill_live.osc import Batch, Client, ClientCommand
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
        self.acts: list[ClientCommand] = []

    def apply(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.order += [command.address.path for command in batch.commands]
        self.acts += [c for c in batch.commands if c.address.owner == "control"]

    def command(self, command: ClientCommand) -> None:
        path, values, client = command.address.path, command.command.args, command.client
        assert client is not None
        self.commands.append((path, values, client))
        self.order.append(path)
        if path == "/sync":
            if values == (13,):
                raise CommandError("13 brings bad luck", "busy")
            self.reply(client, "/synced", *values)

    def get(self, address: Address, _client: Client) -> Values | None:
        self.order.append(f"{address.path}?")
        return None if address.path == "/position" else address.default

    @property
    def changes(self) -> list[tuple[str, Any]]:
        said = [command.command for batch in self.batches for command in batch.commands]
        return [(command.address, command.args) for command in said]


class Deaf:
    """Handler that drops all; a value is zeros."""

    def apply(self, batch: Batch) -> None:
        """Drop it."""

    def command(self, command: ClientCommand) -> None:
        """Drop it."""

    def get(self, address: Address, _: Client) -> Values:
        """Return zeros."""
        return tuple("" if kind == "s" else 0 for kind in address.signature)


def say(path: str, kinds: str = "", *values: float | str) -> bytes:
    return build_message("/distill" + path, kinds, values)


def read(data: bytes) -> tuple[str, tuple[object, ...]]:
    message = OscMessage(data)
    return message.address, tuple(message)


def bundle(*elements: bytes, ahead_s: float | None = None) -> bytes:
    tag = 1 if ahead_s is None else int((WALL_S + ahead_s + 2_208_988_800) * 2**32)
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", tag) + b"".join(sized)


def deaf_socket(port: int) -> socket.socket:
    """Connect a socket that has room for little: a server soon notices that nobody reads."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    return connection
