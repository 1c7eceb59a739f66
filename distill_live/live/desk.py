"""What becomes of what is said over OSC: to the engine, to the output's flags, or answered here.

It knows the model's description and the shared counters. What waits for synthesis is the link's
business, what is a well-formed request the server's.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from distill_live import __version__
from distill_live.addresses import PREFIX, Address, Values, instantiate
from distill_live.live.link import SynthesisLink
from distill_live.live.shared import SharedBlock
from distill_live.osc import Batch, Client, OscServer


class Desk:
    """The handler of an OSC server, and the server.

    Parameters
    ----------
    host, port
        Where to listen.
    model
        Description of the model, as synthesis sends it.
    link, block
        The way to synthesis; the memory that all processes share.
    on_quit
        Called by ``/quit``.
    drifting
        Whether it drifts only because nobody plays it.

    Attributes
    ----------
    server : OscServer
    """

    def __init__(
        self,
        host: str,
        port: int,
        model: dict[str, Any],
        *,
        link: SynthesisLink,
        block: SharedBlock,
        on_quit: Callable[[], None],
        drifting: bool = True,
    ) -> None:
        self._model = model
        self._link = link
        self._block = block
        self._on_quit = on_quit
        self._untouched = drifting
        self.server = OscServer(host, port, instantiate(model["latent_size"], model["axes"]), self)

    def apply(self, batch: Batch) -> None:
        """Pass changes on to the engine; mute and panic act on the output as well.

        The first ends the drift of an instrument that nobody plays, from where it is.
        """
        due_ns = None if batch.due_s is None else round(batch.due_s * 1e9)
        changes = [(c.address.path, c.values, c.client) for c in batch.changes]
        if self._untouched:
            self._untouched = False
            changes.insert(0, ("/drift", (0.0,), batch.changes[0].client))
        self._link.change(due_ns, changes)
        if batch.due_s is None:
            self._set_flags(batch)
        else:
            wait_s = batch.due_s - time.monotonic()
            asyncio.get_running_loop().call_later(wait_s, self._set_flags, batch)

    def get(self, address: Address, client: Client) -> Values | None:
        """Ask the engine; the answer is sent later."""
        path = address.path
        self._link.ask_values([path], lambda answers: self._reply(client, path, *answers[0]))
        return None

    def command(self, address: Address, values: Values, client: Client) -> None:
        """Do what an address of control's own asks."""
        match address.path:
            case "/sync":
                self._link.ask_done(lambda _: self._reply(client, "/synced", *values))
            case "/axis/list":
                paths = [f"/axis/{name}" for name in self._model["axes"]]
                self._link.ask_values(paths, lambda answers: self._list_axes(client, answers))
            case "/status":
                self._send_status(client)
            case "/version":
                self._reply(client, "/version.reply", __version__, self._model["format"])
            case "/quit":
                self._on_quit()

    def refused(self, client: Client, path: str, code: Any, text: str) -> None:
        """Tell a client what the engine has refused."""
        self.server.fail(client, PREFIX + path, code, text)

    def _set_flags(self, batch: Batch) -> None:
        for change in batch.changes:
            match change.address.path, change.values:
                case "/mute", (on,):
                    self._block.muted = int(on)
                case "/panic", _:
                    self._block.panicked = 1
                case "/play", (1,):
                    self._block.panicked = 0

    def _reply(self, client: Client, path: str, *values: float | int | str) -> None:
        self.server.reply(client, path, *values)

    def _list_axes(self, client: Client, answers: list[Values]) -> None:
        for index, (name, (value,)) in enumerate(zip(self._model["axes"], answers, strict=True)):
            self._reply(client, "/axis/info", index, name, -1.0, 1.0, value)
        self._reply(client, "/axis/end", len(answers))

    def _send_status(self, client: Client) -> None:
        block, counters = self._block, self.server.counters
        self._reply(
            client,
            "/status.reply",
            self._model["name"],
            block.load_average,
            block.load_peak,
            block.underruns,
            counters.late + counters.far_ahead,
            counters.dropped,
        )
