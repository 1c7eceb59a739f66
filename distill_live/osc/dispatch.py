"""What becomes of a datagram: checked, looked up, coerced, gathered into batches, or refused.

Sans-I/O: bytes and a client go in by `Dispatcher.receive`; out come calls of a `Handler` and
datagrams to send. Changes of the engine's values wait for `Dispatcher.flush`, and of a continuous
address only the newest does, so that faders never queue. Whatever is wrong is counted and answered
by ``/distill/fail``, no oftener than a flood can make use of.

Who calls `flush`, and when, is the server's business; what a value means, the handler's.
"""

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from distill_live.addresses import PREFIX, REPLIES, Address, Subject, Values, coerce, subject
from distill_live.errors import CommandError, FailureCode, WireError
from distill_live.osc import wire
from distill_live.osc.pattern import Tree, is_pattern

MAX_AHEAD_S = 1.0
"""How far ahead a bundle may be due; one that is due later takes effect now."""

MAX_SCHEDULED = 4096
"""The most changes that may be due later at one time."""

MAX_PATTERNS = 16
"""The most patterns in one datagram: each is held against every address."""

FAILS_PER_SECOND = 10
"""How often a client is told what failed."""

MAX_FAILING_CLIENTS = 64
"""To how many clients, in any one second; the others' failures are only counted."""

_SHOWN_CHARACTERS = 200

Client = tuple[Any, ...]
"""A sender as sockets name it: IP address, port, and two more numbers where that is IPv6. Of a
connection a word for its sort and its number follow the port."""


class Change(NamedTuple):
    """One thing to tell the engine, or a command of the control process that is no question."""

    address: Address
    """Its ``path`` has no prefix."""
    values: Values
    """Typed and in range; empty for an action."""
    client: Client
    """Who said it."""
    clipped: bool
    """Whether the client sent a value beyond the range."""


class Batch(NamedTuple):
    """Changes that take effect together, in one hop, in this order.

    Where commands of the control process are among them, all are of one client.
    """

    due_s: float | None
    """None: at once. Else when, on the clock of `time.monotonic`; at most 1 s ahead."""
    changes: tuple[Change, ...]


class Handler(Protocol):
    """What an instrument does with what it is told.

    `command` and `get` may raise `CommandError`, which the client is told by ``/distill/fail``.
    """

    def apply(self, batch: Batch, /) -> None:
        """Pass on changes, and do what is asked of the control process in its place among them."""

    def command(self, address: Address, values: Values, client: Client, /) -> None:
        """Answer an address that asks (`Address.asks`); all earlier changes were applied."""

    def get(self, address: Address, client: Client, /) -> Values | None:
        """The value of an address, for the client; None if it will be sent later."""


@dataclass
class Counters:
    """What has happened since the start."""

    packets: int = 0
    """Datagrams that came in."""
    messages: int = 0
    """Messages in those that were OSC."""
    rejected: int = 0
    """Datagrams that were not OSC, or exceeded a limit."""
    failed: int = 0
    """Messages that were refused: unknown, wrong or forbidden."""
    late: int = 0
    """Bundles whose time had passed; they took effect at once."""
    far_ahead: int = 0
    """Bundles due more than a second ahead; they took effect at once."""
    superseded: int = 0
    """Values that a newer one replaced before they were passed on."""
    dropped: int = 0
    """Changes that were not made, because too many were scheduled."""
    unanswered: int = 0
    """Failures that were not answered, because of their number, and replies the network refused."""


