"""Serve ``/preset/...``: changes of the file one after the other, reads at once.

A preset is read as soon as earlier requests for that preset are done, whatever else is written.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from distill_live.addresses import Address, Command, Values
from distill_live.errors import CommandError
from distill_live.gestures import GestureStore
from distill_live.ipc.protocol import GetState
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.serial_tasks import SerialTasks, in_thread
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer
from distill_live.presets import PresetStore, morph, snapshot
from distill_live.user_files import check_name, one_name

SendList = Callable[[Client, str, Sequence[Values]], Awaitable[None]]

RequestHandler = Callable[[Values, Client], None]
"""Serves an address of control's own; may raise `CommandError`."""


Store = TypeVar("Store", PresetStore, GestureStore)


class StoreController(Generic[Store]):
    """Serve what the presets and gestures of one model have in common.

    Parameters
    ----------
    store
        Used in other threads.
    synthesis, server, tasks, table
        Connection to synthesis, OSC server, order of requests, and the model's addresses.
    send_list
        Sends a client a list: its name and rows.
    changes
        Tells subscribers what has changed.
    """

    kind: ClassVar[str]
    """First part of the addresses."""

    def __init__(
        self,
        store: Store,
        synthesis: SynthesisClient,
        server: OscServer,
        tasks: SerialTasks,
        table: Mapping[str, Address],
        send_list: SendList,
        changes: ChangeFeed,
    ) -> None:
        self._store: Store = store
        self._table = table
        self._synthesis, self._tasks, self._send_list = synthesis, tasks, send_list
        self._replies, self._feedback = server.replies, server.feedback
        self._change_feed = changes

    @property
    def handlers(self) -> dict[str, RequestHandler]:
        """Request handlers, by path."""
        return {
            f"/{self.kind}/delete": self._delete,
            f"/{self.kind}/rename": self._rename,
            f"/{self.kind}/list": self._list,
        }

    async def names(self) -> list[str]:
        """Names that there are; none if they cannot be read."""
        try:
            rows = await in_thread(self._rows)
        except CommandError:
            return []
        return [str(name) for name, *_ in rows]

    def use(self, store: Store | None, table: Mapping[str, Address]) -> None:
        """Switch to another model's store, or to other addresses of the same."""
        self._store, self._table = store or self._store, table

    def _rows(self) -> Sequence[Values]:
        """Rows of the list, read from disk."""
        raise NotImplementedError

    async def _settled(self, name: str) -> None:
        """Wait until all earlier requests for `name` are done."""
        self._tasks.check_room()
        await self._tasks.wait_for(f"{self.kind} {one_name(name)}")

    def _add(
        self,
        action: str,
        client: Client,
        work: Callable[[], Awaitable[None]],
        *names: str,
    ) -> None:
        """Queue a client's change of what is stored under names, and report when it is done.

        The report's detail is the last name.
        """
        path = f"/{self.kind}/{action}"

        async def run() -> None:
            await work()
            self._replies.done(client, path, names[-1])
            self._change_feed.tell(self.kind)

        self._tasks.add(path, client, run, *(f"{self.kind} {one_name(name)}" for name in names))

    def _delete(self, values: Values, client: Client) -> None:
        name = str(values[0])
        store = self._store  # of the model for which it was said
        self._add("delete", client, lambda: in_thread(store.delete, name), name)

    def _rename(self, values: Values, client: Client) -> None:
        name, to = map(str, values)
        store = self._store

        async def rename() -> None:
            await in_thread(store.rename, name, to)
            self._renamed(one_name(name), one_name(to))

        self._add("rename", client, rename, name, to)

    def _renamed(self, name: str, to: str) -> None:
        """Follow a change of name."""

    def _list(self, _: Values, client: Client) -> None:
        async def send() -> None:
            await self._send_list(client, self.kind, await in_thread(self._rows))

        self._tasks.add(f"/{self.kind}/list", client, send)


class PresetController(StoreController[PresetStore]):
    """Serve the presets of one model; parameters as for `StoreController`.

    Attributes
    ----------
    recalled : str
        Name of the preset that was recalled last, or empty.
    """

    kind = "preset"
    recalled = ""
    _morph_end_s = 0.0

    def use(self, store: PresetStore | None, table: Mapping[str, Address]) -> None:
        """Switch to another model's presets, of which none is recalled, or to other addresses."""
        super().use(store, table)
        if store is not None:
            self.recalled, self._morph_end_s = "", 0.0

    @property
    def morph_s(self) -> float:
        """Seconds until the morph to `recalled` ends, 0 or more."""
        return max(0.0, self._morph_end_s - time.perf_counter())

    def begun(self, name: str, morph_s: float) -> None:
        """Note that a preset is recalled now, by a morph of so many seconds."""
        self.recalled, self._morph_end_s = one_name(name), time.perf_counter() + morph_s
        self._feedback.tell("/preset/recalled", (self.recalled, morph_s))

    @property
    def handlers(self) -> dict[str, RequestHandler]:
        """Request handlers, by path."""
        return {**super().handlers, "/preset/store": self._store_state}

    async def read(self, command: Command) -> list[Command]:
        """Read the commands of ``/preset/recall``, after all earlier requests for that preset.

        Raises
        ------
        CommandError
            If there is no such preset, it cannot be read, or too many requests wait.
        """
        name, *seconds = command.args
        await self._settled(str(name))
        preset = await in_thread(self._store.recall, str(name))
        return morph(preset, self._table, float(seconds[0]) if seconds else 0.0)

    def _store_state(self, values: Values, client: Client) -> None:
        name = str(values[0])
        check_name(name, "preset")
        self._tasks.check_room()
        state = self._synthesis.fetch(GetState())
        store = self._store  # of the model with that state

        async def keep() -> None:
            preset = snapshot((command.address, command.args) for command in await state)
            await in_thread(store.store, name, preset)

        self._add("store", client, keep, name)

    def _renamed(self, name: str, to: str) -> None:
        if name == self.recalled:
            self.recalled = to
            self._feedback.tell("/preset/recalled", (to, self.morph_s))

    def _rows(self) -> Sequence[Values]:
        return [(name,) for name in self._store.names()]
