"""What becomes of ``/preset/...``: changes of the file in turn, and no disk holds up control.

A preset is read as soon as all that was asked earlier of that very preset is done, whatever else is
being written. It knows the store and the way to synthesis; what a recalled preset changes, and what
has to wait for that, the passage knows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from distill_live.addresses import Address, Command, Values
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Change, Client, OscServer
from distill_live.presets import PresetStore, morph, snapshot
from distill_live.user_files import check_name

SendList = Callable[[Client, str, Sequence[Values]], Awaitable[None]]


class PresetController:
    """Serves the presets of one model.

    Parameters
    ----------
    store
        Where they are kept; it reads and writes in other threads.
    link, server, turns, table
        The way to synthesis, the way to clients, its order, and the model's addresses.
    send_list
        Sends a client a list: what it is of, and its rows.
    """

    def __init__(
        self,
        store: PresetStore,
        link: SynthesisClient,
        server: OscServer,
        turns: SerialTasks,
        table: Mapping[str, Address],
        *,
        send_list: SendList,
    ) -> None:
        self._store = store
        self._link, self._server, self._turns, self._table = link, server, turns, table
        self._send_list = send_list

    def use(self, store: PresetStore | None, table: Mapping[str, Address]) -> None:
        """Serve another model's presets, or the same with other addresses."""
        self._store, self._table = store or self._store, table

    def serve(self, path: str, values: Values, client: Client) -> None:
        """Do what is asked; ``/done``, ``/fail`` or a list is the answer.

        Raises
        ------
        CommandError
            If it cannot be done, as far as that is known at once.
        """
        match path, values:
            case "/preset/store", (str(name),):
                check_name(name, "preset")
                self._turns.check_room()
                state: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
                self._link.ask_state(state.set_result)
                store = self._store  # of the model whose state that is
                self._turns.take(
                    path, client, lambda: self._keep(client, store, name, state), _of(name)
                )
            case "/preset/delete", (str(name),):
                self._turns.take(path, client, lambda: self._delete(client, name), _of(name))
            case "/preset/list", _:
                self._turns.take(path, client, lambda: self._list(client))

    async def read(self, change: Change) -> list[Command]:
        """What ``/preset/recall`` comes to, once all that was asked of that preset is done.

        Raises
        ------
        CommandError
            If there is no such preset, it cannot be read, or too much waits already.
        """
        name, *seconds = change.values
        self._turns.check_room()
        await self._turns.wait_for(_of(str(name)))
        preset = await asyncio.to_thread(self._store.recall, str(name))
        return morph(preset, self._table, float(seconds[0]) if seconds else 0.0)

    async def _keep(
        self, client: Client, store: PresetStore, name: str, state: asyncio.Future[list[Any]]
    ) -> None:
        preset = snapshot((path, tuple(values)) for path, values in await state)
        await asyncio.to_thread(store.store, name, preset)
        self._server.done(client, "/preset/store", name)

    async def _delete(self, client: Client, name: str) -> None:
        await asyncio.to_thread(self._store.delete, name)
        self._server.done(client, "/preset/delete", name)

    async def _list(self, client: Client) -> None:
        names = await asyncio.to_thread(self._store.names)
        await self._send_list(client, "preset", [(name,) for name in names])


def _of(name: str) -> str:
    """What a request is about."""
    return f"preset {name}"