class Dispatcher:
    """Decides what becomes of datagrams.

    Parameters
    ----------
    table
        The addresses, of `distill_live.addresses.instantiate`.
    handler
        Is called from `receive` and `flush`.
    send
        Sends a datagram to a client.
    monotonic, wall
        Clocks, in seconds: one that never jumps, and the time since 1970 that time tags count.

    Attributes
    ----------
    counters : Counters
    tap : callable or None
        Is given every message as it arrived, before anything becomes of it.
    """

    def __init__(
        self,
        table: Mapping[str, Address],
        handler: Handler,
        send: Callable[[bytes, Client], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.counters = Counters()
        self.tap: Callable[[wire.Message, Client], None] | None = None
        self._handler = handler
        self._send = send
        self._monotonic = monotonic
        self._wall = wall
        self._waiting: list[Change | None] = []
        self._newest: dict[Subject, int] = {}  # of what is continuous: its place in _waiting
        self._patterns = 0  # in this datagram
        self._scheduled: deque[tuple[float, int]] = deque()  # when due, how many changes
        self._scheduled_changes = 0
        self._fails: dict[Client, int] = {}
        self._fails_until_s = 0.0
        self.use(table)

    def use(self, table: Mapping[str, Address]) -> None:
        """Go by another table from now on; what waits is passed on by the old one."""
        self.flush()
        self._paths = table
        self._table = {PREFIX + path: address for path, address in table.items()}
        self._tree = Tree(self._table)

    @property
    def table(self) -> Mapping[str, Address]:
        """The addresses by their paths, without prefix."""
        return self._paths

    @property
    def waiting(self) -> bool:
        """Whether a flush would pass something on."""
        return bool(self._waiting)

    def receive(self, data: bytes, client: Client) -> None:
        """Take in one datagram."""
        self.counters.packets += 1
        try:
            groups = wire.parse_packet(data)
        except WireError as error:
            self.counters.rejected += 1
            self.fail(client, error.address, error.code, str(error))
            return
        self._patterns = 0
        for group in groups:
            self._group(group, client)

    def flush(self) -> None:
        """Pass on the changes that wait."""
        if self._waiting:
            changes = tuple(change for change in self._waiting if change is not None)
            self._waiting.clear()
            self._newest.clear()
            self._handler.apply(Batch(None, changes))

    def encode(self, path: str, values: Values) -> bytes:
        """The datagram of a value or a reply of the table; `path` has no prefix."""
        kinds = (REPLIES.get(path) or self._table[PREFIX + path]).signature
        return wire.build_message(PREFIX + path, kinds, values[: len(kinds)])

    def reply(self, client: Client, path: str, values: Values) -> None:
        """Send a value or a reply of the table; `path` has no prefix."""
        self._send(self.encode(path, values), client)

    def fail(self, client: Client, address: str, code: FailureCode, text: str) -> None:
        """Tell a client that something failed, unless it was told too often; `address` is whole."""
        now_s = self._monotonic()
        if now_s >= self._fails_until_s:
            self._fails.clear()
            self._fails_until_s = now_s + 1
        told = self._fails.get(client, 0)
        if told >= FAILS_PER_SECOND or (not told and len(self._fails) >= MAX_FAILING_CLIENTS):
            self.counters.unanswered += 1
            return
        self._fails[client] = told + 1
        self.reply(client, "/fail", (address[:_SHOWN_CHARACTERS], code, text[:_SHOWN_CHARACTERS]))

    def refuse(self, client: Client, address: str, error: CommandError) -> None:
        """Tell a client that a message failed, and count it; `address` is whole."""
        self.counters.failed += 1
        self.fail(client, address, error.code, str(error))

    def _group(self, group: wire.Group, client: Client) -> None:
        """Changes in their order, so that a bundle takes effect as one; then what asks."""
        changes: list[Change] = []
        asking: list[tuple[Address, Values | None]] = []
        for message in group.messages:
            self.counters.messages += 1
            if self.tap is not None:
                self.tap(message, client)
            try:
                address = self._table.get(message.address)
                if address is None:
                    changes += self._matching(message, client)
                elif address.access == "value" and not message.args:
                    asking.append((address, None))
                else:
                    self._command(address, message.args, client, changes, asking)
            except CommandError as error:
                self.refuse(client, message.address, error)
        due_s = None if group.time_tag == wire.IMMEDIATELY else self._due_s(group.time_tag)
        if due_s is not None:
            if changes:
                self._schedule(due_s, tuple(changes), client)
        elif any(change.address.owner == "control" for change in changes):
            self.flush()
            self._handler.apply(Batch(None, tuple(changes)))
        else:
            for change in changes:
                self._wait(change)
        for address, values in asking:
            self.flush()
            try:
                self._ask(address, values, client)
            except CommandError as error:
                self.refuse(client, PREFIX + address.path, error)

    def _command(
        self,
        address: Address,
        args: Values,
        client: Client,
        changes: list[Change],
        asking: list[tuple[Address, Values | None]],
    ) -> None:
        if address.local and not is_loopback(client):
            raise CommandError(f"{address.path} works from this computer only", "forbidden")
        values, clipped = coerce(address, args)
        if address.access == "action":
            if values == (0,):  # a button was released
                return
            values = ()
        if address.asks:
            asking.append((address, values))
        else:
            changes.append(Change(address, values, client, clipped))

    def _matching(self, message: wire.Message, client: Client) -> list[Change]:
        """The changes of a pattern: it sets values, all that it matches or none."""
        addresses: list[Address] = []
        if is_pattern(message.address):
            self._patterns += 1
            if self._patterns > MAX_PATTERNS:
                raise CommandError(f"more than {MAX_PATTERNS} patterns at once", "full")
            addresses = [self._table[path] for path in self._tree.match(message.address)]
        if not addresses:
            raise CommandError("this instrument has no such address", "unknown-address")
        if not message.args or any(
            address.access != "value" or address.owner != "engine" for address in addresses
        ):
            raise CommandError("a pattern can only set values", "forbidden")
        changes = []
        for address in addresses:
            values, clipped = coerce(address, message.args)
            changes.append(Change(address, values, client, clipped))
        return changes

    def _ask(self, address: Address, values: Values | None, client: Client) -> None:
        if values is not None:
            self._handler.command(address, values, client)
            return
        current = self._handler.get(address, client)
        if current is not None:
            self.reply(client, address.path, current)

    def _due_s(self, time_tag: int) -> float | None:
        """When a bundle is due on the monotonic clock; None for at once."""
        ahead_s = wire.unix_time_s(time_tag) - self._wall()
        if ahead_s <= 0:
            self.counters.late += 1
            return None
        if ahead_s > MAX_AHEAD_S:
            self.counters.far_ahead += 1
            return None
        return self._monotonic() + ahead_s

    def _wait(self, change: Change) -> None:
        if change.address.continuous:
            about = subject(change.address.path, change.values)
            older = self._newest.get(about)
            if older is not None:
                self._waiting[older] = None
                self.counters.superseded += 1
            self._newest[about] = len(self._waiting)
        else:
            self._newest.clear()  # what came before a switch was meant to come before it
        self._waiting.append(change)

    def _schedule(self, due_s: float, changes: tuple[Change, ...], client: Client) -> None:
        now_s = self._monotonic()
        while self._scheduled and self._scheduled[0][0] <= now_s:
            self._scheduled_changes -= self._scheduled.popleft()[1]
        if self._scheduled_changes + len(changes) > MAX_SCHEDULED:
            self.counters.dropped += len(changes)
            path = PREFIX + changes[0].address.path
            self.fail(client, path, "full", f"{MAX_SCHEDULED} changes are scheduled already")
            return
        self._scheduled.append((due_s, len(changes)))
        self._scheduled_changes += len(changes)
        self._handler.apply(Batch(due_s, changes))


def is_loopback(client: Client) -> bool:
    """Whether a client, or what a server listens on, is within this computer."""
    if client[0] == "localhost":
        return True
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_connected(client: Client) -> bool:
    """Whether a client came by a connection, down which goes whatever is for it."""
    return len(client) > 2 and isinstance(client[2], str)
