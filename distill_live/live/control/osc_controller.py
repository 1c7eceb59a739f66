"""OSC handler of an instrument: forward commands, serve requests, answer gets."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from distill_live.addresses import PREFIX, Address, Command, Values
from distill_live.addresses.schema import Stored
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.gestures import GestureStore
from distill_live.ipc.protocol import CommandRefused, ModelDescription
from distill_live.library import models
from distill_live.live.control.command_effects import CommandEffects
from distill_live.live.control.command_queue import CommandQueue
from distill_live.live.control.control_requests import ControlRequests
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.feeds.list_sender import ListSender
from distill_live.live.control.gesture_controller import GestureController
from distill_live.live.control.held_keys import HeldKeys
from distill_live.live.control.library_list import LibraryList
from distill_live.live.control.model_controller import Model, ModelController, table_of, together
from distill_live.live.control.preset_controller import PresetController, RequestHandler
from distill_live.live.control.recording_controller import RecordingController
from distill_live.live.control.serial_tasks import SerialTasks, in_thread
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.control.terminal.message_log import RefusalLog
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import Batch, Client, ClientCommand, OscServer, Subscriber
from distill_live.presets import PresetStore


class OscController:
    """OSC server of an instrument, and its handler.

    Parameters
    ----------
    host, port
        Address to listen on.
    slots
        The models that there are, by slot.
    channels
        Channels of the output.
    synthesis, block
        Connection to synthesis, and shared block of all processes.
    recording
        Records takes.
    stores
        Returns the presets and gestures of a model.
    on_quit
        Called by ``/quit``.
    on_models
        Called when other models are in the slots.
    idles
        Whether the instrument wanders, only until a client plays it.

    Attributes
    ----------
    server : OscServer
    models : ModelController
    effects : CommandEffects
    presets : PresetController
    gestures : GestureController
    handlers : Mapping
        Request handlers of control's own addresses, by path.
    apply : callable
        Applies a `Batch`.
    refusals : RefusalLog
    economised : callable
        Called with each new level at which the engine saves (`protocol.Economised`).
    output_opened : callable
        Called with the `protocol.OutputOpened` of each output that plays.
    """

    def __init__(
        self,
        host: str,
        port: int,
        slots: dict[int, Model],
        *,
        channels: int,
        synthesis: SynthesisClient,
        block: SharedBlock,
        recording: RecordingController,
        stores: Callable[[ModelDescription], tuple[PresetStore, GestureStore]],
        on_quit: Callable[[], None],
        on_models: Callable[[], None] = lambda: None,
        idles: bool = True,
    ) -> None:
        self._synthesis, self._block, self._stores = synthesis, block, stores
        self._on_models = on_models
        self._model = model = together(slots)
        table = table_of(model)
        preset_store, gesture_store = stores(model)
        self.server = server = OscServer(host, port, table, self)
        changes = ChangeFeed(server)
        self.models = ModelController(
            synthesis,
            server,
            SerialTasks(self._refuse),
            slots,
            changes,
            on_change=self._use_models,
        )
        lists, tasks = ListSender(server), SerialTasks(self._refuse)
        self._tasks = tasks
        self.refusals = server.replies.on_refusal = RefusalLog()
        shared = synthesis, server, tasks, table, lists.send, changes
        self.presets = PresetController(preset_store, *shared)
        self.gestures = GestureController(gesture_store, *shared)
        self._requests = ControlRequests(
            synthesis,
            server,
            block,
            channels,
            recording=recording,
            presets=self.presets,
            gestures=self.gestures,
            models=self.models,
            changes=changes,
            lists=lists,
            tasks=tasks,
            on_quit=on_quit,
        )
        self.effects = CommandEffects(
            synthesis,
            server,
            block,
            self.gestures,
            self.presets,
            self.models,
            changes,
            HeldKeys(server, self._release_key),
            idles=idles,
        )
        self._queue = CommandQueue(
            synthesis,
            {"/preset/recall": self.presets.read, "/gesture/play": self.gestures.read},
            on_change=self.effects.end_idle_motion,
            on_effect=self.effects.follow,
            act=self._act,
            refuse=self._refuse,
        )
        self.apply = self._queue.apply
        self.output_opened = self._requests.output_opened
        self.economised = self._requests.economised
        library = LibraryList(lists, self._refuse, self.models.given)
        self.handlers: Mapping[str, RequestHandler] = {
            **self.models.handlers,
            **library.handlers,
            **self.presets.handlers,
            **self.gestures.handlers,
            **self._requests.handlers,
        }

    @property
    def economy(self) -> int:
        """Level at which the engine saves, 0 for nothing."""
        return self._requests.economy

    async def finish(self, limit_s: float) -> None:
        """Keep the gesture that is recorded; wait for requests about presets and gestures."""
        self.gestures.keep_recording()
        await self._tasks.finish(limit_s)

    def command(self, command: ClientCommand) -> None:
        """Answer an address that asks, after the client's earlier messages."""
        assert command.client is not None
        path = command.address.path
        self._queue.in_order(command.client, path, partial(self._act, command))

    def get(self, address: Address, client: Client) -> Values | None:
        """Query the engine, after the client's earlier messages; the answer is sent later."""
        self._queue.in_order(client, address.path, partial(self._query, address, client))
        return None

    async def list_stored(self) -> Mapping[Stored, Sequence[str]]:
        """Names of the presets, gestures and models that there are, by kind; printable ones."""
        presets, gestures, found = await asyncio.gather(
            self.presets.names(), self.gestures.names(), in_thread(models)
        )
        return {
            "preset": presets,
            "gesture": gestures,
            "model": sorted(filter(str.isprintable, found)),
        }

    def command_refused(self, message: CommandRefused) -> None:
        """Report to a client that the engine has refused its command; others get what it is."""
        command, client, wait_s = self._synthesis.sender(message.number, message.index)
        address = self.server.table.get(command.address)
        if address is not None and address.access == "value":
            self.effects.tell_soon(command.address, after_s=wait_s)
        if client is not None:
            error = CommandError(message.refusal.text, message.refusal.code)
            self.server.replies.refuse(client, PREFIX + command.address, error)

    def _act(self, command: ClientCommand) -> None:
        assert command.client is not None
        self.effects.remember(command.command)
        self.handlers[command.address.path](command.command.args, command.client)

    def _release_key(self, key: float) -> None:
        release = Command("/note/off", (key,))
        address = self.server.table[release.address]
        self.apply(Batch(None, (ClientCommand(release, address, None),)))

    def _refuse(self, client: Client, path: str, error: Exception) -> None:
        """Report a failed message to its client; unforeseen errors to the loop's handler too."""
        if not isinstance(error, CommandError):
            context = {"message": f"{path} failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            error = CommandError(f"internal error: {printable(repr(error))}")
        self.server.replies.refuse(client, PREFIX + path, error)

    def _query(self, address: Address, client: Client) -> None:
        path = address.main_path
        if path == "/record":
            self.server.replies.send(client, path, int(self._block.take > 0))
            return
        subscriber = self.server.feedback.subscribers.find(client)
        self._synthesis.ask_values(
            [path], lambda answers: self._answer(client, address, answers[0], subscriber)
        )
        if subscriber is not None:
            subscriber.awaited[path] += 1

    def _answer(
        self, client: Client, address: Address, values: Values, subscriber: Subscriber | None
    ) -> None:
        path = address.main_path
        if values and self.server.replies.fits(path, values):
            self.server.replies.send(client, address.path, *values)
        else:
            gone = CommandError(f"{path} is gone, with its model", "unknown-address")
            self._refuse(client, path, gone)
        if subscriber is not None:
            subscriber.awaited[path] -= 1
            self.server.feedback.send_soon()  # what was changed meanwhile

    def _use_models(self) -> None:
        """Switch to the models that there are now, and send subscribers the full state."""
        before, self._model = self._model, self.models.model
        table = table_of(self._model)
        self.server.use_table(table)
        self._on_models()
        other = before.fingerprint != self._model.fingerprint
        presets, gestures = self._stores(self._model) if other else (None, None)
        self.presets.use(presets, table)
        self.gestures.use(gestures, table)
        for subscriber in self.server.feedback.subscribers.everything():
            subscriber.owed.clear()  # it gets everything
            with suppress(CommandError):  # too many questions wait: it may ask
                self._requests.state_feed.send(subscriber)
