"""Forward client batches to synthesis in per-client order.

Some commands, such as the recall of a preset, are read from disk first. They take effect before all
that their client sends next, or not at all: until they are read, for at most `MAX_HOLD_S`, that
client's messages are held. No other client waits, and what stops the sound is never held. A batch
that is due later is read when it arrives.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from distill_live.addresses import Command
from distill_live.errors import CommandError
from distill_live.live.control.serial_tasks import Refuse
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Batch, Client, ClientCommand

MAX_HOLD_S = 3.0
"""Maximum time for which a client is held: the largest gesture takes 0.7 s to read, and several
times that on a busy computer."""

MAX_HELD = 4096
"""Maximum number of messages held for one client."""

SETTLING_S = 0.05
"""Time after its due time until a batch has taken effect in the engine."""

NEVER_HELD = frozenset({"/panic", "/play", "/mute", "/quit"})

Reader = Callable[[Command], Awaitable[Sequence[Command]]]
"""Reads the commands that a command stands for; an error is reported to the client."""


class CommandQueue:
    """Forward batches.

    Parameters
    ----------
    synthesis
        Connection to synthesis.
    readers
        Readers of commands, by path.
    on_change
        Called before a client changes anything but the clock, which a device may drive.
    on_effect
        Called when commands take effect: at once, or when they are due.
    act
        Executes a command of control's own that need not be read.
    refuse
        Reports a failed command to its client.
    """

    def __init__(
        self,
        synthesis: SynthesisClient,
        readers: Mapping[str, Reader],
        *,
        on_change: Callable[[Client | None], None],
        on_effect: Callable[[Sequence[ClientCommand]], None],
        act: Callable[[ClientCommand], None],
        refuse: Refuse,
    ) -> None:
        self._synthesis, self._readers = synthesis, readers
        self._on_change, self._on_effect, self._act = on_change, on_effect, act
        self._refuse = refuse
        self._held: dict[Client, deque[Callable[[], None]]] = {}
        self._reading: dict[Client, asyncio.Task[None]] = {}

    def apply(self, batch: Batch) -> None:
        """Forward a batch; what must be read, or comes after that, follows later."""
        reading = {c.client for c in batch.commands if c.address.path in self._readers}
        free: list[ClientCommand] = []
        held: dict[Client, list[ClientCommand]] = {}
        for command in batch.commands:
            client = command.client
            waits = client in self._held or client in reading
            if client is not None and waits and command.address.path not in NEVER_HELD:
                held.setdefault(client, []).append(command)
            else:
                free.append(command)
        if free:
            self._forward(batch.due_s, free)
        for client, commands in held.items():
            work = partial(self._read_or_forward, client, batch.due_s, commands)
            self.in_order(client, commands[0].address.path, work)

    def in_order(self, client: Client, path: str, work: Callable[[], None]) -> None:
        """Call `work` for a client's message to an address after all its earlier messages."""
        queue = self._held.get(client)
        if queue is None:
            self._try(client, path, work)
        elif len(queue) < MAX_HELD:
            queue.append(partial(self._try, client, path, work))
        else:
            error = CommandError(f"{MAX_HELD} messages wait for the disk already", "busy")
            self._refuse(client, path, error)

    def _try(self, client: Client, path: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # whatever it is, the client is answered
            self._refuse(client, path, error)

    def _read_or_forward(
        self, client: Client, due_s: float | None, commands: Sequence[ClientCommand]
    ) -> None:
        if all(command.address.path not in self._readers for command in commands):
            self._forward(due_s, commands)
            return
        self._held.setdefault(client, deque())
        read = self._read(client, due_s, commands)
        self._reading[client] = asyncio.get_running_loop().create_task(read)

    async def _read(
        self, client: Client, due_s: float | None, commands: Sequence[ClientCommand]
    ) -> None:
        """Forward a batch once all of it is read, then the client's held messages."""
        known: list[ClientCommand] = []
        until_s = asyncio.get_running_loop().time() + MAX_HOLD_S
        for command in commands:
            path = command.address.path
            if path not in self._readers:
                known.append(command)
                continue
            try:
                async with asyncio.timeout_at(until_s):
                    read = await self._readers[path](command.command)
                on_beat = tuple(replace(one, on_beat=True) for one in read)
                known.append(command._replace(read=on_beat))
            except TimeoutError:
                late = f"nothing was read within {MAX_HOLD_S:g} s; say it again"
                self._refuse(client, path, CommandError(late, "busy"))
            except Exception as error:  # whatever it is, the client is answered
                self._refuse(client, path, error)
        try:
            self._forward(due_s, known)
        finally:
            del self._reading[client]
            self._release(client)

    def _release(self, client: Client) -> None:
        """Handle a client's held messages up to the next that must be read."""
        queue = self._held[client]
        while queue and client not in self._reading:
            queue.popleft()()
        if client not in self._reading:
            del self._held[client]

    def _forward(self, due_s: float | None, commands: Sequence[ClientCommand]) -> None:
        """Send commands to synthesis, and execute control's own in their place.

        Of a batch that is due later, control's own are executed when the rest has taken effect.
        """
        part: list[ClientCommand] = []
        own: list[ClientCommand] = []
        for command in commands:
            if command.read is not None or command.address.owner == "engine":
                part.append(command)
            elif due_s is None:
                self._send(None, part)
                part = []
                self._do(command)
            else:
                own.append(command)
        self._send(due_s, part)
        if due_s is not None and own:
            wait_s = due_s + SETTLING_S - time.perf_counter()
            asyncio.get_running_loop().call_later(wait_s, self._do, *own)

    def _send(self, due_s: float | None, part: Sequence[ClientCommand]) -> None:
        if not part:
            return
        if not all(command.address.path.startswith("/clock/") for command in part):
            self._on_change(part[0].client)
        commands = [command for one in part for command in one.for_engine]
        clients = [one.client for one in part for _ in one.for_engine]
        if due_s is None:
            self._synthesis.apply(commands, clients)
            self._on_effect(part)
        else:
            self._synthesis.apply(commands, clients, due_ns=round(due_s * 1e9))
            wait_s = due_s - time.perf_counter()
            asyncio.get_running_loop().call_later(wait_s, self._on_effect, part)

    def _do(self, *commands: ClientCommand) -> None:
        for command in commands:
            assert command.client is not None
            self._try(command.client, command.address.path, partial(self._act, command))
