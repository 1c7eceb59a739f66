"""What becomes of ``/preset/...``: one request after the other, and no disk holds up control.

It knows the store and the way to synthesis; what a recalled preset changes, the desk passes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from distill_live.addresses import PREFIX, Address, Values
from distill_live.live.link import SynthesisLink
from distill_live.live.turns import Turns
from distill_live.osc import Client, OscServer
from distill_live.presets import Move, PresetStore, morph, snapshot
from distill_live.user_files import check_name

SendList = Callable[[Client, str, Sequence[Values]], Awaitable[None]]


class PresetDesk:
    """Serves the presets of one model.

    Parameters
    ----------
    store
        Where they are kept; it writes in another thread.
    link, server, turns, table
        The way to synthesis, the way to clients, its order, and the model's addresses.
    apply
        Passes a preset on for a client.
    send_list
        Sends a client a list: what it is of, and its rows.
    """

    def __init__(
        self,
        store: PresetStore,
        link: SynthesisLink,
        server: OscServer,
        turns: Turns,
        table: Mapping[str, Address],
        *,
        apply: Callable[[Sequence[Move], Client], None],
        send_list: SendList,
    ) -> None:
        self._store = store
        self._link, self._server, self._table = link, server, table
        self._apply, self._send_list = apply, send_list
        self._turns = turns

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
                self._turns.take(path, client, lambda: self._keep(client, name, state))
            case "/preset/recall", (str(name), *seconds):
                glide_s = float(seconds[0]) if seconds else 0.0
                if self._turns.busy:
                    self._turns.take(
                        path, client, lambda: self._recall_later(client, name, glide_s)
                    )
                else:  # at once, and so before what is said next
                    self._recall(client, name, glide_s)
            case "/preset/delete", (str(name),):
                self._turns.take(path, client, lambda: self._delete(client, name))
            case "/preset/list", _:
                self._turns.take(path, client, lambda: self._list(client))

    async def _keep(self, client: Client, name: str, state: asyncio.Future[list[Any]]) -> None:
        preset = snapshot((path, tuple(values)) for path, values in await state)
        await asyncio.to_thread(self._store.store, name, preset)
        self._done(client, "/preset/store", name)

    async def _delete(self, client: Client, name: str) -> None:
        await asyncio.to_thread(self._store.delete, name)
        self._done(client, "/preset/delete", name)

    async def _list(self, client: Client) -> None:
        await self._send_list(client, "preset", [(name,) for name in self._store.names()])

    async def _recall_later(self, client: Client, name: str, glide_s: float) -> None:
        self._recall(client, name, glide_s)

    def _recall(self, client: Client, name: str, glide_s: float) -> None:
        self._apply(morph(self._store.recall(name), self._table, glide_s), client)
        self._done(client, "/preset/recall", name)

    def _done(self, client: Client, path: str, name: str) -> None:
        self._server.reply(client, "/done", PREFIX + path, name)
