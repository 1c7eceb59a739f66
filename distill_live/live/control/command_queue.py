"""The way from what clients say to synthesis: a batch as one, in its order, after what came before.

Some commands have to be read from a disk before they mean anything to synthesis, such as the recall
of a preset. The rule: what such a command says comes before all that its client says next, or not
at all. So from then on that client is held, until the disk has answered, or for `LONGEST_HOLD_S`,
after which the command is refused. Nobody else waits for it, and what stops the sound never waits.
A batch that holds such a command and is due later is read when it arrives.

It knows neither files nor addresses, but for those that stop the sound.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from distill_live.addresses import Command
from distill_live.errors import CommandError
from distill_live.live.control.serial_tasks import Refuse
from distill_live.live.control.synthesis_client import ClientCommand, SynthesisClient
from distill_live.osc import Batch, Change, Client

LONGEST_HOLD_S = 3.0
"""How long a client's next words wait for a disk: the largest gesture takes 0.7 s to be understood,
and several times that on a busy computer."""

MOST_HELD = 4096
"""What one client may say meanwhile."""

SETTLING_S = 0.05
"""How long after its time a batch has taken effect in the engine."""

NEVER_HELD = frozenset({"/panic", "/play", "/mute", "/quit"})

Reader = Callable[[Change], Awaitable[Sequence[Command]]]
"""What a command comes to; it may raise what the client shall be told."""


class Said(NamedTuple):
    """A change, and what it came to if it had to be read."""

    change: Change
    moves: Sequence[Command] | None


class CommandQueue:
    """Passes batches on.

    Parameters
    ----------
    link
        The way to synthesis.
    readers
        How commands are read, by path.
    touched
        Called before a client changes anything.
    take_effect
        Called when something takes effect: at once, or when it is due.
    act
        Does a command of control's own that need not be read.
    refuse
        Tells a client what went wrong with what it said: its path and the error.
    """

    def __init__(
        self,
        link: SynthesisClient,
        readers: Mapping[str, Reader],
        *,
        touched: Callable[[Client], None],
        take_effect: Callable[[Sequence[Said]], None],
        act: Callable[[Change], None],
        refuse: Refuse,
    ) -> None:
        self._link, self._readers = link, readers
        self._touched, self._take_effect, self._act = touched, take_effect, act
        self._refuse = refuse
        self._held: dict[Client, deque[Callable[[], None]]] = {}
        self._reading: dict[Client, asyncio.Task[None]] = {}

    def apply(self, batch: Batch) -> None:
        """Pass a batch on, but for what must be read or was said after that, which follows."""
        reads = {c.client for c in batch.changes if c.address.path in self._readers}
        free: list[Change] = []
        held: dict[Client, list[Change]] = {}
        for change in batch.changes:
            waits = change.client in self._held or change.client in reads
            if waits and change.address.path not in NEVER_HELD:
                held.setdefault(change.client, []).append(change)
            else:
                free.append(change)
        if free:
            self._send(Batch(batch.due_s, tuple(free)), {})
        for client, changes in held.items():
            path, rest = changes[0].address.path, Batch(batch.due_s, tuple(changes))
            self.in_order(client, path, partial(self._pass_on, rest))

    def in_order(self, client: Client, path: str, work: Callable[[], None]) -> None:
        """Do some work of an address for a client after all that it said before."""
        queue = self._held.get(client)
        if queue is None:
            self._try(client, path, work)
        elif len(queue) < MOST_HELD:
            queue.append(partial(self._try, client, path, work))
        else:
            error = CommandError(f"{MOST_HELD} messages wait for the disk already", "busy")
            self._refuse(client, path, error)

    def _try(self, client: Client, path: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # whatever it is, the client is answered
            self._refuse(client, path, error)

    def _pass_on(self, batch: Batch) -> None:
        if all(change.address.path not in self._readers for change in batch.changes):
            self._send(batch, {})
            return
        client = batch.changes[0].client
        self._held.setdefault(client, deque())
        self._reading[client] = asyncio.get_running_loop().create_task(self._read(client, batch))

    async def _read(self, client: Client, batch: Batch) -> None:
        """Pass a batch on when what must be read is read, then what its client said meanwhile."""
        read: dict[int, Sequence[Command]] = {}
        until_s = asyncio.get_running_loop().time() + LONGEST_HOLD_S
        for index, change in enumerate(batch.changes):
            path = change.address.path
            if path not in self._readers:
                continue
            try:
                async with asyncio.timeout_at(until_s):
                    read[index] = await self._readers[path](change)
            except TimeoutError:
                late = f"nothing was read within {LONGEST_HOLD_S:g} s; say it again"
                self._refuse(client, path, CommandError(late, "busy"))
            except Exception as error:  # whatever it is, the client is answered
                self._refuse(client, path, error)
        try:
            self._send(batch, read)
        finally:
            del self._reading[client]
            self._release(client)

    def _release(self, client: Client) -> None:
        """Do what a client said meanwhile, up to the next that must be read."""
        queue = self._held[client]
        while queue and client not in self._reading:
            queue.popleft()()
        if client not in self._reading:
            del self._held[client]

    def _send(self, batch: Batch, read: Mapping[int, Sequence[Command]]) -> None:
        """Pass on what is known, up to each command of control's own, which is done in its place;
        of what is due later all, and those when the rest has taken effect.
        """
        part: list[Said] = []
        acts: list[Change] = []
        for index, change in enumerate(batch.changes):
            if index in read or change.address.owner == "engine":
                part.append(Said(change, read.get(index)))
            elif change.address.path in self._readers:
                continue  # it was refused
            elif batch.due_s is None:
                self._send_part(None, part)
                part = []
                self._do(change)
            else:
                acts.append(change)
        self._send_part(batch.due_s, part)
        if batch.due_s is not None and acts:
            wait_s = batch.due_s + SETTLING_S - time.monotonic()
            asyncio.get_running_loop().call_later(wait_s, self._do_all, acts)

    def _send_part(self, due_s: float | None, part: Sequence[Said]) -> None:
        if not part:
            return
        self._touched(part[0].change.client)
        commands: list[ClientCommand] = []
        for (address, values, client, _), moves in part:
            if moves is None:
                commands.append(ClientCommand(address.path, values, client))
            else:
                commands += [ClientCommand(c.address, c.args, client, c.glide_s) for c in moves]
        if due_s is None:
            self._link.change(None, commands)
            self._take_effect(part)
        else:
            self._link.change(round(due_s * 1e9), commands)
            wait_s = due_s - time.monotonic()
            asyncio.get_running_loop().call_later(wait_s, self._take_effect, part)

    def _do_all(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._do(change)

    def _do(self, change: Change) -> None:
        self._try(change.client, change.address.path, partial(self._act, change))
