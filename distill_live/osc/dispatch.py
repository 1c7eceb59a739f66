"""Parse OSC packets, validate them against the address table, batch them for the engine.

Sans-I/O: `Dispatcher.receive` takes bytes and calls a `Handler`. Commands that set the engine's
values wait for `Dispatcher.flush`; of a continuous address, and of one that replaces, only the
newest does, so that faders never queue. Errors are counted and answered by ``/distill/fail``, at a
limited rate.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from distill_live.addresses import PREFIX, Address, Command, Subject, Values, coerce, leaves
from distill_live.errors import CommandError, WireError
from distill_live.osc import wire
from distill_live.osc.client import Client
from distill_live.osc.pattern import Tree, is_pattern
from distill_live.osc.replies import Replies

MAX_AHEAD_S = 1.0
"""Maximum time that a bundle may be due ahead; one due later takes effect now."""

MAX_SCHEDULED = 4096
"""Maximum number of commands that may be due later at one time."""

MAX_PATTERNS = 16
"""Maximum number of patterns in one datagram: each is matched against every address."""


class ClientCommand(NamedTuple):
    """A command with its sender.

    Attributes
    ----------
    command
        Typed and in range; an action has no arguments.
    address
        Its entry in the address table.
    client
        The sender; None for the instrument itself.
    clipped
        Whether a value was moved into its range.
    read
        Commands that were read from disk for it, such as those of a preset; None if it takes
        effect itself.
    """

    command: Command
    address: Address
    client: Client | None
    clipped: bool = False
    read: tuple[Command, ...] | None = None

    @property
    def for_engine(self) -> tuple[Command, ...]:
        """The commands that the engine gets."""
        return (self.command,) if self.read is None else self.read


class Batch(NamedTuple):
    """Commands that take effect together, in one hop, in this order.

    If control's own addresses are among them, all are from one client.
    """

    due_s: float | None
    """None: at once. Else on the clock of `time.perf_counter`, at most `MAX_AHEAD_S` ahead."""
    commands: tuple[ClientCommand, ...]


class Handler(Protocol):
    """The instrument behind a dispatcher.

    `command` and `get` may raise `CommandError`, which is answered by ``/distill/fail``.
    """

    def apply(self, batch: Batch, /) -> None:
        """Apply commands in their order, control's own among them."""

    def command(self, command: ClientCommand, /) -> None:
        """Answer an address that asks (`Address.asks`); all earlier commands were applied."""

    def get(self, address: Address, client: Client, /) -> Values | None:
        """Value of an address; None if it will be sent later."""


class Pending:
    """Commands that will take effect together, less those that a newer one replaces.

    It replaces an older one of its subject if only continuous ones came between: what came before
    a switch was meant to come before it.
    """

    def __init__(self) -> None:
        self._commands: list[ClientCommand | None] = []
        self._newest: dict[Subject, int] = {}  # of what can be replaced: index in _commands

    def __bool__(self) -> bool:
        return bool(self._commands)

    def add(self, command: ClientCommand) -> bool:
        """Add a command; returns whether it replaces one."""
        address, subject = command.address, command.command.subject
        older = self._newest.get(subject)
        if older is not None:
            self._commands[older] = None
        if not address.continuous:
            self._newest.clear()
        if address.continuous or address.replaces:
            self._newest[subject] = len(self._commands)
        self._commands.append(command)
        return older is not None

    def take(self) -> tuple[ClientCommand, ...]:
        """Remove and return all commands, in order."""
        commands = tuple(command for command in self._commands if command is not None)
        self._commands.clear()
        self._newest.clear()
        return commands


