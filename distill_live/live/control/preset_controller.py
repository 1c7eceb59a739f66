"""Serve ``/preset/...``: changes of the file one after the other, reads at once.

A preset is read as soon as earlier requests for that preset are done, whatever else is written.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from distill_live.addresses import Address, Command, Values
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.osc import Client, OscServer
from distill_live.presets import PresetStore, morph, snapshot
from distill_live.user_files import check_name

SendList = Callable[[Client, str, Sequence[Values]], Awaitable[None]]

RequestHandler = Callable[[Values, Client], None]
"""Serves an address of control's own; may raise `CommandError`."""


class PresetController:
    """Serve the presets of one model.

    Parameters
    ----------
    store
        Used in other threads.
    synthesis, server, tasks, table
        Connection to synthesis, OSC server, order of requests, and the model's addresses.
    send_list
        Sends a client a list: its name and rows.

    Attributes
    ----------
    handlers : Mapping
        Request handlers, by path.
    """

    def __init__(
        self,
        store: PresetStore,
        synthesis: SynthesisClient,
        server: OscServer,
        tasks: SerialTasks,
        table: Mapping[str, Address],
        *,
        send_list: SendList,
    ) -> None:
        self._store = store
        self._synthesis, self._replies, self._tasks = synthesis, server.replies, tasks
        self._table = table
        self._send_list = send_list
        self.handlers: Mapping[str, RequestHandler] = {
            "/preset/store": self._begin_store,
            "/preset/delete": self._begin_delete,
            "/preset/list": self._begin_list,
        }

    def use(self, store: PresetStore | None, table: Mapping[str, Address]) -> None:
        """Switch to another model's presets, or to other addresses of the same."""
        self._store, self._table = store or self._store, table

    async def read(self, command: Command) -> list[Command]:
        """Read the commands of ``/preset/recall``, after all earlier requests for that preset.

        Raises
        ------
        CommandError
            If there is no such preset, it cannot be read, or too many requests wait.
        """
        name, *seconds = command.args
        self._tasks.check_room()
        await self._tasks.wait_for(_subject(str(name)))
        preset = await asyncio.to_thread(self._store.recall, str(name))
        return morph(preset, self._table, float(seconds[0]) if seconds else 0.0)

    def _begin_store(self, values: Values, client: Client) -> None:
        name = str(values[0])
        check_name(name, "preset")
        self._tasks.check_room()
        state: asyncio.Future[tuple[Command, ...]] = asyncio.get_running_loop().create_future()
        self._synthesis.ask_state(state.set_result)
        store = self._store  # of the model with that state

        async def keep() -> None:
            preset = snapshot((command.address, command.args) for command in await state)
            await asyncio.to_thread(store.store, name, preset)
            self._replies.done(client, "/preset/store", name)

        self._tasks.add("/preset/store", client, keep, _subject(name))

    def _begin_delete(self, values: Values, client: Client) -> None:
        name = str(values[0])

        async def delete() -> None:
            await asyncio.to_thread(self._store.delete, name)
            self._replies.done(client, "/preset/delete", name)

        self._tasks.add("/preset/delete", client, delete, _subject(name))

    def _begin_list(self, _: Values, client: Client) -> None:
        async def send() -> None:
            names = await asyncio.to_thread(self._store.names)
            await self._send_list(client, "preset", [(name,) for name in names])

        self._tasks.add("/preset/list", client, send)


def _subject(name: str) -> str:
    return f"preset {name}"
