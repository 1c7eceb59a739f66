"""What becomes of what is said over OSC: to the engine, to the output's flags, or answered here.

What was accepted is told to subscribers as it was said: a move along an axis is told as that, not
as what it does to the latent or to other axes, and a glide or a drift is not followed on its way.
A get answers with all of that. Of a recalled preset all is told, also where it brings the axes.

It knows the model's description and the shared counters. What waits for synthesis is the link's
business, what is a well-formed request the server's.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from distill_live import __version__
from distill_live.addresses import PREFIX, Address, Command, Values
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.gestures import GestureStore
from distill_live.live.control.command_queue import SETTLING_S, CommandQueue, Said
from distill_live.live.control.gesture_controller import GestureController
from distill_live.live.control.list_sender import ListSender
from distill_live.live.control.message_log import MessageLog
from distill_live.live.control.meter_feed import MeterFeed
from distill_live.live.control.model_controller import (
    Description,
    Model,
    ModelController,
    table_of,
    together,
)
from distill_live.live.control.preset_controller import PresetController
from distill_live.live.control.recording_controller import RecordingController, take_path
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.state_feed import StateFeed, state_paths
from distill_live.live.control.synthesis_client import ClientCommand, SynthesisClient
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import Batch, Client, OscServer, Subscriber
from distill_live.presets import PresetStore

RECENT = 5
"""Addresses that the terminal shows as said last."""


class OscController:
    """The handler of an OSC server, and the server.

    Parameters
    ----------
    host, port
        Where to listen.
    models
        The models that there are, by slot.
    channels
        Channels of the output.
    link, block
        The way to synthesis; the memory that all processes share.
    recording
        The take.
    stores
        Gives the presets and the gestures of a model.
    say
        Takes lines for the terminal.
    on_quit
        Called by ``/quit``.
    drifting
        Whether it drifts only because nobody plays it.

    Attributes
    ----------
    server : OscServer
    model : dict
        Description of the leading model, with the axes of all.
    recent : dict
        The addresses that were said last, the newest at the end, and their values.
    """

    def __init__(
        self,
        host: str,
        port: int,
        models: dict[int, Model],
        *,
        channels: int,
        link: SynthesisClient,
        block: SharedBlock,
        recording: RecordingController,
        stores: Callable[[Description], tuple[PresetStore, GestureStore]],
        say: Callable[[str], None],
        on_quit: Callable[[], None],
        drifting: bool = True,
    ) -> None:
        self._link = link
        self._block = block
        self._recording = recording
        self._on_quit = on_quit
        self._untouched = drifting
        self._stores = stores
        self.model = together(models)
        self._sample_rate_hz: int = self.model["sample_rate_hz"]  # the output's, whatever comes
        table = table_of(self.model)
        self._state_paths = state_paths(table)
        presets, gestures = stores(self.model)
        self.server = OscServer(host, port, table, self)
        self.recent: dict[str, Values] = {}
        self._lists = ListSender(self.server)
        self._turns = SerialTasks(self._refuse)
        self._presets = PresetController(
            presets,
            link,
            self.server,
            self._turns,
            table,
            send_list=self._lists.send,
        )
        self._gestures = GestureController(
            gestures,
            link,
            self.server,
            self._turns,
            table,
            state_paths=self._state_paths,
            send_list=self._lists.send,
        )
        self._passage = CommandQueue(
            link,
            {"/preset/recall": self._presets.read, "/gesture/play": self._gestures.read},
            touched=self._end_idle_drift,
            take_effect=self._take_effect,
            act=lambda change: self._serve(*change[:3]),
            refuse=self._refuse,
        )
        self._models = ModelController(
            link, self.server, SerialTasks(self._refuse), models, changed=self._use_models, say=say
        )
        self._state = StateFeed(link, self.server, self._models, self._tell_the_rest)
        self._meters = MeterFeed(self.server, block, channels)
        self._dump = MessageLog(say)

    def apply(self, batch: Batch) -> None:
        """Pass changes on; mute and panic act on the output as well.

        The first ends the drift of an instrument that nobody plays, from where it is.
        """
        self._passage.apply(batch)

    def get(self, address: Address, client: Client) -> Values | None:
        """Ask the engine; the answer is sent later."""
        self._passage.in_order(client, address.path, lambda: self._ask(address.path, client))
        return None

    def _ask(self, path: str, client: Client) -> None:
        if path == "/record":
            self._reply(client, path, int(self._block.take > 0))
            return
        subscriber = self.server.subscribers.find(client)
        self._link.ask_values(
            [path], lambda answers: self._answer(client, path, answers[0], subscriber)
        )
        if subscriber is not None:
            subscriber.awaited[path] += 1

    def command(self, address: Address, values: Values, client: Client) -> None:
        """Answer an address of control's own."""
        path = address.path
        self._passage.in_order(client, path, lambda: self._serve(address, values, client))

    def _serve(self, address: Address, values: Values, client: Client) -> None:
        self._remember(address.path, values)
        match address.path, values:
            case "/sync", _:
                self._sync_later(client, values)
            case (("/model/load" | "/model/unload" | "/model/list"), _):
                self._models.serve(address.path, values, client)
            case (("/preset/store" | "/preset/delete" | "/preset/list"), _):
                self._presets.serve(address.path, values, client)
            case (path, _) if path.startswith("/gesture/"):
                self._gestures.serve(path, values, client)
            case "/axis/list", _:
                axes = self.model["axes"]
                self._link.ask_values(
                    [f"/axis/{name}" for name in axes],
                    lambda answers: self._list_axes(client, zip(axes, answers, strict=True)),
                )
            case "/corpus/list", _:
                rows = [(printable(file), *place) for file, *place in self.model["landmarks"]]
                self._lists.begin(client, "corpus", rows)
            case "/notify", (1, *port):
                self._subscribe(client, *map(int, port))
            case "/notify", (_, *port):
                self.server.done(client, "/notify", "unsubscribed")
                self.server.subscribers.remove(client, *map(int, port))
            case "/meters", (rate,):
                subscriber = self.server.subscribers.find(client)
                if subscriber is None:
                    raise CommandError("/meters is for subscribers; /notify 1 first", "forbidden")
                self._meters.set_rate(subscriber, int(rate))
            case "/dump", (on,):
                self.server.tap(self._dump if on else None)
            case "/record", (1, *name):
                rate_hz = self._block.output_rate_hz or self._sample_rate_hz
                take = take_path(str(name[0]) if name else None)
                self._recording.begin(take, rate_hz, self._answer_for(client, "/record"))
            case "/record", _:
                self._recording.end(self._answer_for(client, "/record"))
            case "/status", _:
                self._send_status(client)
            case "/version", _:
                self._reply(client, "/version.reply", __version__, self.model["format"])
            case "/quit", _:
                self.server.done(client, "/quit", "ending")
                self._on_quit()

    @property
    def slots(self) -> dict[int, Model]:
        """The models, by slot."""
        return self._models.slots

    def restarted(self, found: dict[int, tuple[Description, str]]) -> None:
        """Synthesis was started again, and has found these models: descriptions and SHA-256."""
        self._models.restarted(found)

    def gesture_ended(self, run: int) -> None:
        """The engine plays the gesture of that number no longer."""
        self._gestures.ended(run)

    def refused(self, client: Client, path: str, code: Any, text: str) -> None:
        """Tell a client what the engine has refused."""
        self.server.refuse(client, PREFIX + path, CommandError(text, code))

    def _refuse(self, client: Client, path: str, error: Exception) -> None:
        """Tell a client what went wrong with what it said; what nobody foresaw, the terminal."""
        if not isinstance(error, CommandError):
            context = {"message": f"{path} failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            error = CommandError(f"internal error: {printable(repr(error))}")
        self.server.refuse(client, PREFIX + path, error)

    def _take_effect(self, said: Sequence[Said]) -> None:
        """Set the output's flags, and tell the subscribers."""
        for (address, values, client, clipped), moves in said:
            self._remember(address.path, values)
            if moves is not None:
                playing = address.path == "/gesture/play"
                (self._gestures.begun if playing else self._recalled)(moves)
                self.server.done(client, address.path, str(values[0]))
                continue
            self._gestures.hear(Command(address.path, values))
            told = address.access == "value" or address.continuous
            if told and self.server.table.get(address.path) == address:
                self.server.tell(address.path, values, client, clipped=clipped)
            match address.path, values:
                case "/mute", (on,):
                    self._block.muted = int(on)
                case "/panic", _:
                    self._block.panicked = 1
                    self.server.tell("/play", (0,))
                case "/play", (1,):
                    self._block.panicked = 0

    def _end_idle_drift(self, client: Client) -> None:
        if self._untouched:
            self._untouched = False
            self._link.change(None, [ClientCommand("/drift", (0.0,), client)])
            self.server.tell("/drift", (0.0,))

    def _recalled(self, moves: Sequence[Command]) -> None:
        """Tell all what a preset has changed, its client too, which does not know what that is."""
        self._gestures.hear_moves(moves)
        for command in moves:
            if command.address in self._state_paths:
                self.server.tell(command.address, command.args)
        asyncio.get_running_loop().call_later(SETTLING_S, self._tell_followers)

    def _tell_followers(self) -> None:
        """Tell what a recalled preset moves without saying so."""
        paths = [*(f"/axis/{name}" for name in self.model["axes"]), "/map"]
        expecting: list[Subscriber] = []

        def tell(answers: list[Values]) -> None:
            pairs = zip(paths, answers, strict=True)
            found = {path: tuple(v) for path, v in pairs if v and path in self.server.table}
            self.server.subscribers.settle(expecting, paths, found)
            self.server.feed_back()

        with suppress(CommandError):  # too many questions wait: nobody waits for this one
            self._link.ask_values(paths, tell)
            expecting += self.server.subscribers.expect(paths)

    def _sync_later(self, client: Client, values: Values) -> None:
        """Answer when all is done that the client asked for before: of the disk, and of models."""
        self._models.turns.afterwards(
            "/sync",
            client,
            lambda: self._turns.afterwards("/sync", client, lambda: self._sync(client, values)),
        )

    def _sync(self, client: Client, values: Values) -> None:
        self._link.ask_done(lambda _: self._reply(client, "/synced", *values))

    def _remember(self, path: str, values: Values) -> None:
        self.recent.pop(path, None)
        self.recent[path] = values
        if len(self.recent) > RECENT:
            del self.recent[next(iter(self.recent))]

    def _reply(self, client: Client, path: str, *values: float | int | str) -> None:
        self.server.reply(client, path, *values)

    def _answer(
        self, client: Client, path: str, values: Values, subscriber: Subscriber | None
    ) -> None:
        if values and self.server.holds(path, values):
            self._reply(client, path, *values)
        else:
            gone = CommandError(f"{path} is gone, with its model", "unknown-address")
            self._refuse(client, path, gone)
        if subscriber is not None:
            subscriber.awaited[path] -= 1
            self.server.feed_back()  # what was changed meanwhile

    def _answer_for(self, client: Client, path: str) -> Callable[[bool, str], None]:
        """What tells a client, later, that something is done, or why not."""

        def answer(done: bool, text: str) -> None:
            if done:
                self.server.done(client, path, text)
            else:
                self.server.refuse(client, PREFIX + path, CommandError(text))

        return answer

    def _subscribe(self, client: Client, port: int | None = None) -> None:
        subscriber = self.server.subscribe(client, port)
        try:
            self._state.send(subscriber, lambda: self.server.done(client, "/notify", "subscribed"))
        except CommandError:
            self.server.subscribers.remove(client)
            raise

    def _tell_the_rest(self, client: Client) -> None:
        """Tell a client what control itself knows of how it stands."""
        self._reply(client, "/gesture/recording", self._gestures.recording)
        self._reply(client, "/gesture/playing", self._gestures.playing)
        self._reply(client, "/record", int(self._block.take > 0))

    def _use_models(self) -> None:
        """Serve the models that there are now, and tell subscribers all that holds."""
        before, self.model = self.model, together(self._models.slots)
        table = table_of(self.model)
        self._state_paths = state_paths(table)
        self.server.use_table(table)
        other = before["fingerprint"] != self.model["fingerprint"]
        presets, gestures = self._stores(self.model) if other else (None, None)
        self._presets.use(presets, table)
        self._gestures.use(gestures, table, self._state_paths)
        for subscriber in self.server.subscribers.expect(()):
            if subscriber.paths is None:
                subscriber.owed.clear()  # it is told everything
                with suppress(CommandError):  # too many questions wait: it may ask
                    self._state.send(subscriber)

    def _list_axes(self, client: Client, answers: Iterable[tuple[str, Values]]) -> None:
        there = [(name, values) for name, values in answers if values]
        for index, (name, (value,)) in enumerate(there):
            self._reply(client, "/axis/info", index, name, -1.0, 1.0, value)
        self._reply(client, "/axis/end", len(there))

    def _send_status(self, client: Client) -> None:
        block, counters = self._block, self.server.counters
        self._reply(
            client,
            "/status.reply",
            self.model["name"],
            block.load_average,
            block.load_peak,
            block.underruns,
            counters.late + counters.far_ahead,
            counters.dropped,
        )