class Dispatcher:
    """Dispatch OSC packets to a handler.

    Parameters
    ----------
    table
        Addresses, of `distill_live.addresses.instantiate`.
    handler
        Called from `receive` and `flush`.
    send
        Sends a datagram to a client.
    monotonic, wall
        Clocks, in seconds: a monotonic one, and the time since 1970 that time tags count.

    Attributes
    ----------
    replies : Replies
    counters : Counters
    on_message : callable or None
        Gets every message as it arrived, before it is handled.
    """

    def __init__(
        self,
        table: Mapping[str, Address],
        handler: Handler,
        send: Callable[[bytes, Client], None],
        *,
        monotonic: Callable[[], float] = time.perf_counter,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.replies = Replies(send, monotonic)
        self.counters = self.replies.counters
        self.on_message: Callable[[wire.Message, Client], None] | None = None
        self._handler = handler
        self._monotonic = monotonic
        self._wall = wall
        self._pending = Pending()
        self._patterns = 0  # in this datagram
        self._scheduled: deque[tuple[float, int]] = deque()  # due time, number of commands
        self._scheduled_commands = 0
        self.use(table)

    def use(self, table: Mapping[str, Address]) -> None:
        """Replace the address table; waiting commands are flushed first."""
        self.flush()
        self.replies.table = table
        self._axes = ", ".join(
            path.removeprefix("/axis/")
            for path, address in table.items()
            if path.startswith("/axis/") and address.access == "value"
        )
        self._table = {PREFIX + path: address for path, address in table.items()}
        self._tree = Tree(self._table)
        self._leaves = {PREFIX + path: address for path, address in leaves(table).items()}
        self._table |= {path: table[leaf.leaf_of] for path, leaf in self._leaves.items()}

    @property
    def table(self) -> Mapping[str, Address]:
        """Addresses by path, without prefix."""
        return self.replies.table

    @property
    def waiting(self) -> bool:
        """Whether commands wait for a flush."""
        return bool(self._pending)

    def receive(self, data: bytes, client: Client) -> None:
        """Handle one datagram."""
        self.counters.packets += 1
        try:
            groups = wire.parse_packet(data)
        except WireError as error:
            self.counters.rejected += 1
            self.replies.fail(client, error.address, error.code, str(error))
            return
        self._patterns = 0
        for group in groups:
            self._group(group, client)

    def flush(self) -> None:
        """Apply the commands that wait."""
        if self._pending:
            self._handler.apply(Batch(None, self._pending.take()))

    def _group(self, group: wire.Group, client: Client) -> None:
        """Handle messages that take effect together: first those that set, then those that ask."""
        setting: list[ClientCommand] = []
        asking: list[ClientCommand | Address] = []
        for message in group.messages:
            self.counters.messages += 1
            if self.on_message is not None:
                self.on_message(message, client)
            try:
                address = self._table.get(message.address)
                if address is None:
                    setting += self._matching(message, client)
                elif address.access == "value" and not message.args:
                    asking.append(self._leaves.get(message.address, address))
                else:
                    command = self._command(address, message.args, client)
                    if command is not None:
                        (asking if address.asks else setting).append(command)
            except CommandError as error:
                self.replies.refuse(client, message.address, error)
        due_s = None if group.time_tag == wire.IMMEDIATELY else self._due_s(group.time_tag)
        apart = due_s is not None or any(one.address.owner == "control" for one in setting)
        pending = Pending() if apart else self._pending
        for command in setting:
            self.counters.superseded += pending.add(command)
        if due_s is not None:
            if setting:
                self._schedule(due_s, pending.take(), client)
        elif apart:
            self.flush()
            self._handler.apply(Batch(None, pending.take()))
        for question in asking:
            self.flush()
            self._ask(question, client)

    @staticmethod
    def _command(address: Address, args: Sequence[object], client: Client) -> ClientCommand | None:
        """Validate one message; None for the release of a button."""
        if address.local and not client.is_loopback:
            raise CommandError(f"{address.path} works from this computer only", "forbidden")
        values, clipped = coerce(address, args)
        if address.access == "action":
            if values == (0,):
                return None
            values = ()
        return ClientCommand(Command(address.path, values), address, client, clipped)

    def _matching(self, message: wire.Message, client: Client) -> list[ClientCommand]:
        """Expand a pattern: it sets values, all that it matches or none."""
        addresses: list[Address] = []
        if is_pattern(message.address):
            self._patterns += 1
            if self._patterns > MAX_PATTERNS:
                raise CommandError(f"more than {MAX_PATTERNS} patterns at once", "full")
            addresses = [self._table[path] for path in self._tree.match(message.address)]
        if not addresses:
            raise CommandError(self._unknown(message.address), "unknown-address")
        if not message.args or any(
            address.access != "value" or address.owner != "engine" for address in addresses
        ):
            raise CommandError("a pattern can only set values", "forbidden")
        commands = (self._command(address, message.args, client) for address in addresses)
        return [command for command in commands if command is not None]

    def _unknown(self, address: str) -> str:
        """Why an address is none, and what would be one."""
        if not address.startswith(PREFIX + "/"):
            return f"addresses begin with {PREFIX}"
        if is_pattern(address):
            return "the pattern matches no address"
        if not address.startswith(f"{PREFIX}/axis/"):
            return "no such address; 'distill-live addresses' lists them"
        return f"no such axis; there are {self._axes}" if self._axes else "this model has no axes"

    def _ask(self, question: ClientCommand | Address, client: Client) -> None:
        address = question if isinstance(question, Address) else question.address
        try:
            if isinstance(question, ClientCommand):
                self._handler.command(question)
                return
            values = self._handler.get(question, client)
            if values is not None:
                self.replies.send(client, question.path, *values)
        except CommandError as error:
            self.replies.refuse(client, PREFIX + address.path, error)

    def _due_s(self, time_tag: int) -> float | None:
        """Due time of a bundle on the monotonic clock; None for at once."""
        ahead_s = wire.unix_time_s(time_tag) - self._wall()
        if ahead_s <= 0:
            self.counters.late += 1
            return None
        if ahead_s > MAX_AHEAD_S:
            self.counters.far_ahead += 1
            return None
        return self._monotonic() + ahead_s

    def _schedule(self, due_s: float, commands: tuple[ClientCommand, ...], client: Client) -> None:
        now_s = self._monotonic()
        while self._scheduled and self._scheduled[0][0] <= now_s:
            self._scheduled_commands -= self._scheduled.popleft()[1]
        if self._scheduled_commands + len(commands) > MAX_SCHEDULED:
            self.counters.dropped += len(commands)
            path = PREFIX + commands[0].address.path
            text = f"{MAX_SCHEDULED} changes are scheduled already"
            self.replies.fail(client, path, "full", text)
            return
        self._scheduled.append((due_s, len(commands)))
        self._scheduled_commands += len(commands)
        self._handler.apply(Batch(due_s, commands))
