"""Serve the requests that control answers itself: lists, subscriptions, recording, status."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain

from distill_live import __version__
from distill_live.addresses import PREFIX, Values
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.ipc.protocol import GetChunkLevels, GetNeighbours, GetState, OutputOpened, Sync
from distill_live.live.control.feeds.change_feed import ChangeFeed
from distill_live.live.control.feeds.list_sender import ListSender
from distill_live.live.control.feeds.meter_feed import MeterFeed
from distill_live.live.control.feeds.state_feed import StateFeed
from distill_live.live.control.gesture_controller import GestureController
from distill_live.live.control.model_controller import ModelController
from distill_live.live.control.preset_controller import PresetController, RequestHandler
from distill_live.live.control.recording_controller import RecordingController, take_name, take_path
from distill_live.live.control.serial_tasks import SerialTasks
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.control.terminal.message_log import MessageLog
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import Client, OscServer

MAX_NEIGHBOURS = 16
"""Maximum number of landmarks in ``/corpus/neighbours.reply``."""

MAX_CHUNK_LEVELS = 128
"""Maximum number of levels in ``/chunk/levels.reply``."""


class ControlRequests:
    """Serve requests that concern no presets, gestures or models.

    Parameters
    ----------
    synthesis, server, block
        Connection to synthesis, OSC server, and shared block of all processes.
    channels
        Channels of the output.
    recording, presets, gestures, models
        Their controllers.
    changes
        Counts what has changed.
    lists, tasks
        Sender of lists; requests that use the disk.
    on_quit
        Called by ``/quit``.

    Attributes
    ----------
    economy : int
        Level at which the engine saves, 0 for nothing.
    state_feed : StateFeed
    handlers : Mapping
        Request handlers, by path.
    """

    def __init__(
        self,
        synthesis: SynthesisClient,
        server: OscServer,
        block: SharedBlock,
        channels: int,
        *,
        recording: RecordingController,
        presets: PresetController,
        gestures: GestureController,
        models: ModelController,
        changes: ChangeFeed,
        lists: ListSender,
        tasks: SerialTasks,
        on_quit: Callable[[], None],
    ) -> None:
        self.state_feed = StateFeed(synthesis, server, models, self._send_rest)
        self.handlers: Mapping[str, RequestHandler] = {
            "/sync": self._sync,
            "/axis/list": self._list_axes,
            "/corpus/list": self._list_landmarks,
            "/path/list": self._list_recordings,
            "/corpus/neighbours": self._send_neighbours,
            "/chunk/levels": self._send_chunk_levels,
            "/macro/list": partial(self._list_mappings, "macro"),
            "/input/list": partial(self._list_mappings, "input"),
            "/notify": self._notify,
            "/meters": self._set_meters,
            "/dump": self._set_dump,
            "/record": self._record,
            "/device": self._send_device,
            "/status": self._send_status,
            "/version": self._send_version,
            "/quit": self._quit,
        }
        self._synthesis, self._server, self._block = synthesis, server, block
        self._replies, self._feedback = server.replies, server.feedback
        self._recording, self._presets = recording, presets
        self._gestures, self._models, self._changes = gestures, models, changes
        self._lists, self._tasks, self._on_quit = lists, tasks, on_quit
        self._meters = MeterFeed(
            server, block, channels, lambda: len(models.model.axes), lambda: recording.seconds
        )
        self._log = MessageLog()
        self._sample_rate_hz = models.model.sample_rate_hz  # the output's, whatever is loaded
        self._channels = channels
        self._output = OutputOpened("", 0, self._sample_rate_hz)
        self.economy = 0

    def economised(self, level: int) -> None:
        """Note at which level the engine saves, and tell subscribers."""
        if level != self.economy:
            self.economy = level
            self._feedback.tell("/economy", (level,))

    def output_opened(self, output: OutputOpened) -> None:
        """Note that an output plays, and tell subscribers."""
        self._output = output
        self._feedback.tell("/device.reply", self._device)

    @property
    def _device(self) -> Values:
        output = self._output
        latency_ms = 1e3 * self._block.latency_s
        name = printable(output.output)
        return name, output.sample_rate_hz, self._channels, output.block_frames, latency_ms

    def _sync(self, values: Values, client: Client) -> None:
        """Answer when all earlier requests of the client are done, of the disk and of models."""
        send = partial(self._replies.send, client, "/synced", *values)

        def sync() -> None:
            self._synthesis.ask(Sync(), lambda _: send())

        after_models = partial(self._tasks.after_client, "/sync", client, sync)
        self._models.tasks.after_client("/sync", client, after_models)

    def _list_axes(self, _: Values, client: Client) -> None:
        axes = self._models.model.axes

        def answer(answers: tuple[Values, ...]) -> None:
            there = [(name, v) for name, v in zip(axes, answers, strict=True) if v]
            for index, (name, (value,)) in enumerate(there):
                self._replies.send(client, "/axis/info", index, name, -1.0, 1.0, value)
            self._replies.send(client, "/axis/end", len(there))

        self._synthesis.ask_values([f"/axis/{name}" for name in axes], answer)

    def _list_landmarks(self, _: Values, client: Client) -> None:
        rows = [(printable(file), at_s, x, y) for file, at_s, x, y in self._models.model.landmarks]
        self._lists.begin(client, "corpus", rows)

    def _list_recordings(self, _: Values, client: Client) -> None:
        rows = [(printable(name), length_s) for name, length_s in self._models.model.recordings]
        self._lists.begin(client, "path", rows)

    def _list_mappings(self, kind: str, _: Values, client: Client) -> None:
        self._tasks.check_room()
        state = self._synthesis.fetch(GetState())

        async def send() -> None:
            rows = [command.args for command in await state if command.address == f"/{kind}/map"]
            await self._lists.send(client, kind, rows, numbered=False)

        self._tasks.add(f"/{kind}/list", client, send)

    def _send_neighbours(self, _: Values, client: Client) -> None:
        def answer(neighbours: tuple[tuple[int, float], ...]) -> None:
            values = chain.from_iterable(neighbours)
            self._replies.send(client, "/corpus/neighbours.reply", *values)

        self._synthesis.ask(GetNeighbours(MAX_NEIGHBOURS), answer)

    def _send_chunk_levels(self, _: Values, client: Client) -> None:
        self._synthesis.ask(
            GetChunkLevels(MAX_CHUNK_LEVELS),
            lambda levels_db: self._replies.send(client, "/chunk/levels.reply", *levels_db),
        )

    def _notify(self, values: Values, client: Client) -> None:
        on, *given = values
        port = int(given[0]) or None if given else None
        token = str(given[1]) if len(given) > 1 else ""
        if not on:
            self._replies.done(client, "/notify", "unsubscribed")
            self._feedback.subscribers.remove(client, port)
            return
        subscriber = self._feedback.subscribe(client, port, token)
        if subscriber is None:  # it will come again, with the token that it was sent
            return
        try:
            self.state_feed.send(
                subscriber, lambda: self._replies.done(client, "/notify", "subscribed")
            )
        except CommandError:
            self._feedback.subscribers.remove(client)
            raise

    def _send_rest(self, client: Client) -> None:
        """Send the part of the full state that control holds itself."""
        self._replies.send(client, "/gesture/recording", self._gestures.recording)
        self._replies.send(client, "/gesture/playing", self._gestures.playing)
        self._replies.send(client, "/record", int(self._block.take > 0))
        self._replies.send(client, "/take/recording", self._recording.name)
        self._replies.send(
            client, "/preset/recalled", self._presets.recalled, self._presets.morph_s
        )
        self._replies.send(client, "/device.reply", *self._device)
        self._replies.send(client, "/economy", self.economy)
        self._changes.send(client)

    def _set_meters(self, values: Values, client: Client) -> None:
        subscriber = self._feedback.subscribers.find(client)
        if subscriber is None:
            raise CommandError("/meters is for subscribers; /notify 1 first", "forbidden")
        self._meters.set_rate(subscriber, int(values[0]))

    def _set_dump(self, values: Values, _: Client) -> None:
        self._server.dispatcher.on_message = self._log if values[0] else None

    def _record(self, values: Values, client: Client) -> None:
        on, *given = values

        def answer(done: bool, text: str) -> None:
            if done:
                self._replies.done(client, "/record", text)
            else:
                self._replies.refuse(client, PREFIX + "/record", CommandError(text))

        try:
            if on:
                rate_hz = self._block.output_rate_hz or self._sample_rate_hz
                name = take_name(str(given[0]) if given else None)
                find = partial(take_path, name, numbered=not given)
                self._recording.begin(name, find, rate_hz, answer)
            else:
                self._recording.end(answer)
        except CommandError:
            self._feedback.tell("/record", (int(self._recording.seconds is not None),))
            raise

    def _send_device(self, _: Values, client: Client) -> None:
        self._replies.send(client, "/device.reply", *self._device)

    def _send_status(self, _: Values, client: Client) -> None:
        block, counters = self._block, self._replies.counters
        self._replies.send(
            client,
            "/status.reply",
            self._models.name,
            block.load_average,
            block.load_peak,
            block.underruns,
            counters.late + counters.far_ahead,
            counters.dropped,
            self.economy,
        )

    def _send_version(self, _: Values, client: Client) -> None:
        self._replies.send(client, "/version.reply", __version__, self._models.model.format)

    def _quit(self, _: Values, client: Client) -> None:
        self._replies.done(client, "/quit", "ending")
        self._on_quit()
